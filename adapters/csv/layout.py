"""Что в каком столбце: по заголовку, по известным названиям и по тому, что сказал оператор."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from adapters.csv.headings import FIRST_NAMES, KNOWN_HEADINGS, SURNAMES, KnownHeading, normal
from application.customer_rows import SourceError
from domain.customer import REQUIRED_FIELDS, RULES

REGISTERED_AT = "registered_at"
"""Время регистрации: его столбец только называют, сам он не узнаётся."""

FIELDS = (*RULES, REGISTERED_AT)
"""Что загружается."""

REJECT_COLUMNS = ("reject_line", "reject_fields", "reject_codes", "reject_text")
"""Столбцы файла отказов; стоят перед столбцами исходного: ячеек в строке бывает и больше."""

ALREADY_COLUMNS = ("already_line", "customer_id", "already_where")
"""Столбцы файла уже бывших, тоже перед столбцами исходного."""


@frozen
class Guess:
    """Столбцы поля, узнанные по известным названиям.

    Attributes:
        headings: названия столбцов, как они в заголовке.
        source: кто так пишет.
    """

    headings: Sequence[str]
    source: str


@frozen
class Layout:
    """Строение файла.

    Attributes:
        delimiter: чем разделены ячейки.
        names: столбцы, как они названы в заголовке.
        places: места столбцов по именам полей, с нуля; у поля их бывает несколько.
        guessed: что узнано по известным названиям, по именам полей.
    """

    delimiter: str
    names: tuple[str, ...]
    places: Mapping[str, tuple[int, ...]]
    guessed: Mapping[str, Guess]

    @property
    def ignored(self) -> list[str]:
        """Названия столбцов, которые ни одному полю не достались, кроме своих о прежней загрузке.

        Столбцы отказов узнаются и переставленными; customer_id есть и у чужих файлов.
        """
        used = {place for places in self.places.values() for place in places}
        return [
            name
            for place, name in enumerate(self.names)
            if place >= self.own_columns
            and place not in used
            and name not in REJECT_COLUMNS
            and name.strip()
        ]

    @property
    def unnamed(self) -> list[int]:
        """Места столбцов без названия, с нуля, кроме стоящих прежде всех: там номер строки."""
        used = {place for places in self.places.values() for place in places}
        named = [place for place, name in enumerate(self.names) if name.strip()]
        first = named[0] if named else 0
        return [place for place in range(first, len(self.names)) if place not in {*named, *used}]

    @property
    def own_columns(self) -> int:
        """Сколько первых столбцов — о прежней загрузке: файл написала она, заслонив ячейки."""
        own = [one for one in (REJECT_COLUMNS, ALREADY_COLUMNS) if self.names[: len(one)] == one]
        return len(own[0]) if own else 0

    @property
    def meaning(self) -> str:
        """От чего, кроме байтов файла, зависит смысл его ячеек.

        Узнанного по известным названиям здесь нет: прежняя версия их не знала, и ключи её
        загрузок должны остаться теми же. Строка, которой такой столбец прибавил данных, будет
        отклонена как записанная с другими.
        """
        places = {field: found for field, found in self.places.items() if field not in self.guessed}
        for field in self.guessed:
            # NAME у Bitrix — поле name и для версии, которая не знала, что имя стоит и в других.
            named = [place for place, name in enumerate(self.names) if normal(name) == field]
            if len(named) == 1:
                places[field] = (named[0],)
        told = sorted(
            (field, found[0] if len(found) == 1 else found) for field, found in places.items()
        )
        return repr((self.delimiter, told))

    @property
    def is_first_name_only(self) -> bool:
        """Похоже ли, что имя не всё: рядом остался столбец фамилии или столбец имени.

        Остались оба — значит, полное имя стоит в своём столбце.
        """
        used = {normal(self.names[place]) for place in self.places.get("name", ())}
        rest = set(map(normal, self.ignored))
        is_part = used <= {"name"} | FIRST_NAMES | SURNAMES
        return is_part and rest.isdisjoint(SURNAMES) != rest.isdisjoint(FIRST_NAMES)


def read_layout(
    names: Sequence[str], delimiter: str, told: Mapping[str, str] | None = None
) -> Layout:
    """Находит столбцы полей.

    Args:
        names: столбцы, как они названы в заголовке.
        delimiter: чем разделены ячейки.
        told: столбцы полей, как сказал оператор: название, несколько через ``+`` или место, с
            единицы.

    Raises:
        SourceError: столбцов с таким названием больше одного, или столбца с таким местом нет.
    """
    places = {field: _told_places(column, names) for field, column in (told or {}).items()}
    guessed: dict[str, Guess] = {}
    for known in KNOWN_HEADINGS:
        if known.has_exact_case:
            _guess(known, names, places, guessed)
    for field in RULES:
        if field not in places and (found := _find(field, names)) is not None:
            places[field] = (found,)
    for known in KNOWN_HEADINGS:
        if not known.has_exact_case:
            _guess(known, names, places, guessed)
    found_places = {field: places[field] for field in FIELDS if places.get(field)}
    return Layout(delimiter, tuple(names), found_places, guessed)


def check_layout(layout: Layout, told: Mapping[str, str]) -> None:
    """Проверяет, что столбцы, которые должны быть, нашлись.

    Raises:
        SourceError: не нашлись.
    """
    missing = [field for field in FIELDS if field not in layout.places]
    lacking = [
        told.get(field, field) for field in missing if field in REQUIRED_FIELDS or field in told
    ]
    if lacking:
        raise SourceError(
            f"no column {', '.join(map(repr, lacking))} in the first line, which has"
            f" {', '.join(map(repr, layout.names))}; --column FIELD=NAME says what a column is"
        )


def _told_places(column: str, names: Sequence[str]) -> tuple[int, ...]:
    """Места столбцов, названных оператором; пусто — таких нет."""
    if (whole := _find(column, names)) is not None:
        return (whole,)
    places = [_by_position(part, names) for part in column.split("+")]
    found = tuple(place for place in places if place is not None)
    return found if len(found) == len(places) else ()


def _by_position(name: str, names: Sequence[str]) -> int | None:
    found = _find(name, names)
    position = name.strip()
    if found is None and position.isascii() and position.isdecimal():
        if not 1 <= int(position) <= len(names):
            raise SourceError(f"there is no column {position}: the first line has {len(names)}")
        return int(position) - 1
    return found


def _find(name: str, names: Sequence[str]) -> int | None:
    wanted = normal(name)
    places = [place for place, one in enumerate(names) if normal(one) == wanted]
    if len(places) > 1:
        positions = " or ".join(str(place + 1) for place in places)
        raise SourceError(
            f"the first line has more than one column {name.strip()!r};"
            f" --column FIELD={positions} tells them apart by position"
        )
    return places[0] if places else None


def _guess(
    known: KnownHeading,
    names: Sequence[str],
    places: dict[str, tuple[int, ...]],
    guessed: dict[str, Guess],
) -> None:
    """Находит столбцы по записи таблицы, если поле ещё не нашлось."""
    if known.field in places:
        return
    if known.has_exact_case:
        found = [names.index(part) for part in known.parts if part in names]
        if len(found) < 2:  # noqa: PLR2004 — одно NAME значит не больше, чем name
            return
    else:
        headings = [normal(name) for name in names]
        found = [headings.index(part) for part in known.parts if headings.count(part) == 1]
    if found:
        places[known.field] = tuple(found)
        guessed[known.field] = Guess([names[place] for place in found], known.source)
