"""Подписчики, которых слушаются тесты."""

import asyncio
from collections.abc import Callable

from application.subscriber import Answer, Subscriber
from application.waiting_events import WaitingEvent

ACCEPTED = Answer()
REFUSED = Answer(failure="HTTP 500")
GONE = Answer(failure="HTTP 410", is_gone=True)


class ScriptedSubscriber(Subscriber):
    """Отвечает, как велено; помнит, что и когда ему прислали.

    Attributes:
        answers: что ответить на событие; можно и бросить ошибку.
        is_silent: не отвечать вовсе.
        never_answered: номер покупателя, на событие о котором не отвечать.
        takes: сколько секунд думать.
        received: пришедшее: мгновение цикла событий и событие.
        accepted: номера принятых событий.
    """

    def __init__(
        self, answers: Callable[[WaitingEvent], Answer] = lambda _: ACCEPTED, *, name: str = "crm"
    ) -> None:
        self._name = name
        self.answers = answers
        self.is_silent = False
        self.never_answered: int | None = None
        self.takes = 0.0
        self.received: list[tuple[float, WaitingEvent]] = []
        self.accepted: list[int] = []
        self.most_at_once = 0
        self._now = 0

    @property
    def name(self) -> str:
        return self._name

    async def receive(self, event: WaitingEvent) -> Answer:
        self.received.append((asyncio.get_running_loop().time(), event))
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            is_silent = self.is_silent or event.happened.customer_id == self.never_answered
            await asyncio.sleep(float("inf") if is_silent else self.takes)
            answer = self.answers(event)
        finally:
            self._now -= 1
        if answer.failure is None:
            self.accepted.append(event.happened.customer_id)
        return answer
