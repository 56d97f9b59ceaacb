"""Кодировка: узнаётся по буквам, называется с прочтением, а где не узнать — не называется."""

import pytest

from adapters.csv.encodings import better_than, candidates
from tests.support.encoded_lists import LANGUAGES, encoded_list


@pytest.mark.parametrize("caps", [False, True], ids=["usual case", "capitals"])
@pytest.mark.parametrize("rows", [3, 30, 300])
@pytest.mark.parametrize(
    ("name", "encoding"),
    [(name, encoding) for name, one in LANGUAGES.items() for encoding in one.encodings],
)
def test_list_is_read_as_it_was_written(name: str, encoding: str, rows: int, *, caps: bool) -> None:
    lines = encoded_list(LANGUAGES[name], encoding, rows, caps=caps)
    [found] = candidates(lines)
    assert [line.decode(found.encoding) for line in lines] == [
        line.decode(encoding) for line in lines
    ]


def test_few_foreign_lines_after_many_latin_ones_decide() -> None:
    latin = [b"Ivan,ivan@example.com\n"] * 300
    russian = encoded_list(LANGUAGES["Russian"], "cp1251", 3, caps=False)
    assert [one.encoding for one in candidates([*latin, *russian])] == ["cp1251"]


def test_readings_that_cannot_be_told_apart_are_all_shown() -> None:
    found = candidates(["José Müller,España".encode("cp1252")])
    assert [(one.encoding, one.sample) for one in found] == [
        ("cp1252", "José Müller,España"),
        ("cp1250", "José Müller,Espańa"),
    ]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("张伟,李娜 北京市朝阳区", "gbk"),
        ("山田太郎,鈴木花子 東京都", "shift_jis"),
        ("محمد علي, القاهرة", "cp1256"),
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
