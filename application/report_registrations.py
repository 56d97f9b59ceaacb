"""Вариант использования: отчёт о регистрациях, в котором нет личных данных."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import Enum, StrEnum
from itertools import pairwise

from attrs import evolve, frozen

from application.refusal_counts import RefusalCounts
from application.registration_counts import CountRequest, Counts, RegistrationCounts
from application.report_periods import (
    Period,
    Step,
    check_days,
    is_whole_months,
    midnight,
    periods,
    usual_first,
)
from application.small_groups import FEWEST_SHOWN, Shown, Withheld, named_groups, shown_groups

AGES = (18, 25, 35, 45, 55, 65)
"""С каких лет начинаются группы возраста, кроме первой."""

MOST_COUNTRIES = 300
"""Больше стран отчёт не называет: все вместе их меньше, а названия придумывают люди."""

_DAY = timedelta(days=1)


class Grouping(StrEnum):
    """По чему считать."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    COUNTRY = "country"
    AGE = "age"


_STEPS = {Grouping(step.value): step for step in Step}
_BY_PERSON = {Grouping.COUNTRY, Grouping.AGE}


class NotWholeMonthsError(ValueError):
    """По странам и возрасту считают только целыми месяцами."""

    def __init__(self) -> None:
        super().__init__(
            "by country and age only whole months are counted, so that reports of neighbouring"
            " days do not tell who registered between them: begin with the first day of a month and"
            " end with the last, or leave the end open"
        )


@frozen(kw_only=True)
class ReportRequest:
    """Какой нужен отчёт.

    Attributes:
        groupings: по чему считать; пусто — по всему, по чему можно.
        since: с какого дня; ``None`` — по времени недавнее, по странам и возрасту всё.
        until: по какой день, включительно; ``None`` — по сегодня.
        zone: чьи это дни.
    """

    groupings: tuple[Grouping, ...] = ()
    since: date | None = None
    until: date | None = None
    zone: tzinfo = UTC


class Countries(Enum):
    """Страны, у которых одно место на всех; названия ни у одного из этих мест нет."""

    OTHERS = "others"
    """Те, где немногие."""


type GroupName = str | Countries | None
"""Как зовут группу; ``None`` — названия не дали."""


@frozen
class Section:
    """Часть отчёта.

    Attributes:
        grouping: по чему она.
        groups: названия групп и сколько в них; ``None`` вместо названия — не назвали;
            ``Countries.OTHERS`` — остальные вместе. ``None`` вместо групп — показать их нельзя.
        total: сколько всего; ``None`` — этого не показать.
    """

    grouping: Grouping
    groups: Sequence[tuple[GroupName, Shown]] | None
    total: int | None


@frozen
class Report:
    """Отчёт.

    Attributes:
        sections: его части.
        refused: отказы по кодам; ``None`` — их не спрашивали.
        since: с какого дня они сосчитаны.
        until: по какой.
        left_out: по чему считать нельзя, потому что дни — не целые месяцы.
    """

    sections: Sequence[Section]
    refused: Mapping[str, int] | None
    since: date
    until: date
    left_out: Sequence[Grouping]


@frozen
class ReportRegistrations:
    """Считает регистрации и отказы.

    Attributes:
        counts: счёт регистраций.
        refusals: счёт отказов; ``None`` — их не спрашивать.
        clock: часы; говорят время с поясом UTC.
    """

    counts: RegistrationCounts
    refusals: RefusalCounts | None
    clock: Callable[[], datetime]

    async def __call__(self, request: ReportRequest) -> Report:
        """Отчитывается.

        Raises:
            application.report_periods.WrongDaysError: о таких днях отчёта нет.
            NotWholeMonthsError: просят страны или возраст, а дни — не целые месяцы.
            application.report_periods.TooManyPeriodsError: промежутков слишком много.
            application.registration_counts.CountingStoppedError: счёт остановлен.
            application.refusal_counts.RefusalsUnknownError: об отказах не узнать.
        """
        now = self.clock()
        today = now.astimezone(request.zone).date()
        until = request.until or today
        check_days(request.since, until, today)
        # Последний день не кончился ещё нигде: такой край открыт.
        whole = evolve(request, until=until if until < min(today, now.date()) else None)
        groupings, left_out = _countable(whole)
        by_time = {
            grouping: periods(step, request.since or usual_first(step, until), until, request.zone)
            for grouping, step in _STEPS.items()
            if grouping in groupings
        }
        refused_since = request.since or usual_first(Step.DAY, until)
        refused = None
        if self.refusals is not None:
            refused = await self.refusals.by_code(
                midnight(refused_since, request.zone),
                min(now, midnight(until + _DAY, request.zone)),
            )
        counts = await self.counts.count(_count_request(groupings, whole, by_time.values()))
        sections = [_section(grouping, by_time.get(grouping), counts) for grouping in groupings]
        return Report(sections, refused, refused_since, until, left_out)


def _countable(request: ReportRequest) -> tuple[Sequence[Grouping], Sequence[Grouping]]:
    """Выбирает, по чему считать, и говорит, по чему нельзя."""
    asked = request.groupings or tuple(Grouping)
    if is_whole_months(request.since, request.until) or _BY_PERSON.isdisjoint(asked):
        return asked, ()
    if request.groupings:
        raise NotWholeMonthsError
    return (
        [one for one in asked if one not in _BY_PERSON],
        [one for one in asked if one in _BY_PERSON],
    )


def _count_request(
    groupings: Sequence[Grouping], request: ReportRequest, by_time: Iterable[Sequence[Period]]
) -> CountRequest:
    borders = {
        border for found in by_time for period in found for border in (period.begins, period.ends)
    }
    is_by_country = Grouping.COUNTRY in groupings
    return CountRequest(
        borders=tuple(sorted(borders)),
        # Месяцы всегда по UTC: иначе два отчёта в соседних поясах выдали бы часы между ними.
        since=None if request.since is None else midnight(request.since, UTC),
        until=None if request.until is None else midnight(request.until + _DAY, UTC),
        fewest=FEWEST_SHOWN if is_by_country else None,
        most=MOST_COUNTRIES if is_by_country else 0,
        ages=AGES if Grouping.AGE in groupings else (),
    )


def _section(grouping: Grouping, by_time: Sequence[Period] | None, counts: Counts) -> Section:
    if by_time is not None:
        return _time_section(grouping, by_time, counts)
    return _country_section(counts) if grouping is Grouping.COUNTRY else _age_section(counts)


def _time_section(grouping: Grouping, found: Sequence[Period], counts: Counts) -> Section:
    groups = [(period.name, counts.from_to(period.begins, period.ends)) for period in found]
    return Section(grouping, groups, sum(count for _, count in groups))


def _country_section(counts: Counts) -> Section:
    total = counts.all_countries
    found = named_groups(counts.countries, total, MOST_COUNTRIES)
    groups: list[tuple[GroupName, Shown]] = list(found.named)
    if found.others:
        groups.append((Countries.OTHERS, found.others))
    return Section(Grouping.COUNTRY, groups, None if found.others is Withheld.FEW else total)


def _age_section(counts: Counts) -> Section:
    shown = shown_groups(counts.ages)
    names = [f"0-{AGES[0] - 1}"]
    names += [f"{begins}-{after - 1}" for begins, after in pairwise(AGES)]
    names += [f"{AGES[-1]}+"]
    groups = None if shown is None else list(zip([*names, None], shown, strict=True))
    return Section(Grouping.AGE, groups, sum(counts.ages))
