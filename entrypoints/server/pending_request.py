"""Запрос, на который ещё не ответили."""

from attrs import define, field

from entrypoints.http.fast_path import FastRequest
from entrypoints.http.refused_requests import REFUSAL_SCOPE_KEY
from entrypoints.server.asgi_cycle import AsgiCycle
from entrypoints.server.limits import QUEUED
from entrypoints.server.request_parser import IncomingRequest


@define(eq=False)
class PendingRequest(IncomingRequest):
    """Запрос от головы до ответа.

    Attributes:
        arrived: с какого времени ждёт ответа (время цикла событий, с); на коротком пути — с прихода
            тела, до того 0.
        is_answered: ответил ли сервис.
        refusal: вид отказа, если сервис его не примет.
        fast: запрос, на который ответит короткий путь; ``None`` — ответит приложение ASGI.
        cycle: запрос у приложения ASGI.
    """

    arrived: float = 0.0
    is_answered: bool = False
    refusal: str | None = None
    fast: FastRequest | None = None
    cycle: AsgiCycle | None = None
    _weight_without_body: int = field(default=0, init=False)

    @property
    def weight(self) -> int:
        """Сколько примерно байтов памяти он занимает, пока ждёт."""
        # Голова не меняется, а спрашивают о каждом ждущем снова и снова.
        self._weight_without_body = self._weight_without_body or QUEUED + self.head_weight
        return self._weight_without_body + len(self.body)

    def refuse(self, code: str) -> None:
        """Отказывает запросу: ответит на это приложение, как и на всё остальное."""
        self.refusal = code
        self.fast = None
        self.keep_alive = False
        if self.cycle is not None:
            self.cycle.refuse(REFUSAL_SCOPE_KEY, code)
