"""Изменения, какими их отдаёт логическое декодирование (PostgreSQL, 55.9, ``pgoutput``)."""

from collections.abc import Iterator

from attrs import define, frozen

from tests.support.sql import execute


@frozen
class Change:
    """Изменение строки.

    Attributes:
        kind: ``I``, ``U`` или ``D``.
        table: имя таблицы.
        old: что известно о прежней строке, по столбцам; ``None`` — ничего.
        new: новая строка; ``None`` — её нет.
    """

    kind: str
    table: str
    old: dict[str, str | None] | None
    new: dict[str, str | None] | None


def changes(database: str, slot: str, publication: str) -> list[Change]:
    """Забирает из слота изменения, о которых объявляет публикация."""
    messages = execute(
        database,
        "SELECT data FROM pg_logical_slot_get_binary_changes("
        "%s, NULL, NULL, 'proto_version', '1', 'publication_names', %s)",
        slot,
        publication,
    )
    return list(_read(bytes(data) for (data,) in messages if isinstance(data, bytes | memoryview)))


@define
class _Message:
    data: bytes
    at: int = 1

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def text(self) -> str:
        return self.take(self.data.index(b"\0", self.at) - self.at + 1)[:-1].decode()

    def row(self, columns: list[str]) -> dict[str, str | None]:
        return dict(zip(columns, (self._value() for _ in range(self.number(2))), strict=True))

    def _value(self) -> str | None:
        return self.take(self.number(4)).decode() if self.take(1) == b"t" else None


def _read(messages: Iterator[bytes]) -> Iterator[Change]:
    tables: dict[int, tuple[str, list[str]]] = {}
    for message in map(_Message, messages):
        kind = chr(message.data[0])
        if kind == "R":
            number, _schema, name, _identity = (
                message.number(4),
                message.text(),
                message.text(),
                message.take(1),
            )
            columns = []
            for _ in range(message.number(2)):
                message.take(1)
                columns.append(message.text())
                message.take(8)
            tables[number] = name, columns
        elif kind in "IUD":
            name, columns = tables[message.number(4)]
            rows = {}
            while message.at < len(message.data):
                which = "new" if message.take(1) == b"N" else "old"
                rows[which] = message.row(columns)
            yield Change(kind, name, rows.get("old"), rows.get("new"))
