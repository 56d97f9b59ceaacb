"""Что о файле сказал оператор."""

from collections.abc import Collection, Mapping

from attrs import field, frozen

from adapters.csv.decoding import codec_name
from adapters.csv.dialects import Escape
from adapters.csv.suspicions import Kind
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
    """

    encoding: str | None = None
    delimiter: str | None = None
    escape: str = Escape.NONE
    columns: Mapping[str, str] = field(factory=dict)
    null_words: Collection[str] = ()
    accepted: Collection[str] = ()
    has_short_rows: bool = False
    sheet: str | None = None

    @property
    def meaning(self) -> str:
        """От чего ещё зависит смысл ячеек; пусто, если ничего такого не сказано."""
        told = (str(self.escape), sorted(self.null_words), self.has_short_rows)
        return "" if told == (str(Escape.NONE), [], False) else repr(told)


def checked_encoding(options: CsvOptions) -> str | None:
    """Возвращает имя кодека, если он назван.

    Raises:
        SourceError: такой кодировки или такого вида подозрительного нет.
    """
    for kind in options.accepted:
        if kind not in frozenset(Kind):
            raise SourceError(f"--accept takes {', '.join(Kind)}, not {kind!r}")
    return codec_name(options.encoding) if options.encoding else None
