"""Список, который прочли не в той кодировке прежде, чем записать: узнаётся, а верный — нет."""

import pytest

from adapters.csv.encodings import decoded_wrongly
from adapters.csv.misread_text import utf_8_behind
from adapters.csv.suspicions import suspicion
from tests.support.encoded_lists import LANGUAGES, encoded_list


def lines_of(language: str, rows: int, *, caps: bool = False, number: int = 0) -> list[str]:
    lines = encoded_list(LANGUAGES[language], "utf-8", rows, caps=caps, number=number)
    return [line.decode() for line in lines]


@pytest.mark.parametrize("caps", [False, True])
@pytest.mark.parametrize(
    "misread", ["cp1250", "cp1252", "cp1254", "cp1257", "iso8859-2", "mac-roman", "cp850", "cp852"]
)
def test_russian_read_on_a_computer_of_another_country_is_told(misread: str, *, caps: bool) -> None:
    lines = encoded_list(LANGUAGES["Russian"], "cp1251", 3, caps=caps)
    found = decoded_wrongly([line.decode(misread, "replace") for line in lines])
    assert found is not None
    assert found.encoding == "cp1251"


def test_utf_8_read_as_ideographs_is_told_by_the_list() -> None:
    names = ["Иван Петров", "Анна Шапошникова", "Пётр Ёлкин", "Anna"]
    lines = [name.encode().decode("gb18030", "ignore") for name in names]
    sample = utf_8_behind(lines)
    assert sample == "Иван Петров"
    assert utf_8_behind(lines[:2]) is None  # две строки бывают такими и случайно


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("caps", [False, True])
def test_list_that_was_read_right_is_left_alone(language: str, *, caps: bool) -> None:
    for rows in (1, 2, 3):
        for number in range(10):
            lines = lines_of(language, rows, caps=caps, number=number)
            assert decoded_wrongly(lines) is None, lines
            assert utf_8_behind(lines) is None, lines


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("address", "rue de l’étang"),
        ("name", "CAFÉ’S"),
        ("name", "Lucky猫"),
        ("name", "Ken太郎"),
        ("name", "联通"),
        ("name", "Брюс Лі"),
        ("name", "O´Brien"),
        ("name", "Mª José"),
        ("name", "山田×鈴木"),
        ("name", "ΡΊΤΑ ΛΈΩΝ"),
        ("name", "BĂŞESCU WÓŁCIK"),
        ("address", "5 м², №5"),
    ],
)
def test_text_that_only_looks_misread_is_left_alone(name: str, cell: str) -> None:
    assert suspicion(name, cell) is None
