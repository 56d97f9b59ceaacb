"""Что о файле сказал оператор."""

from collections.abc import Collection, Mapping

from attrs import field, frozen

from adapters.csv.decoding import codec_name
from adapters.csv.dialects import Escape
from adapters.csv.suspicion_kinds import Kind
from adapters.csv.times import check_format, time_zone
from application.customer_rows import SourceError


@frozen(kw_only=True)
class CsvOptions:
    """Что о файле сказал оператор.

    Attributes:
        encoding: кодировка, из тех, что знает Python; ``None`` — узнать.
        delimiter: чем разделены ячейки; ``None`` — узнать.
        escape: что значит обратная косая черта, из ``Escape``.
        columns: столбцы полей: название, несколько через ``+`` или место, с единицы.
        null_words: слова, которые значат, что значения нет.
        accepted: виды подозрительного, из ``Kind``, которые принимаются как есть.
        has_short_rows: у коротких строк недостаёт последних ячеек, и они пусты.
        sheet: имя листа книги; ``None`` — первый, который не скрыт.
        date_format: вид времени, как у ``datetime.strptime``; ``None`` — ISO 8601.
        zone: пояс времени, в котором своего нет; ``None`` — не назван.
    """

    encoding: str | None = None
    delimiter: str | None = None
    escape: str = Escape.NONE
    columns: Mapping[str, str] = field(factory=dict)
    null_words: Collection[str] = ()
    accepted: Collection[str] = ()
    has_short_rows: bool = False
    sheet: str | None = None
    date_format: str | None = None
    zone: str | None = None

    @property
    def meaning(self) -> str:
        """От чего ещё зависит смысл ячеек; пусто, если ничего такого не сказано."""
        told = (str(self.escape), sorted(self.null_words), self.has_short_rows)
        cells = "" if told == (str(Escape.NONE), [], False) else repr(told)
        times = (self.date_format, self.zone)
        return cells if times == (None, None) else f"{cells}{times!r}"


def checked_encoding(options: CsvOptions) -> str | None:
    """Возвращает имя кодека, если он назван.

    Raises:
        SourceError: такой кодировки, вида подозрительного, вида времени или пояса нет.
    """
    if options.date_format is not None:
        check_format(options.date_format)
    if options.zone is not None:
        time_zone(options.zone)
    for kind in options.accepted:
        if kind not in frozenset(Kind):
            raise SourceError(f"--accept takes {', '.join(Kind)}, not {kind!r}")
    return codec_name(options.encoding) if options.encoding else None
