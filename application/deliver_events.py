"""Вариант использования: разослать подписчику то, что его ждёт."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence

from attrs import field, frozen

from application.subscriber import Answer, Subscriber
from application.waiting_events import Settlement, WaitingEvent, WaitingEvents

TRY = 5.0
"""Секунд на одну попытку."""

LEASE = 8.0
"""Секунд, на которые событие берут: больше попытки, но умершего сменят раньше чем за десять."""

_log = logging.getLogger("crm_api.events")


@frozen(kw_only=True)
class RetryRules:
    """Когда послать ещё раз и когда отступиться.

    Паузы растут вдвое и дрожат: тысяча отложенных разом не должна и вернуться разом.

    Attributes:
        first: пауза после первой попытки, секунд.
        longest: наибольшая, секунд; и подписчик не может попросить больше.
        patience: сколько секунд событие шлют, прежде чем отступиться.
    """

    first: float = 1.0
    longest: float = 3600.0
    patience: float = 3 * 24 * 3600.0

    def settlement(self, event: WaitingEvent, answer: Answer, jitter: float) -> Settlement:
        """Решает, что дальше.

        Args:
            event: посланное событие.
            answer: ответ подписчика.
            jitter: случайное число от нуля до единицы.
        """
        if answer.failure is None:
            return Settlement(event=event)
        pause = min(self.first * 2.0 ** min(event.attempts - 1, 30), self.longest)
        pause *= 0.5 + jitter / 2
        pause = max(pause, min(answer.retry_after or 0.0, self.longest))
        # Кто просит больше не приходить, тому не шлют и так; события дождутся оператора.
        is_over = not answer.is_gone and event.waited + pause > self.patience
        return Settlement(event=event, failure=answer.failure, retry_in=None if is_over else pause)


@frozen(kw_only=True)
class Round:
    """Чем кончилась одна рассылка.

    Attributes:
        delivered: сколько событий принято.
        postponed: сколько пошлют ещё раз.
        failed: от скольких пришлось отступиться.
    """

    delivered: int = 0
    postponed: int = 0
    failed: int = 0

    @property
    def taken(self) -> int:
        """Сколько было взято."""
        return self.delivered + self.postponed + self.failed


@frozen
class DeliverEvents:
    """Берёт события, рассылает их разом и запоминает, чем кончилось.

    Attributes:
        events: где они ждут.
        rules: когда послать ещё раз.
        jitter: даёт случайные числа от нуля до единицы.
        on_round: узнаёт имя подписчика и чем кончилась рассылка.
    """

    events: WaitingEvents
    rules: RetryRules = field(factory=RetryRules)
    jitter: Callable[[], float] = random.random
    on_round: Callable[[str, Round], None] = lambda _subscriber, _round: None

    async def __call__(self, subscriber: Subscriber, limit: int) -> Round:
        """Рассылает не больше ``limit`` событий.

        Raises:
            application.waiting_events.EventsUnavailableError: взять не удалось, или посланное
                осталось неотмеченным и будет послано ещё раз.
        """
        taken = await self.events.take(subscriber.name, limit, LEASE)
        if not taken:
            return Round()
        answers = await asyncio.gather(*(_answer(subscriber, event) for event in taken))
        if any(answer.is_gone for answer in answers):
            _log.warning("%s asks for no more events: it is paused", subscriber.name)
            await self.events.pause(subscriber.name, "it answered 410 Gone")
        settlements = [
            self.rules.settlement(event, answer, self.jitter())
            for event, answer in zip(taken, answers, strict=True)
        ]
        await self.events.settle(settlements)
        ended = _counted(settlements)
        _tell(subscriber.name, ended, settlements)
        self.on_round(subscriber.name, ended)
        return ended


async def _answer(subscriber: Subscriber, event: WaitingEvent) -> Answer:
    """Возвращает ответ; срок и ошибка самого отправителя — тоже ответы: соседям они не помеха."""
    try:
        async with asyncio.timeout(TRY):
            return await subscriber.receive(event)
    except TimeoutError:
        return Answer(failure=f"no answer in {TRY:g} s")
    except Exception as error:  # noqa: BLE001 — что бы ни случилось, соседи ждать не должны
        _log.exception("the sender of %s has failed", subscriber.name)
        return Answer(failure=type(error).__name__)


def _counted(settlements: Sequence[Settlement]) -> Round:
    delivered = sum(one.failure is None for one in settlements)
    failed = sum(one.failure is not None and one.retry_in is None for one in settlements)
    return Round(
        delivered=delivered, failed=failed, postponed=len(settlements) - delivered - failed
    )


def _tell(subscriber: str, ended: Round, settlements: Sequence[Settlement]) -> None:
    """Пишет строку о рассылке; о каждой причине — сколько раз."""
    reasons = Counter(one.failure for one in settlements if one.failure is not None)
    told = "".join(f"; {reason}: {count}" for reason, count in reasons.items())
    _log.log(
        logging.WARNING if reasons else logging.INFO,
        "%s: %d delivered, %d to be sent again, %d failed%s",
        subscriber,
        ended.delivered,
        ended.postponed,
        ended.failed,
        told,
    )
