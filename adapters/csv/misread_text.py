"""Текст, который прочли не в той кодировке или записали в той, где его букв нет."""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from itertools import islice
from unicodedata import combining
from unicodedata import name as name_of_sign

# Байты UTF-8, прочтённые как cp1251 и как cp1252 (или Latin-1): первый и следующие за ним.
_NEXT_1251 = "[ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\x98™љ›њќћџ\xa0ЎўЈ¤Ґ¦§Ё©Є«¬\xad®Ї°±Ііґµ¶·ё№є»јЅѕї]"
_NEXT_1252 = "[€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\x80-\xbf]"
_NEXT_MAC = "[ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø]"
# То же для cp1250 (польские, чешские, венгерские буквы), cp1253 (греческие), Mac OS Roman; рамками
# из U+2500–U+259F байты становятся в cp437, cp850, cp852, cp866 и KOI8-R.
_TWICE = re.compile(
    f"([РС]{_NEXT_1251}){{2}}|([ÐÑÃÂÎÏÅÄ]{_NEXT_1252}){{2}}|[ÃÂ]{_NEXT_1252}|â€[™œ\x9d“”¦]"
    "|Ă[©ˇ˘ł¤§¨¶·¸ąşĽ]|Ĺ[‚›„‘şĽź]|[ΞΟ][\x80-\xbf‚ƒ„…†‡‰‹‘’“”•–—™›].*[ΞΟ][\x80-\xbf‚ƒ„…†‡‰‹‘’“”•–—™›]"
    f"|(?:[–—]{_NEXT_MAC}){{2}}|√{_NEXT_MAC}|[\u2500-\u259f\u25a1\u25af]"
)
# В чём ещё читают UTF-8; кодировок DOS и KOI8-R здесь нет: их рамок довольно.
_READ_AS = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1256", "cp1257"),
    *("iso8859-2", "iso8859-15", "mac-roman", "mac-cyrillic"),
)
_ASIAN = ("gb18030", "big5", "cp932", "cp949")
_C1_HANDLER = "adapters.csv.c1"
_FOREIGN = re.compile("[^\0-\x7f]+")
_WESTERN = "À-\u017f\u1e00-\u1eff"  # Latin-1 Supplement, Latin Extended-A и Additional
_AT_SMALL = re.compile(f"[a-z][{_WESTERN}]|[{_WESTERN}][a-z]")
_BETWEEN_SMALL = re.compile(f"[a-z][{_WESTERN}]+[a-z]")
_ASIAN_BETWEEN_SMALL = re.compile("[a-z][\u2e80-\uffef]{1,2}[a-z]")
_LOOKED_AT = 20  # строк не из ASCII, по которым судят о списке
_FEW = 3  # строк: меньше таких бывает и случайно
_MOST = 0.8  # доля таких строк
_CJK = frozenset(("CJK", "HIRAGANA", "KATAKANA", "HANGUL"))

# Знак, которым в чужой кодировке становится буква: перед буквой или внутри слова он не стоит.
_SIGN_IN_WORD = re.compile(
    r"(?<![^\W\d_])[£¤¥¦§¨¬¯¸¹³ⁿ¢][^\W\d_]{2}|[^\W\d_][£¤¥¦§¨¬¯¸¹³ⁿ¢€‡†‰][^\W\d_]"
)

# U+FFFD и то, чем он становится, прочтённый ещё раз; знаки без общего для всех значения.
_LOST = re.compile("[\ufffc-\uffff\ue000-\uf8ff]|ï¿½|пїЅ|锟斤拷")
_QUESTIONS = re.compile(r"[\s.,;:\d/-]*(\?[\s.,;:\d/-]*){2,}")
# «?» на месте одной буквы; Oracle пишет «¿».
_QUESTION = re.compile(r"[^\W\d_][?¿]{1,2}[^\W\d_]|(?<!\S)\?{1,2}[^\W\d_]")
_LAST_QUESTION = re.compile(r"[^\W\d_][?¿]+(\s|$)")


def _of_c1(error: UnicodeError) -> tuple[str | bytes, int]:
    """Байт, которого в кодировке нет, программы читают управляющим знаком C1."""
    if isinstance(error, UnicodeDecodeError):
        return chr(error.object[error.start]), error.start + 1
    if isinstance(error, UnicodeEncodeError) and "\x80" <= error.object[error.start] < "\xa0":
        return error.object[error.start].encode("latin-1"), error.start + 1
    raise error


codecs.register_error(_C1_HANDLER, _of_c1)


