"""Виды подозрительного и исправленного: имена и что о них сказать оператору."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """Вид подозрительного; имя говорит оператор, когда принимает его как есть."""

    NULL_WORD = "null_word"
    SPREADSHEET_ERROR = "spreadsheet_error"
    FORMULA = "formula"
    NUMBER_IN_PHONE = "number_in_phone"
    HIDDEN_NUMBER = "hidden_number"
    BOOLEAN_IN_PHONE = "boolean_in_phone"
    BOOLEAN = "boolean"
    QUESTION_MARKS = "question_marks"
    REPLACEMENT_CHARACTER = "replacement_character"
    DECODED_TWICE = "decoded_twice"
    BACKSLASH_ESCAPE = "backslash_escape"
    FIRST_NAME_ONLY = "first_name_only"
    PHONE_WITHOUT_DIGITS = "phone_without_digits"
    OTHER_ENCODING = "other_encoding"
    ROUNDED_NUMBER = "rounded_number"
    SHORT_NUMBER = "short_number"
    OLD_TIME = "old_time"
    DATE = "date"
    HTML_ENTITY = "html_entity"
    ENCODED_LETTERS = "encoded_letters"
    PROGRAM_VALUE = "program_value"
    MASKED = "masked"
    SWALLOWED_ROWS = "swallowed_rows"
    OTHER_FIELD = "other_field"
    STRANGE_EMAIL = "strange_email"
    SEVERAL_PHONES = "several_phones"
    HIDDEN_SPACE = "hidden_space"
    MIXED_ALPHABETS = "mixed_alphabets"
    INVERTED_CASE = "inverted_case"
    QUOTATION_MARKS = "quotation_marks"
    CUT_TEXT = "cut_text"
    CUT_FILE = "cut_file"
    UNNAMED_CELL = "unnamed_cell"


ADVICE: Mapping[str, str] = {
    Kind.NULL_WORD: "a word that tools write for nothing; --null WORD takes it for an empty cell",
    Kind.SPREADSHEET_ERROR: "an error of a spreadsheet's formula",
    Kind.FORMULA: "a formula stands where its value should be; export values",
    Kind.NUMBER_IN_PHONE: "a spreadsheet took the phone for a number: the plus, leading zeros or"
    " digits are lost; export phones as text",
    Kind.HIDDEN_NUMBER: "a spreadsheet's column was too narrow for the number",
    Kind.BOOLEAN_IN_PHONE: "a truth value where a phone should be",
    Kind.BOOLEAN: "a truth value where a text should be",
    Kind.QUESTION_MARKS: "letters became question marks when the file was written; export it as"
    " UTF-8",
    Kind.REPLACEMENT_CHARACTER: "a letter was lost when the file was written (U+FFFD, or a sign"
    " of private use)",
    Kind.DECODED_TWICE: "UTF-8 that was read in another encoding and written again",
    Kind.BACKSLASH_ESCAPE: "a backslash escapes something; --escape backslash (MySQL, PostgreSQL,"
    " ClickHouse) or --escape php",
    Kind.FIRST_NAME_ONLY: "a column of surnames or of first names is left beside the name;"
    " --column 'name=NAME + LAST NAME' joins them",
    Kind.PHONE_WITHOUT_DIGITS: "letters and no digit where a phone should be: the row may be"
    " shifted by a delimiter inside a cell that is not in quotation marks",
    Kind.OTHER_ENCODING: "the text reads right in another encoding",
    Kind.ROUNDED_NUMBER: "the phone is a number and may have been rounded",
    Kind.SHORT_NUMBER: "the phone is a number and may have lost leading zeros",
    Kind.OLD_TIME: "tools write such a time for none: nobody registered in a web shop before 1990",
    Kind.DATE: "a spreadsheet took the cell for a day or a time; export it as text",
    Kind.HTML_ENTITY: "signs are written as in HTML; export plain text",
    Kind.ENCODED_LETTERS: "letters are written by their codes (MIME, URL, JSON, base64, UTF-7);"
    " export text in UTF-8",
    Kind.PROGRAM_VALUE: "a program printed a value of its own instead of a text",
    Kind.MASKED: "signs are hidden by stars: ask for an export that shows them",
    Kind.SWALLOWED_ROWS: "the cell holds whole rows: a quotation mark before them is never closed",
    Kind.OTHER_FIELD: "it looks like the value of another field, or of none: columns may be"
    " swapped or shifted; --column FIELD=NAME says what a column is",
    Kind.STRANGE_EMAIL: "an address of this form is hardly anybody's: something was lost or added",
    Kind.SEVERAL_PHONES: "more digits than one phone has",
    Kind.HIDDEN_SPACE: "a space that nobody can see (U+200B) stands between two words",
    Kind.MIXED_ALPHABETS: "one word has letters of two alphabets that look alike: a search will"
    " not find it",
    Kind.INVERTED_CASE: "a small letter before capitals: Caps Lock, or KOI8-R read in another"
    " encoding",
    Kind.QUOTATION_MARKS: "quotation marks are left over: the file was quoted twice, or a cell is"
    " cut",
    Kind.CUT_TEXT: "the text may have been cut by a tool",
    Kind.CUT_FILE: "the file ends at the edge of a block, and not with a line break: its end may"
    " be missing",
    Kind.UNNAMED_CELL: "a cell stands under a column without a name and is not imported: the row"
    " may be shifted by a delimiter inside a cell that is not in quotation marks",
    "number_cell": "the phone was a number: it has no plus",
    "spreadsheet_guard": 'the apostrophe or ="…" that guards a cell from spreadsheets is off',
    "whole_number": "a whole number was written with decimals",
    "invisible_sign": "a sign that nobody can see is off, a special space is a plain one",
    "wrapping": "what stood around the address or the phone (mailto:, <…>, tel:) is off",
}
"""Что значит каждый вид подозрительного и исправленного и что с ним делать."""

NEVER_STOP = frozenset((Kind.ROUNDED_NUMBER, Kind.SHORT_NUMBER, Kind.CUT_FILE, Kind.UNNAMED_CELL))
"""Виды, о которых только говорят."""

BY_PEOPLE = frozenset(
    (
        Kind.PHONE_WITHOUT_DIGITS,
        Kind.OTHER_FIELD,
        Kind.STRANGE_EMAIL,
        Kind.SEVERAL_PHONES,
        Kind.HIDDEN_SPACE,
        Kind.MIXED_ALPHABETS,
        Kind.INVERTED_CASE,
        Kind.QUOTATION_MARKS,
        Kind.CUT_TEXT,
    )
)
"""Виды, которые пишут и сами люди: загрузка не начинается, если такова половина начала файла."""

CERTAIN = frozenset(Kind) - NEVER_STOP - BY_PEOPLE
"""Виды, которые верным значением не бывают: увидев их в начале файла, загрузка не начинается."""
