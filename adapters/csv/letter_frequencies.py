"""Частоты букв языков и кодировки, в которых на этих языках пишут."""

import math
import re
from collections.abc import Mapping

from attrs import frozen

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
_SERBIAN = (
    "а116и96о89е86н54р49с49ј47т45у43в37к37д37м33л33п29з17г17б14ч10ш10ц8њ8ћ7љ6ж6х6ђ2ф2џ1ѓ1ќ1ѕ1"
)
_BELARUSIAN = (
    "а158н62і61р45с44ы43е40я37л37о36к36т36у36д33в29ц28м25п24з20б16г16ь15ч12ў12э12й11ё9х9ш7ю7ж6ф2"
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
_POLISH = "ł180ó85ą100ę110ś66ż83ź6ć40ń20"
_CZECH = "í328á224é133ě165š80č95ž100ř121ý107ů69ú10ň8ť4ď2ľ10ô8ĺ1ŕ1ä2ó10"
_HUNGARIAN = "á340é340ö110ó106ő88í57ü60ú29ű13"
_CROATIAN = "č110ć90š100ž70đ30"
_ROMANIAN = "ă240î110â50ş140ţ110"
_LITHUANIAN = "ė160š110ž80ų120ū45į60ą60č40ę25"
_LATVIAN = "ā390ī190ē180š90ū55ņ60ž25ļ35ķ25č10ģ12"
_GERMAN = "ü340ä290ö170ß160é8è2"
_SWEDISH = "ä180å130ö130é10"
_PORTUGUESE = "ã110á100é60ç60ó55ê40í40õ30ú20â12à10ô10"
_TURKISH = "ı140ş90ğ60ü90ö60ç70â6î3û3"


@frozen
class Language:
    """Язык.

    Attributes:
        weights: логарифмы частот букв; у латиницы — только букв с диакритикой.
        is_latin: пишется латиницей.
        codecs: кодировки, в которых на нём пишут.
    """

    weights: Mapping[str, float]
    is_latin: bool
    codecs: tuple[str, ...]


def _language(frequencies: str, *codecs: str, is_latin: bool = False) -> Language:
    pairs = re.findall(r"(\D)(\d+)", frequencies)
    total = sum(int(number) for _, number in pairs)
    return Language(
        {letter: math.log(int(number) / total) for letter, number in pairs}, is_latin, codecs
    )


LANGUAGES = (
    _language(_RUSSIAN, "cp1251", "cp866", "koi8-r", "mac-cyrillic", "iso8859-5"),
    _language(_UKRAINIAN, "cp1251", "koi8-u", "mac-cyrillic", "cp1125", "iso8859-5"),
    _language(_KAZAKH, "kz1048"),
    _language(_SERBIAN, "cp1251", "iso8859-5", "cp855"),
    _language(_BELARUSIAN, "cp1251", "iso8859-5"),
    _language(_GREEK, "cp1253", "iso8859-7"),
    _language(_HEBREW, "cp1255", "cp862"),
    _language(_ARABIC, "cp1256", "iso8859-6"),
    *(
        _language(one, "cp1252", "mac-roman", "cp850", "iso8859-15", is_latin=True)
        for one in (_WESTERN, _GERMAN, _SWEDISH, _PORTUGUESE)
    ),
    *(
        _language(one, "cp1250", "cp852", "iso8859-2", "mac-latin2", is_latin=True)
        for one in (_POLISH, _CZECH, _HUNGARIAN, _CROATIAN)
    ),
    _language(_ROMANIAN, "cp1250", "cp852", "iso8859-2", is_latin=True),
    *(
        _language(one, "cp1257", "iso8859-13", "cp775", is_latin=True)
        for one in (_LITHUANIAN, _LATVIAN)
    ),
    _language(_TURKISH, "cp1254", "cp857", is_latin=True),
)
"""Языки, по буквам которых узнаётся кодировка."""