def _signs(encoding: str, first: int, last: int) -> str:
    return f"[{re.escape(bytes(range(first, last + 1)).decode(encoding, _C1_HANDLER))}]"


@cache  # собрать их все — десятки миллисекунд, а необычна не всякая загрузка
def _read_as(encoding: str) -> Callable[[str], object]:
    """Возвращает проверку: весь ли текст — UTF-8 (RFC 3629, 4), прочтённый в этой кодировке."""
    two, three, four = ((0xC2, 0xDF), (0xE0, 0xEF), (0xF0, 0xF4))
    following = _signs(encoding, 0x80, 0xBF)
    return re.compile(
        f"[\0-\x7f]*(?:(?:{_signs(encoding, *two)}{following}"
        f"|{_signs(encoding, *three)}{following}{{2}}|{_signs(encoding, *four)}{following}{{3}})"
        "[\0-\x7f]*)+"
    ).fullmatch


@cache
def beginning_of_misread() -> re.Pattern[str]:
    r"""Ищет ячейку, которая может оказаться прочтённой дважды; ячейки разделены ``\0``.

    Судит по первым двум знакам не из ASCII, а об иероглифе — по букве перед ним: так дешевле.
    """
    pairs = "|".join(
        f"{_signs(encoding, 0xC2, 0xF4)}{_signs(encoding, 0x80, 0xBF)}" for encoding in _READ_AS
    )
    return re.compile(f"(?:\\A|\0)[\x01-\x7f]*(?:{pairs})|[a-z][\u2e80-\uffef]")


def is_decoded_twice(text: str) -> bool:
    """Говорит, UTF-8 ли это, прочтённый в другой кодировке."""
    if text.isascii():
        return False
    if _TWICE.search(text) is not None:
        return True
    # Сначала по виду: записать текст в каждой кодировке намного дольше.
    found = [encoding for encoding in _READ_AS if _read_as(encoding)(text)]
    if any(_has_word(plain) or _AT_SMALL.search(plain) for plain in _utf_8_in(text, found)):
        return True
    # Слово с иероглифом внутри бывает и настоящим, со словом на нём — едва ли.
    return _ASIAN_BETWEEN_SMALL.search(text) is not None and any(
        _BETWEEN_SMALL.search(plain) for plain in _utf_8_in(text, _ASIAN)
    )


def utf_8_behind(lines: Iterable[str]) -> str | None:
    """Возвращает начало строки, чей UTF-8 прочли как иероглифы; ``None`` — список не таков.

    Одна ячейка из иероглифов бывает такой и случайно, весь список — нет.
    """
    foreign = list(islice((line for line in lines if not line.isascii()), _LOOKED_AT))
    found = [next(filter(_has_word, _utf_8_in(line, _ASIAN)), None) for line in foreign]
    behind = [plain for plain in found if plain is not None]
    return behind[0][:60] if len(behind) >= max(_FEW, _MOST * len(foreign)) else None


def _utf_8_in(text: str, encodings: Iterable[str]) -> Iterator[str]:
    for encoding in encodings:
        with suppress(UnicodeError):
            yield text.encode(encoding, _C1_HANDLER).decode()


def _has_word(text: str) -> bool:
    """Говорит, есть ли в тексте две буквы подряд не из ASCII и все ли такие — одного письма."""
    words = _FOREIGN.findall(text)
    letters = {sign for word in words for sign in word if not combining(sign)}
    scripts = {name_of_sign(sign, "").partition(" ")[0] for sign in letters}
    return (
        any(len(word) > 1 for word in words)
        and all(map(str.isalpha, letters))
        and (len(scripts) == 1 or scripts <= _CJK)
    )


def has_sign_in_word(text: str) -> bool:
    """Говорит, стоит ли в слове знак, которым буква становится в чужой кодировке."""
    return _SIGN_IN_WORD.search(text) is not None


def has_lost_letters(text: str) -> bool:
    """Говорит, стоит ли на месте буквы знак, который значит, что её не прочли."""
    return _LOST.search(text) is not None


def has_question_marks(name: str, text: str) -> bool:
    """Говорит, стоят ли вопросительные знаки там, где были буквы.

    Args:
        name: поле покупателя.
        text: ячейка.
    """
    if _QUESTIONS.fullmatch(text):
        return True
    if "://" in text or name == "email":
        return False
    is_last = name == "name" and _LAST_QUESTION.search(text) is not None
    return is_last or _QUESTION.search(text) is not None
