"""Текст, который прочли не в той кодировке или записали в той, где его букв нет."""

import re

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
# U+FFFD и то, чем он становится, прочтённый ещё раз; знаки без общего для всех значения.
_LOST = re.compile("[\ufffc-\uffff\ue000-\uf8ff]|ï¿½|пїЅ|锟斤拷")
_QUESTIONS = re.compile(r"[\s.,;:\d/-]*(\?[\s.,;:\d/-]*){2,}")
# «?» на месте одной буквы; Oracle пишет «¿».
_QUESTION = re.compile(r"[^\W\d_][?¿]{1,2}[^\W\d_]|(?<!\S)\?{1,2}[^\W\d_]")
_LAST_QUESTION = re.compile(r"[^\W\d_][?¿]+(\s|$)")


def is_decoded_twice(text: str) -> bool:
    """Говорит, UTF-8 ли это, прочтённый в другой кодировке."""
    return _TWICE.search(text) is not None


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
