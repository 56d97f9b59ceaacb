"""Время регистрации в ячейке: ISO 8601 или названный вид, в поясе, который назвал оператор."""

import re
import warnings
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from attrs import frozen

from application.customer_rows import SourceError

OLD = datetime(1990, 1, 1, tzinfo=UTC)
"""До этого времени магазинов в сети не было: 1970, 1900 и 1899 годом пишут, что времени нет."""

# Расширенный вид ISO 8601; пробел вместо T и перед поясом, имя UTC — как пишут базы данных.
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)(?: ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?)?"
)
_FROM_WORKBOOK = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
# Время, которое после записи и чтения остаётся собой, если вид говорит и день, и часы.
_TRIED = datetime(2024, 11, 23, 17, 45, 56, tzinfo=UTC)


@frozen
class TimeReader:
    """Читает время.

    Attributes:
        format: вид времени, как у ``datetime.strptime``; ``None`` — ISO 8601.
        zone: пояс времени, в котором своего нет; ``None`` — не назван.
        knows_workbook_days: верно и то, что написала книга, каков бы ни был вид.
    """

    format: str | None = None
    zone: tzinfo | None = None
    knows_workbook_days: bool = False

    def __call__(self, cell: str) -> datetime | str | None:
        """Возвращает время; пустая ячейка — ``None``.

        Время без пояса, если его не назвали, остаётся без него, а что временем не стало — текстом:
        и то и другое отклонит правило.
        """
        text = cell.strip()
        if not text:
            return None
        moment = self._moment(text)
        if moment is None or moment.tzinfo is not None or self.zone is None:
            return cell if moment is None else moment
        local = moment.replace(tzinfo=self.zone)
        try:
            back = local.astimezone(UTC).astimezone(self.zone)
        except OverflowError:
            return cell
        # Часа, который пропустили при переводе часов, не было; из двух одинаковых верен первый.
        return local if back.replace(tzinfo=None) == moment else cell

    def _moment(self, text: str) -> datetime | None:
        is_iso = self.format is None or (
            self.knows_workbook_days and _FROM_WORKBOOK.fullmatch(text) is not None
        )
        try:
            if not is_iso and self.format is not None:
                return datetime.strptime(text, self.format)  # noqa: DTZ007 — пояс дадут потом
            found = _ISO.fullmatch(text)
            return _iso(*found.groups()) if found else None
        except ValueError:
            return None


def _iso(day: str, clock: str | None, zone: str | None) -> datetime:
    text = day if clock is None else f"{day}T{clock.replace(',', '.')}"
    moment = datetime.fromisoformat(text)
    return moment if zone is None else moment.replace(tzinfo=_offset(zone))


def _offset(text: str) -> tzinfo:
    if text in ("Z", "UTC", "GMT"):
        return UTC
    sign, hours, minutes = text[0], text[1:3], text[-2:] if len(text) > 3 else "0"  # noqa: PLR2004
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)


def time_zone(name: str) -> tzinfo:
    """Возвращает пояс по имени IANA или смещению.

    Raises:
        SourceError: такого пояса здесь нет.
    """
    try:
        if found := _OFFSET.fullmatch(name):
            return _offset(found[0])
        return UTC if name == "UTC" else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise SourceError(
            f"{name!r} is no time zone that is known here: one is called like Europe/Moscow, UTC or"
            " +03:00"
        ) from None


def check_format(text: str) -> None:
    """Проверяет, что вид времени говорит год, месяц и день, а часы — все.

    Raises:
        SourceError: не говорит.
    """
    if re.search("%[%Z]", text.replace("%%", "")):
        raise SourceError(f"--date-format takes no %Z: {text!r} would lose the zone; use %z")
    try:
        with warnings.catch_warnings():
            # О дне без года Python 3.13 предупреждает сам; здесь такой вид отклоняется словами.
            warnings.simplefilter("ignore", DeprecationWarning)
            back = datetime.strptime(_TRIED.strftime(text), text)  # noqa: DTZ007 — сравнивается день
    except ValueError:
        raise SourceError(
            f"{text!r} is no format of a time, for example '%d.%m.%Y %H:%M'"
        ) from None
    if back.date() != _TRIED.date() or back.hour not in (0, _TRIED.hour):
        raise SourceError(
            f"{text!r} does not say the whole time: it needs a year, a month and a day, and hours"
            " of 24 or %p"
        )
