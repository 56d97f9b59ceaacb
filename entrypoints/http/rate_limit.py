"""Сколько регистраций в единицу времени принимают с одного адреса.

Мера — GCRA, «дырявое ведро» (ITU-T I.371, приложение A): об адресе помнится одно число. Отказы доли
не отнимают, и тот, кто повторяет слишком часто, всё же идёт с разрешённой частотой.
"""

import time
from collections.abc import Callable, Sequence

from entrypoints.http.sender_address import Headers, Network, Peer, SenderAddress
from entrypoints.problem_error import ProblemError
from entrypoints.setting_values import Rate

_SECOND = 1_000_000_000  # наносекунд
_REMEMBERED = 50_000  # адресов: с прежними их вдвое больше, и это 20 МБ


class RateLimit:
    """Предел одного процесса; у каждого рабочего процесса он свой.

    Помнят тех, кто просил с начала срока, и тех, кто просил за срок до того: доля остальных снова
    полна. Если адресов слишком много, прежние забываются раньше: у кого их тысячи, тот предела и
    так не чувствует, а прочим отказывать из-за него нельзя.
    """

    def __init__(
        self,
        rate: Rate,
        sender: SenderAddress,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        remembered: int = _REMEMBERED,
    ) -> None:
        """Создаёт предел.

        Args:
            rate: сколько регистраций за какой срок; столько же можно и разом.
            sender: узнаёт, с какого адреса пришли.
            clock: наносекунды с любого начала.
            remembered: сколько адресов помнить; прежних — ещё столько же.
        """
        self._sender = sender
        self._period = rate.seconds * _SECOND
        self._interval = self._period // rate.count
        self._burst = self._period - self._interval
        self._clock = clock
        self._most = remembered
        self._full_at: dict[bytes, int] = {}  # когда у адреса снова будет вся его доля
        self._earlier: dict[bytes, int] = {}
        self._forget_at = clock() + self._period

    @property
    def remembered(self) -> int:
        """Скольких адресов доля ещё не полна или была не полна недавно."""
        return len(self._full_at) + len(self._earlier)

    def check(self, peer: Peer, headers: Headers) -> None:
        """Считает регистрацию.

        Args:
            peer: другой конец соединения.
            headers: заголовки запроса.

        Raises:
            ProblemError: с этого адреса их уже слишком много.
        """
        # Дешевле, чем выглядит: у кого доля полна, тот платит за часы, два поиска и одну запись.
        now = self._clock()
        nearest = self._sender.nearest(peer[0] if peer else "")
        farthest = self._sender.behind(nearest, headers) if nearest.is_trusted else nearest
        sender = farthest.network
        full_at = self._full_at.get(sender)
        if full_at is None or now >= self._forget_at:
            full_at = self._remembered_earlier(sender, now)
        if full_at <= now:
            full_at = now
        elif (early := full_at - now - self._burst) > 0:
            seconds = -(-early // _SECOND)
            raise ProblemError("rate_limited", headers={"Retry-After": str(seconds)})
        self._full_at[sender] = full_at + self._interval

    def _remembered_earlier(self, sender: bytes, now: int) -> int:
        """Ищет адрес среди прежних, а если пора, то прежними становятся все."""
        if now >= self._forget_at or len(self._full_at) >= self._most:
            self._earlier, self._full_at = self._full_at, {}
            self._forget_at = now + self._period
        return self._earlier.get(sender, now)


def rate_limit(rate: Rate | None, trusted_proxies: Sequence[Network]) -> RateLimit | None:
    """Даёт предел; без настройки его нет вовсе, и горячий путь о нём не знает."""
    return None if rate is None else RateLimit(rate, SenderAddress(trusted_proxies))
