"""Что приносят вместо CSV: узнаётся по первым байтам, и о каждом своё предложение."""

import re

from application.customer_rows import SourceError

# Первые байты: ZIP — APPNOTE.TXT, 4.3.7; xz — The .xz File Format, 2.1.1.1; OLE — [MS-CFB], 2.2.
_SIGNATURES = (
    (b"PK\x03\x04", "is a ZIP archive: take the file out of it (unzip)"),
    (b"\xfd7zXZ\0", "is compressed by xz: decompress it (xz -dk)"),
    (b"BZh", "is compressed by bzip2: decompress it (bzip2 -dk)"),
    (b"\x28\xb5\x2f\xfd", "is compressed by zstd: decompress it (zstd -d)"),
    (b"7z\xbc\xaf", "is a 7-Zip archive: take the file out of it"),
    (b"Rar!", "is a RAR archive: take the file out of it"),
    (b"%PDF", "is a PDF document: ask for a CSV file or a spreadsheet"),
    (b"SQLite format 3", "is a SQLite database: export the table as CSV (sqlite3 -csv -header)"),
)
_ROWS = "import_customers(rows) of entrypoints.python takes such rows"
_SAVED = "open it in a spreadsheet program and save it as CSV in UTF-8"
_TEXTS = (
    (rb"BEGIN:VCARD", "is a vCard: export the contacts as CSV"),
    (rb"(version: \d+\s+)?dn::? ", "is LDIF: export the entries as CSV"),
    (rb"\{", f"is JSON, an object a line or one: {_ROWS}"),
    (rb"\[", f"is a JSON array: {_ROWS}"),
    (rb"<(!doctype|html|table|head|body|meta)", f"is an HTML page, whatever its name: {_SAVED}"),
    (rb"<", f"is XML: {_SAVED}"),
)


def refuse_other_formats(name: str, start: bytes) -> None:
    """Проверяет, что файл похож на текст CSV.

    Args:
        name: как назвать файл.
        start: его первые байты.

    Raises:
        SourceError: это другой известный формат.
    """
    for signature, sentence in _SIGNATURES:
        if start.startswith(signature):
            raise SourceError(f"{name} {sentence}")
    text = start[:1000].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip()
    for pattern, sentence in _TEXTS:
        if re.match(pattern, text, re.IGNORECASE):
            raise SourceError(f"{name} {sentence}")
