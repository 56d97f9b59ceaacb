"""Из байтов файла — байты UTF-8 или иной кодировки, где строка кончается одним байтом."""

import codecs
import io
import re
from collections.abc import Sequence
from contextlib import suppress

from attrs import evolve, frozen

from adapters.csv.encodings import (
    Candidate,
    better_than,
    candidates,
    count_high,
    decoded_wrongly,
)
from adapters.csv.formats import refuse_other_formats
from adapters.csv.misread_text import utf_8_behind
from adapters.csv.source import Source
from adapters.csv.transcoding import CHUNK, UTF_8, Transcoded
from application.customer_rows import SourceError

START = 1 << 20
"""Байтов с начала файла, по которым судят о кодировке и о концах строк."""

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARKED = frozenset(("utf-16", "utf-32"))  # порядок байтов говорит сам файл
# Кодеки меток домена и тот, что не читает ничего: текст файла ими не записан никогда.
_NOT_OF_FILES = frozenset(("idna", "punycode", "undefined"))
# О них не судят: слогов и иероглифов тысячи, и частот их здесь нет.
_ASIAN = "Chinese is mostly gb18030 or big5, Japanese cp932, Korean cp949, Thai cp874"
_HEADING = 200  # байтов: у UTF-16 без отметки в них много NUL, у прочих его нет
_BROKEN = 0.05  # доля байтов старше 127, которые не UTF-8: реже — это всё же UTF-8


@frozen
class Decoded:
    r"""Источник, строки которого кончаются байтом ``\n``.

    Attributes:
        source: он сам.
        encoding: кодировка файла, имя кодека Python.
        line_encoding: кодировка строк, которые отдаёт источник.
        note: что сказать оператору; пусто — нечего.
    """

    source: Source
    encoding: str
    line_encoding: str
    note: str = ""


def codec_name(encoding: str) -> str:
    """Возвращает имя кодека Python.

    Raises:
        SourceError: такой кодировки текста Python не знает.
    """
    try:
        name = codecs.lookup(encoding).name
        with suppress(UnicodeError):
            b" ".decode(name)
    except (LookupError, UnicodeError):
        name = ""
    if not name or name in _NOT_OF_FILES:
        raise SourceError(f"{encoding!r} is not an encoding that Python knows")
    return UTF_8 if name == "utf-8-sig" else name


def decoded(source: Source, encoding: str | None, *, is_accepted: bool = False) -> Decoded:
    """Узнаёт кодировку и концы строк.

    Args:
        source: откуда байты.
        encoding: кодировка, имя кодека; ``None`` — узнать.
        is_accepted: названной кодировке верят, даже если читается не она.

    Raises:
        SourceError: это не текст, или он не в UTF-8 и не в UTF-16.
    """
    start = source.start(START)
    refuse_other_formats(source.name, start)
    note = ""
    if encoding is None:
        encoding, note = _recognised(source.name, start)
    elif encoding in _MARKED:
        _check_mark(source.name, start, encoding)
    elif not is_accepted:
        _check_reads_well(source.name, start, encoding)
    if encoding == UTF_8 and not is_accepted:
        _check_was_read_well(source.name, start)
    is_byte_lined = _is_ascii_based(encoding)
    text = start if is_byte_lined else start.decode(encoding, "ignore").encode()
    has_lone_cr = b"\r" in text and b"\n" not in text
    if is_byte_lined and not has_lone_cr:
        return Decoded(source, encoding, encoding, note)
    if has_lone_cr:
        note = f"{note}, lines end with CR alone" if note else "lines end with CR alone"
    raw = Transcoded(source, encoding, has_lone_cr=has_lone_cr)
    return Decoded(evolve(source, content=io.BufferedReader(raw, CHUNK)), encoding, UTF_8, note)


def advice(lines: Sequence[bytes]) -> str:
    """Говорит, какой кодировкой читаются строки, с расшифрованным началом."""
    if all(map(_is_utf_8, lines)):
        return "they are in UTF-8: the file is in two encodings; make it one before importing it"
    found = candidates(lines)
    if not found:
        return f"they read right in no encoding that is known here; --encoding names one ({_ASIAN})"
    shown = " or ".join(f"--encoding {_name(one)} ({one.sample!r})" for one in found)
    return f"try {shown}"


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode(UTF_8)
    except UnicodeDecodeError:
        return False
    return True


