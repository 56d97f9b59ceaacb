"""Кодировка: узнаётся по буквам, называется с прочтением, а где не узнать — не называется."""

import pytest

from adapters.csv.encodings import better_than, candidates
from tests.support.encoded_lists import LANGUAGES, LISTS, Language, encoded_list
from tests.support.markdown import page_text


def is_read(lines: list[bytes], encoding: str) -> bool:
    """Одно ли прочтение названо, и то ли это, что было записано."""
    found = candidates(lines)
    text = [line.decode(encoding) for line in lines]
    return len(found) == 1 and [line.decode(found[0].encoding) for line in lines] == text


def share_read(language: Language, encoding: str, rows: int, *, caps: bool) -> int:
    """Какая доля списков прочлась такой, какой была записана; в процентах."""
    lists = [
        encoded_list(language, encoding, rows, caps=caps, number=number)
        for number in range(LISTS[rows])
    ]
    return 100 * sum(is_read(lines, encoding) for lines in lists) // len(lists)


def test_pages_say_how_often_a_list_is_read_as_it_was_written() -> None:
    english, russian = [], []
    for name, language in LANGUAGES.items():
        for encoding in language.encodings:
            shares = [
                share_read(language, encoding, rows, caps=caps)
                for caps in (False, True)
                for rows in LISTS
            ]
            assert min(shares) >= 90, (name, encoding, shares)
            cells = " | ".join(map(str, shares))
            english.append(f"| {name} | {encoding} | {cells} |")
            russian.append(f"| {language.russian} | {encoding} | {cells} |")
    assert "\n".join(english) in page_text("docs/import.md"), "\n".join(english)
    assert "\n".join(russian) in page_text("docs/ru/import.md"), "\n".join(russian)


def test_few_foreign_lines_after_many_latin_ones_decide() -> None:
    latin = [b"Ivan,ivan@example.com\n"] * 300
    russian = encoded_list(LANGUAGES["Russian"], "cp1251", 3, caps=False)
    assert [one.encoding for one in candidates([*latin, *russian])] == ["cp1251"]


def test_readings_that_cannot_be_told_apart_are_all_shown() -> None:
    found = candidates(["Molnár Gergő,Érd".encode("cp1250")])
    assert [(one.encoding, one.sample) for one in found] == [
        ("cp1250", "Molnár Gergő,Érd"),
        ("cp1252", "Molnár Gergõ,Érd"),
    ]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("张伟,李娜 北京市朝阳区", "gbk"),
        ("山田太郎,鈴木花子 東京都", "shift_jis"),
        ("김철수, 서울특별시", "euc-kr"),
        ("สมชาย ใจดี", "cp874"),
    ],
)
def test_what_reads_right_in_no_known_encoding_is_not_guessed(text: str, encoding: str) -> None:
    assert candidates([text.encode(encoding)] * 3) == []


def test_wrong_encoding_is_told_from_the_right_one() -> None:
    lines = encoded_list(LANGUAGES["Russian"], "koi8-r", 3, caps=False)
    better = better_than(lines, "cp1251")
    assert better is not None
    assert better.encoding == "koi8-r"
    assert better_than(lines, "koi8-r") is None
    assert better_than(lines, "koi8-u") is None  # те же буквы
    assert better_than(lines, "gbk") is None  # судить о ней нечем
