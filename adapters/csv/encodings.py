"""Кодировка, в которой текст читается: по частоте букв, виду слов и соседству алфавитов.

Готовые определители (charset-normalizer, chardet, ICU) измерены: ни один не верен сразу и на
русских именах прописными, и на французских. Мера своя и невелика: каждый язык даёт частоты букв, а
слово, какого в нём не бывает (прописные после строчных, латиница вместе с кириллицей), — штраф.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise

from attrs import frozen

from adapters.csv.letter_frequencies import LANGUAGES, Language

MAX_LINES = 200
"""Строк с байтами старше 127, по которым судят о кодировке."""

_MAX_LINE = 1024  # байтов: длиннее одной строкой перевесила бы остальные

_VOWELS = frozenset("аеёиоуыэюяіїєәөүұαεηιουωάέήίόύώאהויעاويىأإة")
_FINAL = re.compile("[םןךףץ](?=.)")


_STRANGE = math.log(0.0001)  # знак, какого в языке нет
_MIXED = -4.0  # за букву в слове, где алфавиты смешаны
_MISCASED = -8.0  # за прописную после строчной
_PAIR = 0.35  # за пару «гласная и согласная», со знаком минус — за иную
_GOOD = -3.4  # ниже — не читается
_GOOD_LATIN = -4.6  # букв с диакритикой в слове одна-две: судить не по чему
_CLOSE = 3.0  # правдоподобие, в натах: ближе двух прочтений не различить

# Чем ошибаются чаще всего; о латинице по букве-двум в слове не судят.
_MISREAD_AS = (
    *("cp1252", "iso8859-1", "cp1251", "cp866", "koi8-r", "cp1250", "cp1254", "cp1257", "cp1253"),
    *("cp1256", "iso8859-2", "mac-cyrillic", "mac-roman", "cp850", "cp852", "cp437"),
)
_LATIN = frozenset(codec for one in LANGUAGES if one.is_latin for codec in one.codecs)
_MISREAD_LINES = 20
_MISREAD_LETTERS = 8
_MOST = 0.8  # доля строк, которые должны записаться в кодировке, чтобы судить по ним
_CHANGED = 0.1  # доля букв: чужая кодировка меняет больше, соседи различаются двумя-тремя

_CODECS = tuple(dict.fromkeys(codec for one in LANGUAGES for codec in one.codecs))
_HIGH_WORD = re.compile(r"[A-Za-z]*[^\W\d_a-zA-Z][^\W\d_]*")  # слово, где не одна ASCII


@frozen
class Candidate:
    """Кодировка, в которой текст похож на настоящий.

    Attributes:
        encoding: имя кодека Python.
        score: насколько похож; больше — лучше.
        sample: расшифрованное начало.
    """

    encoding: str
    score: float
    sample: str


def count_high(data: bytes) -> int:
    """Считает байты старше 127."""
    return len(data.translate(None, bytes(range(128))))


def candidates(lines: Iterable[bytes]) -> list[Candidate]:
    """Возвращает кодировки, в которых строки читаются, начиная с лучшей.

    Первая одна, если остальные заметно хуже; пусто — не читается ни в какой.

    Args:
        lines: строки; смотрят на первые, в которых есть байты старше 127.
    """
    looked = _looked_at(lines)
    found = [one for encoding in _CODECS if (one := _read_as(encoding, looked))]
    ranked = sorted(found, key=lambda one: -one.score)
    close = _CLOSE / max(1, sum(map(count_high, looked)))
    return [one for one in _different(ranked) if one.score > ranked[0].score - close]


def _read_as(encoding: str, lines: Sequence[bytes]) -> Candidate | None:
    """Читает строки в кодировке; ``None`` — хорошо они не читаются ни на одном языке."""
    try:
        text = b"\n".join(lines).decode(encoding)
    except UnicodeDecodeError:
        return None
    words = [
        (word, sum([sign > "\x7f" for sign in word]), times)
        for word, times in Counter(_HIGH_WORD.findall(text)).items()
    ]
    others = sum(text.count(sign) for sign in set(text) if sign > "\x7f" and not sign.isalpha())
    scores = []
    for language in LANGUAGES:
        if encoding in language.codecs:
            score = _score(words, others, language)
            if score > (_GOOD_LATIN if language.is_latin else _GOOD):
                scores.append(score)
    sample = " / ".join(text.split("\n", 2)[:2])[:60]
    return Candidate(encoding, max(scores), sample) if scores else None


def better_than(lines: Sequence[bytes], encoding: str) -> Candidate | None:
    """Возвращает кодировку, в которой строки читаются, если в названной — нет.

    Судит только о тех названных, частоты букв для которых известны.
    """
    looked = _looked_at(lines)
    found = candidates(looked)
    if len(found) != 1 or encoding not in {*_CODECS, *_MISREAD_AS}:
        return None
    [best] = found
    return None if _changed(looked, encoding, best.encoding) == 0 else best


def decoded_wrongly(lines: Iterable[str]) -> Candidate | None:
    """Узнаёт текст, который прочли не в той кодировке и записали в Unicode: как он читается.

    Возвращает кодировку, в которой он был; ``None`` — текст похож на настоящий, или судить не по
    чему.

    Args:
        lines: строки; смотрят на первые, в которых есть знаки старше 127.
    """
    looked = [line[:_MAX_LINE] for line in lines if not line.isascii()][:_MISREAD_LINES]
    for misread in _MISREAD_AS:
        encoded = []
        for line in looked:
            with suppress(UnicodeEncodeError):
                encoded.append(line.encode(misread))
        is_most = len(encoded) >= _MOST * len(looked)
        if not is_most or sum(map(count_high, encoded)) < _MISREAD_LETTERS:
            continue
        better = better_than(encoded, misread)
        if (
            better is not None
            and better.encoding not in _LATIN
            and _changed(encoded, misread, better.encoding) > _CHANGED
        ):
            return better
    return None


def _changed(lines: Sequence[bytes], encoding: str, other: str) -> float:
    """Доля байтов старше 127, которые в двух кодировках — разные знаки."""
    counts = Counter(byte for line in lines for byte in line if byte > 127)  # noqa: PLR2004 — ASCII
    different = 0
    for byte, times in counts.items():
        sign = bytes([byte])
        if sign.decode(encoding, "replace") != sign.decode(other, "replace"):
            different += times
    return different / max(1, counts.total())


def _looked_at(lines: Iterable[bytes]) -> list[bytes]:
    looked: list[bytes] = []
    for line in lines:
        if not line.isascii():
            looked.append(line[:_MAX_LINE].strip())
            if len(looked) == MAX_LINES:
                break
    return looked


def _different(ranked: Sequence[Candidate]) -> list[Candidate]:
    """Оставляет по одной кодировке на прочтение: где прочлось одинаково, спорить не о чем."""
    first = {one.sample: one for one in reversed(ranked)}
    return [one for one in ranked if first[one.sample] is one]


def _score(words: Sequence[tuple[str, int, int]], others: int, language: Language) -> float:
    """Средняя похожесть на знак старше 127.

    Args:
        words: слова с такими знаками, сколько их в слове и сколько раз оно встретилось.
        others: сколько таких знаков — не буквы.
        language: с каким языком сравнивать.
    """
    total, signs = others * _STRANGE, others
    for word, high, times in words:
        signs += times * high
        total += times * _word_score(word, high, language)
    return total / signs if signs else -math.inf


def _word_score(word: str, high: int, language: Language) -> float:
    lower = word.lower()
    of_letter = language.weights.get
    score = sum([of_letter(sign, _STRANGE) for sign in lower if sign > "\x7f"])
    if not language.is_latin:
        score += _MIXED * (len(word) - high) + _alternation(lower)
    elif high > 1 and high == len(word):
        score += _MIXED * high
    if not (word.islower() or word.isupper() or word[1:].islower()):
        score += _MISCASED * _miscased(word)
    return score


@lru_cache(maxsize=10_000)
def _alternation(word: str) -> float:
    """Насколько похожа на речь смена гласных и согласных, на каком бы языке она ни была."""
    vowels = [sign in _VOWELS for sign in word]
    alike = sum(one == other for one, other in pairwise(vowels))
    return _PAIR * (len(word) - 1 - 2 * alike) + _STRANGE * len(_FINAL.findall(word))


def _miscased(word: str) -> int:
    return sum(before.islower() and after.isupper() for before, after in pairwise(word))