def _name(candidate: Candidate) -> str:
    # Под этим именем Windows-1251 знают и старые команды.
    return "windows-1251" if candidate.encoding == "cp1251" else candidate.encoding


def _recognised(name: str, start: bytes) -> tuple[str, str]:
    if marked := _marked(start):
        return marked, ""
    if b"\0" in start[:_HEADING] and (found := _utf_16(start)):
        return found, f"read as {found}: there is no byte-order mark"
    undecoded = _not_utf_8(start)
    if not undecoded:
        return UTF_8, ""
    broken = sum(line.decode(UTF_8, "replace").count("\ufffd") for line in undecoded)
    if broken < _BROKEN * count_high(start):
        return UTF_8, ""
    raise SourceError(f"{name} is not in UTF-8; {advice(undecoded)}")


def _marked(start: bytes) -> str | None:
    """Кодировка, о которой говорит отметка порядка байтов."""
    return next((encoding for bom, encoding in _BOMS if start.startswith(bom)), None)


def _check_mark(name: str, start: bytes, encoding: str) -> None:
    """Проверяет, что файл начинается с отметки порядка байтов названной кодировки.

    Raises:
        SourceError: отметки нет, или она другой.
    """
    marked = _marked(start)
    if marked is None:
        raise SourceError(
            f"{name} has no byte-order mark: try --encoding {encoding}-le or {encoding}-be"
        )
    if marked != encoding:
        raise SourceError(
            f"{name} begins with the byte-order mark of {marked}: leave --encoding out"
        )


def _not_utf_8(start: bytes) -> list[bytes]:
    """Строки начала файла, которые не в UTF-8; последнюю, оборванную, не судит."""
    try:
        start.decode(UTF_8)
    except UnicodeDecodeError as error:
        if len(start) == START and error.start > START - 4:
            return []
    else:
        return []
    return [line for line in re.split(rb"[\r\n]+", start) if not _is_utf_8(line)]


def _utf_16(start: bytes) -> str | None:
    heading = start[:_HEADING]
    even, odd = heading[::2].count(0), heading[1::2].count(0)
    many = len(heading) // 8
    for encoding, nulls, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if nulls > many and not others:
            try:
                start[: len(start) & ~1].decode(encoding)
            except UnicodeDecodeError as error:
                if error.start < len(start) - 4:
                    continue
            return encoding
    return None


def _check_reads_well(name: str, start: bytes, encoding: str) -> None:
    """Проверяет, что названная оператором кодировка — не та, в которой текст не читается.

    Raises:
        SourceError: читается в другой.
    """
    lines = re.split(rb"[\r\n]+", start)
    if encoding != UTF_8 and (better := better_than(lines, encoding)):
        raise SourceError(
            f"{name} does not read right in {encoding}: try --encoding {_name(better)}"
            f" ({better.sample!r}), or --accept other_encoding"
        )


def _check_was_read_well(name: str, start: bytes) -> None:
    """Проверяет, что в UTF-8 записано не прочтённое раньше в чужой кодировке.

    Raises:
        SourceError: записано оно.
    """
    lines = start.decode(UTF_8, "ignore").splitlines()
    if sample := utf_8_behind(lines):
        raise SourceError(
            f"the text of {name} was read in a wrong encoding before it was written: it was UTF-8"
            f" ({sample!r}); export it again, or --accept other_encoding"
        )
    if better := decoded_wrongly(lines):
        raise SourceError(
            f"the text of {name} was read in a wrong encoding before it was written: it was"
            f" {_name(better)} ({better.sample!r}); export it again, or --accept other_encoding"
        )


def _is_ascii_based(encoding: str) -> bool:
    """Говорит, значит ли байт младше 128 всегда то же, что в ASCII: тогда строки делит и байт."""
    ascii_bytes = bytes(range(128))
    return ascii_bytes.decode(encoding, "replace") == ascii_bytes.decode("ascii")
