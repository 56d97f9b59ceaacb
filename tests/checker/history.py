"""История нагрузки: что было послано и чем это кончилось для клиента."""

from collections.abc import Iterable
from itertools import pairwise

from attrs import define, field, frozen

NO_ANSWER = "deadline"
"""Причина неизвестности: до срока нет ни ответа, ни обрыва связи."""

_DOMAIN = "checker.example"


@frozen
class Acknowledged:
    """Ответ 201.

    Attributes:
        id: номер покупателя из тела.
        digest: хеш тела: при повторе с тем же ключом идемпотентности тело обязано совпасть
            побайтно.
        replayed: назван ли ответ повторённым (``Idempotency-Replayed``).
    """

    id: int
    digest: bytes
    replayed: bool = False


@frozen
class Refused:
    """Ответ 4xx: сервис говорит, что покупателя не записал.

    Attributes:
        status: код состояния.
    """

    status: int


@frozen
class Unknown:
    """Исход неизвестен: 5xx, обрыв связи или молчание до срока.

    Attributes:
        reason: код состояния, ``NO_ANSWER`` или имя ошибки связи.
    """

    reason: str


type Outcome = Acknowledged | Refused | Unknown


@frozen
class Attempt:
    """Один запрос.

    Attributes:
        started: когда начат, секунды по монотонным часам.
        finished: когда кончился, по тем же часам.
        outcome: чем.
    """

    started: float
    finished: float
    outcome: Outcome


@define
class Registration:
    """Одна регистрация: все запросы с одним содержимым; шлёт их один клиент, по очереди.

    Attributes:
        key: у каждой регистрации свой; по нему она и узнаётся, в том числе по адресу и имени.
        attempts: запросы по порядку.
        has_key: посылается ли ``key`` сервису как ключ идемпотентности.
    """

    key: str
    attempts: list[Attempt] = field(factory=list)
    has_key: bool = field(default=True, kw_only=True)

    @property
    def email(self) -> str:
        """Адрес покупателя, уже в той форме, в которой он хранится."""
        return f"{self.key}@{_DOMAIN}"

    @property
    def name(self) -> str:
        """Имя покупателя: своё у каждого, чтобы чужое под его адресом было видно."""
        return f"Ivan {self.key}"

    def outcomes[T: Outcome](self, kind: type[T]) -> list[T]:
        """Исходы одного вида, по порядку запросов."""
        return [a.outcome for a in self.attempts if isinstance(a.outcome, kind)]


def longest_silence(
    registrations: Iterable[Registration], *, started: float, finished: float
) -> float:
    """Возвращает наибольшее время без единого 201, секунды; края промежутка тоже считаются."""
    successes = sorted(
        attempt.finished
        for registration in registrations
        for attempt in registration.attempts
        if isinstance(attempt.outcome, Acknowledged) and started <= attempt.finished <= finished
    )
    return max(later - earlier for earlier, later in pairwise([started, *successes, finished]))


def slowest_attempt(registrations: Iterable[Registration]) -> float:
    """Возвращает наибольшее время одного запроса, секунды; ждавший до срока — тоже запрос."""
    return max((a.finished - a.started for r in registrations for a in r.attempts), default=0.0)


def unanswered(registrations: Iterable[Registration]) -> int:
    """Считает запросы, на которые до срока не ответили и связи не разорвали."""
    return sum(
        outcome.reason == NO_ANSWER for r in registrations for outcome in r.outcomes(Unknown)
    )
