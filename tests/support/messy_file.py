"""Файл покупателей, какие приносят магазины: хорошие строки вперемешку с негодными.

Судьба каждой строки известна по построению, а не из проверяемого кода.
"""

import csv
import io
import random
from collections.abc import Callable, Sequence
from enum import Enum

from attrs import field, frozen

COLUMNS = ("name", "email", "age", "gender", "country", "address", "phone")
_FIRST = ("Ivan", "Пётр", "Мария-Луиза", "Anna", "Ёж", "O'Brien", 'Ann "Nan"', "Ольга")
_STREETS = ("Orsk, Molodezhnaya St.", "Орск, ул. Молодёжная", 'Omsk; "Old" road', "x")


class Fate(Enum):
    """Чем строка должна кончиться."""

    REGISTERED = "записана"
    ALREADY_THERE = "адрес занят"
    REFUSED = "отклонена"


@frozen
class Row:
    """Строка файла.

    Attributes:
        text: она сама, без последнего перевода строки.
        fate: чем она должна кончиться.
        stored: что должно быть в таблице, без номера и времени.
        broken: поля и коды отказа.
        cells: что должно быть в файле отказов вместе с причинами.
    """

    text: str
    fate: Fate
    stored: tuple[object, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    cells: Sequence[str] = field(default=())


def messy_rows(count: int, seed: int) -> list[Row]:
    """Строит строки: примерно шесть десятых хороших, остальные негодные всех видов."""
    maker = _Maker(random.Random(seed))  # noqa: S311 — не тайна, а повторимость
    return [maker.row() for _ in range(count)]


def file_of(rows: Sequence[Row]) -> str:
    """Собирает файл с заголовком."""
    return "\n".join([",".join(COLUMNS), *(row.text for row in rows), ""])


def first_lines(rows: Sequence[Row]) -> list[int]:
    """Номера строк файла, с которых начинаются записи."""
    numbers, number = [], 2
    for row in rows:
        numbers.append(number)
        number += row.text.count("\n") + 1
    return numbers


def count(rows: Sequence[Row], fate: Fate) -> int:
    """Говорит, скольких строк такая судьба."""
    return sum(row.fate is fate for row in rows)


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._emails: list[str] = []
        self._kinds: list[Callable[[], Row]] = [
            *[self._good] * 12,
            self._long,
            self._two_dots,
            self._cyrillic_email,
            self._repeated,
            self._repeated,
            self._invalid,
            self._control,
            self._too_long,
            self._unclosed,
            self._wrong_quotes,
            self._few,
            self._many,
            self._endless,
            self._broken_address,
        ]

    def row(self) -> Row:
        make = self._chance.choice(self._kinds)
        return make()

    def _good(self, **changes: str) -> Row:
        given = self._given() | changes
        self._emails.append(given["email"])
        return Row(_line(given), Fate.REGISTERED, _stored(given))

    def _long(self) -> Row:
        return self._good(name="Ж" * 100, address="д" * 255, phone="9" * 25)

    def _two_dots(self) -> Row:
        return self._good(email=f"first..last.{self._number()}@example.ru")

    def _cyrillic_email(self) -> Row:
        return self._good(email=f"иван.{self._number()}@пример.рф")

    def _repeated(self) -> Row:
        if not self._emails:
            return self._good()
        email = self._chance.choice(self._emails)
        spelling = self._chance.choice([email.upper(), email.title(), f" {email} "])
        given = self._given() | {"email": spelling}
        return Row(_line(given), Fate.ALREADY_THERE)

    def _invalid(self) -> Row:
        wrong = self._chance.choice(
            [
                ({"email": "nobody"}, "email", "invalid_email"),
                ({"email": ""}, "email", "required"),
                ({"name": " "}, "name", "required"),
                ({"age": "151"}, "age", "out_of_range"),
                ({"age": "33.5"}, "age", "not_a_whole_number"),
                ({"gender": "undisclosed"}, "gender", "too_long"),
            ]
        )
        return self._refused(wrong[0], (wrong[1:],))

    def _control(self) -> Row:
        return self._refused({"name": "Iv\0an"}, (("name", "control_character"),))

    def _broken_address(self) -> Row:
        row = self._good(address="Orsk\n18")
        stored = tuple("Orsk, 18" if value == "Orsk\n18" else value for value in row.stored or ())
        return Row(row.text, row.fate, stored)

    def _too_long(self) -> Row:
        changes = {"name": "Ж" * 101, "phone": "9" * 26}
        return self._refused(changes, (("name", "too_long"), ("phone", "too_long")))

    def _refused(self, changes: dict[str, str], broken: tuple[tuple[str, str], ...]) -> Row:
        given = self._given() | changes
        return Row(_line(given), Fate.REFUSED, broken=broken, cells=[*given.values()])

    def _unclosed(self) -> Row:
        return _unreadable(f'Ivan,"ivan{self._number()}@example.ru,33,,,,', "wrong_quoting")

    def _wrong_quotes(self) -> Row:
        return _unreadable(f'"Ivan" Ivanov,{self._number()}@example.ru,,,,,', "wrong_quoting")

    def _few(self) -> Row:
        cells = ["Ivan", f"few{self._number()}@example.ru"]
        return Row(",".join(cells), Fate.REFUSED, (), _ROW_LENGTH, cells)

    def _many(self) -> Row:
        cells = ["Ivan", f"many{self._number()}@example.ru", *[""] * 5, "x"]
        return Row(",".join(cells), Fate.REFUSED, (), _ROW_LENGTH, cells)

    def _endless(self) -> Row:
        row = _unreadable("x" * 100_000, "line_too_long")
        return Row(row.text, row.fate, (), row.broken, ["x" * 200, *row.cells[1:]])

    def _given(self) -> dict[str, str]:
        chance = self._chance
        return {
            "name": f"{chance.choice(_FIRST)} {self._number()}",
            "email": f"Customer.{self._number()}@Example.RU",
            "age": chance.choice(["", str(chance.randint(0, 150))]),
            "gender": chance.choice(["", "Male", "Ж"]),
            "country": chance.choice(["", "Russia", "Россия"]),
            "address": f"{chance.choice(_STREETS)}, {chance.randint(1, 200)}",
            "phone": chance.choice(["", "+7(921)345-19-48", "8 800 555 35 35"]),
        }

    def _number(self) -> int:
        return self._chance.getrandbits(64)


_ROW_LENGTH = (("row", "wrong_number_of_cells"),)


def _unreadable(text: str, code: str) -> Row:
    blank = [""] * (len(COLUMNS) - 1)
    return Row(text, Fate.REFUSED, (), (("row", code),), [text, *blank])


def _line(given: dict[str, str]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerow(given.values())
    return written.getvalue().removesuffix("\r\n")


def _stored(given: dict[str, str]) -> tuple[object, ...]:
    age = int(given["age"]) if given["age"] else None
    values = given | {"email": given["email"].lower()}
    return tuple(age if name == "age" else values[name] or None for name in COLUMNS)
