"""Сверка: что сервис подтвердил и что записано в таблице."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from attrs import frozen

from tests.checker.history import Acknowledged, Refused, Registration, Unknown


@frozen
class Row:
    """Записанный покупатель.

    Attributes:
        id: номер.
        email: адрес.
        name: имя.
    """

    id: int
    email: str
    name: str


class Violation(StrEnum):
    """Нарушенное обещание."""

    LOST = "acknowledged, but not stored"
    TAKEN_BY_NOBODY = "refused as taken, but not stored"
    STORED_TWICE = "stored twice"
    ANSWERED_DIFFERENTLY = "acknowledged with different bodies"
    ACKNOWLEDGED_TWICE = "acknowledged twice without a key"
    OTHER_ID = "acknowledged with an id that is not the stored one"
    SHARED_ID = "acknowledged with the id of another registration"
    REFUSED_BUT_STORED = "refused, but stored"
    UNEXPECTED = "stored, but never sent"
    OTHER_DATA = "stored with the data of another registration"
    FAILED = "answered 500, an error that the service did not foresee"


_TAKEN = 400
_FAILED = Unknown("500")
_LOST = (Violation.LOST, Violation.TAKEN_BY_NOBODY)
_DOUBLED = (
    Violation.STORED_TWICE,
    Violation.ANSWERED_DIFFERENTLY,
    Violation.ACKNOWLEDGED_TWICE,
    Violation.OTHER_ID,
    Violation.SHARED_ID,
)
_UNEXPECTED = (Violation.UNEXPECTED, Violation.OTHER_DATA, Violation.FAILED)


@frozen
class Fates:
    """Чем кончились регистрации, у которых хоть раз исход был неизвестен.

    Attributes:
        acknowledged: в конце концов подтверждены.
        refused: в конце концов отвергнуты.
        stored: так и остались неизвестными, а покупатель записан.
        absent: так и остались неизвестными, и покупателя нет.
    """

    acknowledged: int = 0
    refused: int = 0
    stored: int = 0
    absent: int = 0

    @property
    def total(self) -> int:
        """Сколько их было всего."""
        return self.acknowledged + self.refused + self.stored + self.absent


@frozen
class Verdict:
    """Итог сверки.

    Attributes:
        acknowledged: сколько регистраций подтверждено.
        refused: сколько отвергнуто и ни разу не подтверждено.
        fates: судьба бывших неизвестными.
        violations: нарушения и ключи (для ``UNEXPECTED`` — адреса), на которых они замечены.
    """

    acknowledged: int
    refused: int
    fates: Fates
    violations: Mapping[Violation, Sequence[str]]

    @property
    def lost(self) -> int:
        """Сколько подтверждённых пропало; «адрес занят» — тоже подтверждение."""
        return self._count(*_LOST)

    @property
    def doubled(self) -> int:
        """Сколько раз одна регистрация оказалась двумя."""
        return self._count(*_DOUBLED)

    @property
    def denied(self) -> int:
        """Скольким незаконно отказали, хотя покупатель записан."""
        return self._count(Violation.REFUSED_BUT_STORED)

    @property
    def unexpected(self) -> int:
        """Сколько записано такого, чего никто не посылал, и скольким ответили 500."""
        return self._count(*_UNEXPECTED)

    def _count(self, *violations: Violation) -> int:
        return sum(len(self.violations.get(violation, ())) for violation in violations)


def compared(registrations: Sequence[Registration], rows: Iterable[Row]) -> Verdict:
    """Сверяет историю с таблицей.

    Args:
        registrations: история; ни одного запроса больше не идёт.
        rows: все покупатели этой истории, прочитанные после неё.
    """
    stored: dict[str, list[Row]] = {}
    for row in rows:
        stored.setdefault(row.email, []).append(row)
    found: dict[Violation, list[str]] = {}
    for registration in registrations:
        for violation in _violations(registration, stored.get(registration.email, [])):
            found.setdefault(violation, []).append(registration.key)
    if shared := _sharing_an_id(registrations):
        found[Violation.SHARED_ID] = shared
    if strangers := sorted(stored.keys() - {r.email for r in registrations}):
        found[Violation.UNEXPECTED] = strangers
    fates = [_fate(r, is_stored=r.email in stored) for r in registrations]
    return Verdict(
        acknowledged=fates.count("acknowledged"),
        refused=fates.count("refused"),
        fates=_fates_of_unknown(registrations, fates),
        violations=found,
    )


def _violations(registration: Registration, rows: Sequence[Row]) -> Iterable[Violation]:
    acknowledged = registration.outcomes(Acknowledged)
    ids = [row.id for row in rows]
    if acknowledged and not ids:
        yield Violation.LOST
    # Этого адреса больше никто не шлёт: занять его могла только сама регистрация.
    elif not ids and Refused(_TAKEN) in registration.outcomes(Refused):
        yield Violation.TAKEN_BY_NOBODY
    if any(row.name != registration.name for row in rows):
        yield Violation.OTHER_DATA
    if len(ids) > 1:
        yield Violation.STORED_TWICE
    if len({(answer.id, answer.digest) for answer in acknowledged}) > 1:
        yield Violation.ANSWERED_DIFFERENTLY
    elif len(acknowledged) > 1 and not registration.has_key:
        yield Violation.ACKNOWLEDGED_TWICE
    if ids and any(answer.id not in ids for answer in acknowledged):
        yield Violation.OTHER_ID
    if ids and _was_refused_unlawfully(registration):
        yield Violation.REFUSED_BUT_STORED
    if _FAILED in registration.outcomes(Unknown):
        yield Violation.FAILED


def _was_refused_unlawfully(registration: Registration) -> bool:
    """Говорит, отказано ли тому, кто записан, не по праву.

    С ключом любой отказ таков. Без ключа повтор неотличим от нового запроса, и после попытки,
    которая могла записать, «адрес занят» — правда.
    """
    if registration.has_key:
        return bool(registration.outcomes(Refused))
    may_be_stored = False
    for attempt in registration.attempts:
        if not isinstance(attempt.outcome, Refused):
            may_be_stored = True
        elif not may_be_stored or attempt.outcome.status != _TAKEN:
            return True
    return False


def _sharing_an_id(registrations: Iterable[Registration]) -> list[str]:
    """Находит ключи, которым назвали номер, уже названный другому."""
    owners: dict[int, str] = {}
    return sorted(
        {
            registration.key
            for registration in registrations
            for answer in registration.outcomes(Acknowledged)
            if owners.setdefault(answer.id, registration.key) != registration.key
        }
    )


def _fate(registration: Registration, *, is_stored: bool) -> str:
    if registration.outcomes(Acknowledged):
        return "acknowledged"
    if registration.outcomes(Refused):
        return "refused"
    return "stored" if is_stored else "absent"


def _fates_of_unknown(registrations: Sequence[Registration], fates: Sequence[str]) -> Fates:
    was_unknown = [
        fate
        for registration, fate in zip(registrations, fates, strict=True)
        if registration.outcomes(Unknown)
    ]
    return Fates(
        acknowledged=was_unknown.count("acknowledged"),
        refused=was_unknown.count("refused"),
        stored=was_unknown.count("stored"),
        absent=was_unknown.count("absent"),
    )
