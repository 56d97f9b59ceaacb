"""Кодировка, в которой текст читается: по частоте букв, виду слов и соседству алфавитов.

Готовые определители (charset-normalizer, chardet, ICU) измерены: ни один не верен сразу и на
русских именах прописными, и на французских. Мера своя и невелика: каждый язык даёт частоты букв, а
слово, какого в нём не бывает (прописные после строчных, латиница вместе с кириллицей), — штраф.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise

from attrs import frozen

MAX_LINES = 200
"""Строк с байтами старше 127, по которым судят о кодировке."""

_MAX_LINE = 1024  # байтов: длиннее одной строкой перевесила бы остальные

# Частоты букв, долей от тысячи: НКРЯ (русский), Переходюк — частотный словарь (украинский),
# Letter frequency в Wikipedia (остальные). Важен порядок величины, а не точность.
_RUSSIAN = (
    "о100а95е80и78н72т50с50р52л48в58к40м33д28п24у26я24ы14ь15г16з17б16ч13й14х9ж9ш9ю7ц4щ3э3ф3ъ1ё3"
)
_UKRAINIAN = (
    "о98а90н68и62і60в58т50р48е47с40к42л38у34д31м30п27я26ь20з23б18г16ч14й15х12ж9ї10ц8ш9ю8є6щ5ф3ґ1"
)
_KAZAKH = (
    "а130е85ы78і62н68т58р58л55д50с44қ38м34ғ26о30к34б30у26ж22й22з20ә18ө11ү13ұ14ң16п14г14ш16и18"
    "я7в5х3э1һ1ф2ю1ц1ч1ь1"
)
_GREEK = (
    "α100ο90ι80ε75τ75σ55ν60η50υ40ρ42π38κ40μ33λ30ς40ω18δ17γ19χ13θ13φ9β8ξ6ζ5ψ2ά18έ14ί20ό16ή11ύ9ώ6"
    "ϊ1ϋ1ΐ1ΰ1"
)
# Без них написанное на них читалось бы русским прописными: такими буквами в KOI8-R его байты.
_HEBREW = "י111ה109ו104ל74א63ר56ת50ב47מ46ש44ם32ע32נ29כ27ד26ח25ק21פ17ס15ז13ג13ט12צ12ן11ך8ף2ץ1"
_ARABIC = (
    "ا125ل116ي68م66ن66و60ر50ت48ه48ب44ع40د30س29ف29ق26أ23ك21ة20ح20ج15ش11ذ10ى10خ10ص10ط8إ8ض7ث7ز7غ5"
    "ء4ئ3ظ2ؤ1آ1"
)
# У латиницы судят только буквы с диакритикой: остальные и так в ASCII.
_WESTERN = (
    "é180è60ê30ë20à50â20ç50î20ï15ô20û15ù15œ15æ30ä80ö80ü80ß50á70í60ó70ú35ñ70ã60õ25å50ø50ì10ò10ÿ1"
)
_CENTRAL = (
    "ł120ó60ą60ę60ś50ż50ź15ć40ń40č60š60ž60ř50ě50ů30ý40á70é70í60ú25ő30ű20ö30ü30ä20ť10ď10ň15ľ10đ10ô8"
)
_TURKISH = "ı140ş90ğ60ü90ö60ç70â6î3û3"

_VOWELS = "аеёиоуыэюяіїєәөүұαεηιουωάέήίόύώאהויעاويىأإة"
_FINAL = re.compile("[םןךףץ](?=.)")


@frozen
class _Language:
    weights: Mapping[str, float]
    is_latin: bool
    codecs: tuple[str, ...]


def _language(frequencies: str, *codecs: str, is_latin: bool = False) -> _Language:
    pairs = re.findall(r"(\D)(\d+)", frequencies)
    total = sum(int(number) for _, number in pairs)
    return _Language(
        {letter: math.log(int(number) / total) for letter, number in pairs}, is_latin, codecs
    )


_LANGUAGES = (
    _language(_RUSSIAN, "cp1251", "cp866", "koi8-r", "mac-cyrillic", "iso8859-5"),
    _language(_UKRAINIAN, "cp1251", "koi8-u", "mac-cyrillic", "cp1125", "iso8859-5"),
    _language(_KAZAKH, "kz1048"),
    _language(_GREEK, "cp1253", "iso8859-7"),
    _language(_HEBREW, "cp1255", "cp862"),
    _language(_ARABIC, "cp1256", "iso8859-6"),
    _language(_WESTERN, "cp1252", "mac-roman", "cp850", is_latin=True),
    _language(_CENTRAL, "cp1250", "cp852", "iso8859-2", is_latin=True),
    _language(_TURKISH, "cp1254", "cp857", is_latin=True),
)

_STRANGE = math.log(0.0001)  # знак, какого в языке нет
_MIXED = -4.0  # за букву в слове, где алфавиты смешаны
_MISCASED = -8.0  # за прописную после строчной
_PAIR = 0.35  # за пару «гласная и согласная», со знаком минус — за иную
_GOOD = -3.4  # ниже — не читается
_GOOD_LATIN = -4.6  # букв с диакритикой в слове одна-две: судить не по чему
_CLOSE = 3.0  # правдоподобие, в натах: ближе двух прочтений не различить

# Чем ошибаются чаще всего; о латинице по букве-двум в слове не судят.
_MISREAD_AS = ("cp1252", "iso8859-1", "cp1251", "cp866", "koi8-r")
_LATIN = frozenset(codec for one in _LANGUAGES if one.is_latin for codec in one.codecs)
_MISREAD_LINES = 20
_MISREAD_LETTERS = 8
_MOST = 0.8  # доля строк, которые должны записаться в кодировке, чтобы судить по ним

_WORD = re.compile(r"[^\W\d_]+")


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
    found: dict[str, Candidate] = {}
    for language in _LANGUAGES:
        for encoding in language.codecs:
            try:
                texts = [line.decode(encoding) for line in looked]
            except UnicodeDecodeError:
                continue
            score = _score(texts, language)
            known = found.get(encoding)
            good = _GOOD_LATIN if language.is_latin else _GOOD
            if score > good and (known is None or known.score < score):
                found[encoding] = Candidate(encoding, score, _sample(texts))
    ranked = sorted(found.values(), key=lambda one: -one.score)
    close = _CLOSE / max(1, sum(map(count_high, looked)))
    return [one for one in _different(ranked) if one.score > ranked[0].score - close]


def better_than(lines: Sequence[bytes], encoding: str) -> Candidate | None:
    """Возвращает кодировку, в которой строки читаются, если в названной — нет.

    Судит только о тех названных, частоты букв для которых известны.
    """
    looked = _looked_at(lines)
    found = candidates(looked)
    known = {codec for language in _LANGUAGES for codec in language.codecs}
    if len(found) != 1 or encoding not in known | {"iso8859-1"}:
        return None
    [best] = found
    if b"\n".join(looked).decode(encoding, "replace") == b"\n".join(looked).decode(best.encoding):
        return None
    return best


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
        if better is not None and better.encoding not in _LATIN:
            return better
    return None


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


def _score(texts: Sequence[str], language: _Language) -> float:
    """Средняя похожесть на знак старше 127."""
    total, signs = 0.0, 0
    text = "\n".join(texts)
    for word, times in Counter(_WORD.findall(text)).items():
        high = sum(sign > "\x7f" for sign in word)
        if high:
            signs += times * high
            total += times * _word_score(word, high, language)
    for sign, times in Counter(text).items():
        if sign > "\x7f" and not sign.isalpha():
            signs += times
            total += times * _STRANGE
    return total / signs if signs else -math.inf


def _word_score(word: str, high: int, language: _Language) -> float:
    lower = word.lower()
    weights = language.weights
    score = sum(weights.get(sign, _STRANGE) for sign in lower if sign > "\x7f")
    if not language.is_latin:
        score += _MIXED * (len(word) - high)
        score += _STRANGE * len(_FINAL.findall(lower))
        vowels = [sign in _VOWELS for sign in lower]
        pairs = list(pairwise(vowels))
        score += _PAIR * sum(1 if one != other else -1 for one, other in pairs)
    elif high > 1 and high == len(word):
        score += _MIXED * high
    if not (word.islower() or word.isupper() or word[1:].islower()):
        score += _MISCASED * _miscased(word)
    return score


def _miscased(word: str) -> int:
    return sum(before.islower() and after.isupper() for before, after in pairwise(word))


def _sample(texts: Sequence[str]) -> str:
    return " / ".join(texts[:2])[:60]
