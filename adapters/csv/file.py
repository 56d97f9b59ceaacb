"""Файл CSV или книга как источник строк: заголовок уже прочитан, начало просмотрено."""

from collections import deque
from collections.abc import Iterator, Sequence

from attrs import define, field

from adapters.csv.cells import CommandMaker
from adapters.csv.decoding import advice
from adapters.csv.file_options import CsvOptions
from adapters.csv.findings import Finding
from adapters.csv.layout import Layout
from adapters.csv.lines import Lines
from adapters.csv.records import BadRecord, Record, RefusedRecord
from adapters.csv.source import Source
from adapters.csv.suspicion_kinds import BY_PEOPLE, CERTAIN, Kind
from application.customer_rows import ROW, CustomerRow, CustomerRows, SourceError
from domain.errors import BrokenRule

SAMPLE = 200
"""Записей с начала файла, которые смотрят прежде, чем записать хоть одну."""

_MANY = 5  # строк: меньше — ещё не правило


@define
class CsvFile(CustomerRows):
    """Файл.

    Attributes:
        source: откуда байты.
        encoding: их кодировка, имя кодека Python.
        layout: что в каком столбце.
        note: что оператору сказать о том, как файл прочитан; пусто — нечего.
        is_cut: похоже, что конца у файла нет; сказать об этом, дочитав.
    """

    source: Source
    encoding: str
    layout: Layout
    note: str
    _options: CsvOptions
    _lines: Lines
    _records: Iterator[Record | RefusedRecord | BadRecord]
    _maker: CommandMaker
    is_cut: bool = False
    _sample: deque[CustomerRow] = field(factory=deque)
    _failure: SourceError | None = None
    _is_stopped: bool = False
    _unnamed: Sequence[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Узнаёт, под какими столбцами ячеек быть не должно."""
        self._unnamed = self.layout.unnamed

    @property
    def has_bom(self) -> bool:
        """Начинается ли файл с отметки порядка байтов UTF-8."""
        return self._lines.has_bom

    @property
    def sample(self) -> Sequence[CustomerRow]:
        """Первые строки, пока их не взяли."""
        return tuple(self._sample)

    @property
    def suspicious(self) -> list[Finding]:
        """Подозрительное в прочитанных строках, кроме видов, которые приняты."""
        accepted = self._options.accepted
        return [one for one in self._maker.suspicious.all() if one.kind not in accepted]

    @property
    def damage(self) -> list[Finding]:
        """Подозрительное, которое верным не бывает, и то, чего в начале файла слишком много."""
        many = max(_MANY, len(self._sample) / 2)
        return [
            one
            for one in self.suspicious
            if one.kind in CERTAIN or (one.kind in BY_PEOPLE and one.rows >= many)
        ]

    @property
    def mended(self) -> list[Finding]:
        """Исправленное в прочитанных строках."""
        return self._maker.mended.all()

    @property
    def encoding_advice(self) -> str:
        """Чем читаются строки, которые не в кодировке файла; пусто — таких нет."""
        return advice(self._lines.undecoded) if self._lines.undecoded else ""

    def take(self) -> CustomerRow | None:
        """Возвращает следующую строку; после остановки строк больше нет."""
        if self._is_stopped:
            return None
        if self._sample:
            return self._sample.popleft()
        if self._failure is not None:
            raise self._failure
        return self._read()

    def stop(self) -> None:
        """Велит больше не читать, даже посреди длинной строки; можно и из обработчика сигнала."""
        self._is_stopped = True
        self._lines.stop()

    def look(self) -> None:
        """Просматривает начало файла; строки из него ещё будут взяты."""
        try:
            while len(self._sample) < SAMPLE and (row := self._read()) is not None:
                self._sample.append(row)
        except SourceError as failure:
            self._failure = failure

    def _read(self) -> CustomerRow | None:
        record = next(self._records, None)
        # Остановленное чтение могло оборвать и запись в кавычках.
        if self._is_stopped:
            return None
        if record is None:
            self._tell_of_end()
            return None
        if isinstance(record, BadRecord):
            broken = BrokenRule(ROW, record.code)
            return CustomerRow(record.line, [record.start], None, [broken], is_unreadable=True)
        if isinstance(record, RefusedRecord):
            return CustomerRow(record.line, record.cells, None, record.broken)
        columns = len(self.layout.names)
        if len(record.cells) != columns:
            record = record._replace(cells=self._fitted(record.cells, columns))
        if len(record.cells) != columns:
            limits = {"has": len(record.cells), "wants": columns}
            broken = BrokenRule(ROW, "wrong_number_of_cells", limits)
            return CustomerRow(record.line, record.cells, None, [broken])
        for place in self._unnamed:
            if cell := record.cells[place].strip():
                self._maker.suspicious.add(ROW, Kind.UNNAMED_CELL, record.line, cell)
        return CustomerRow(record.line, record.cells, self._maker(record))

    def _tell_of_end(self) -> None:
        if self.is_cut:
            self.is_cut = False
            size = f"{self.source.size} bytes"
            self._maker.suspicious.add(ROW, Kind.CUT_FILE, self._lines.number, size)

    def _fitted(self, cells: list[str], columns: int) -> list[str]:
        """Убирает пустые ячейки после последнего столбца или добавляет недостающие, если велено.

        Недостающие под столбцами без названия ничего не значат.
        """
        if len(cells) > columns:
            return cells if any(cells[columns:]) else cells[:columns]
        missing = self.layout.names[len(cells) :]
        is_nothing_lost = not any(map(str.strip, missing))
        if is_nothing_lost or self._options.has_short_rows:
            return cells + [""] * len(missing)
        return cells
