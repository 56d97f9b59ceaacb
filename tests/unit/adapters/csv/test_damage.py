"""Что портят инструменты, вид за видом, и что пишут люди по всему миру."""

import base64

import pytest

from adapters.csv.suspicion_kinds import Kind
from adapters.csv.suspicions import suspicion
from tests.support.csv_reading import mended
from tests.support.written_around_the_world import WRITTEN


@pytest.mark.parametrize(
    ("name", "cell", "kind"),
    [
        *(
            ("name", word, Kind.NULL_WORD)
            for word in ("\\N", "NULL", "NA", "nan", "None", " NULL ", "<nil>", "undefined")
        ),
        ("country", "#N/A", Kind.SPREADSHEET_ERROR),
        ("phone", "#ССЫЛКА!", Kind.SPREADSHEET_ERROR),
        ("phone", "####", Kind.HIDDEN_NUMBER),
        ("phone", "7.92E+10", Kind.NUMBER_IN_PHONE),
        ("phone", "7,92135E+10", Kind.NUMBER_IN_PHONE),
        ("phone", "79213451948.0", Kind.NUMBER_IN_PHONE),
        ("phone", "FALSE", Kind.BOOLEAN_IN_PHONE),
        ("phone", "ул. Молодёжная", Kind.PHONE_WITHOUT_DIGITS),
        ("name", "???? ??????", Kind.QUESTION_MARKS),
        ("address", "??, ??. ?????? 18", Kind.QUESTION_MARKS),
        ("name", "Анна \ufffd\ufffdлкина", Kind.REPLACEMENT_CHARACTER),
        ("name", "Ð˜Ð²Ð°Ð½", Kind.DECODED_TWICE),
        ("name", "РђРЅРЅР°", Kind.DECODED_TWICE),
        ("name", "JosÃ©", Kind.DECODED_TWICE),
        ("name", "O’Brien".encode().decode("cp1252"), Kind.DECODED_TWICE),
        ("address", "Orsk\\\nMira 1", Kind.BACKSLASH_ESCAPE),
        ("phone", "2147483647", Kind.NUMBER_IN_PHONE),
        ("phone", "21-Mar", Kind.DATE),
        ("phone", "01.05.2021", Kind.DATE),
        ("address", "18.фев", Kind.DATE),
        ("address", "Mar-21", Kind.DATE),
        ("name", "O&#39;Brien", Kind.HTML_ENTITY),
        ("address", "1&nbsp;Mira", Kind.HTML_ENTITY),
        ("name", "=?UTF-8?B?0JjQstCw0L0=?=", Kind.ENCODED_LETTERS),
        ("name", "=D0=98=D0=B2", Kind.ENCODED_LETTERS),
        ("name", "%D0%98%D0%B2", Kind.ENCODED_LETTERS),
        ("name", "\\u0418\\u0432", Kind.ENCODED_LETTERS),
        ("name", "b'Ivan'", Kind.PROGRAM_VALUE),
        ("name", "['Ivan']", Kind.PROGRAM_VALUE),
        ("address", '{"Mira 1",Orsk}', Kind.PROGRAM_VALUE),
        ("address", "[object Object]", Kind.PROGRAM_VALUE),
        *(
            ("name", word, Kind.NULL_WORD)
            for word in ("Ivan null", "undefined undefined", "Ivan None", "Ivan nan", "Ivan NULL")
        ),
        ("address", "Mira 1, null", Kind.NULL_WORD),
        *(
            ("address", error, Kind.SPREADSHEET_ERROR)
            for error in ("#ИМЯ?", "#WERT!", "#¿NOMBRE?", "#DIV/0!", "#NV", "#SPILL!", "Err:508")
        ),
        *(
            ("phone", number, Kind.NUMBER_IN_PHONE)
            for number in ("7,92·10^10", "79 213 451 948,00", "79,213,451,948", "-79213451948")
        ),
        ("phone", "79213451948 ₽", Kind.NUMBER_IN_PHONE),
        ("phone", "79213500000", Kind.ROUNDED_NUMBER),
        ("phone", "+7 921 ***-**-48", Kind.MASKED),
        ("phone", "+7921XXXXX48", Kind.MASKED),
        ("email", "i***@example.com", Kind.MASKED),
        ("name", "П••• И•••", Kind.MASKED),
        ("phone", "+79213451948,+79213451949", Kind.SEVERAL_PHONES),
        ("phone", "ivan@example.com", Kind.OTHER_FIELD),
        ("phone", "000", Kind.OTHER_FIELD),
        ("address", "0", Kind.OTHER_FIELD),
        ("country", "0", Kind.OTHER_FIELD),
        ("name", "ivan@example.com", Kind.OTHER_FIELD),
        ("name", "+79213451948", Kind.OTHER_FIELD),
        ("gender", "33", Kind.OTHER_FIELD),
        ("country", "79213451948", Kind.OTHER_FIELD),
        ("address", "+7 (921) 345-19-48", Kind.OTHER_FIELD),
        ("gender", "TRUE", Kind.BOOLEAN),
        ("gender", "ЛОЖЬ", Kind.BOOLEAN),
        ("name", "FALSE", Kind.BOOLEAN),
        ("email", "ivan@example.com.0", Kind.STRANGE_EMAIL),
        ("email", "ivan@gmail", Kind.STRANGE_EMAIL),
        ("email", "'ivan@example.com", Kind.STRANGE_EMAIL),
        ("email", "ivan@exаmple.com", Kind.MIXED_ALPHABETS),
        ("name", "Ивaн Петров", Kind.MIXED_ALPHABETS),
        ("name", "Αnna", Kind.MIXED_ALPHABETS),
        ("country", "Poссия", Kind.MIXED_ALPHABETS),
        ("name", "йЧБО рЕФТПЧ", Kind.INVERTED_CASE),
        ("name", "Иван\u200bПетров", Kind.HIDDEN_SPACE),
        ("name", '"Ivan"', Kind.QUOTATION_MARKS),
        ("name", 'Ivan"', Kind.QUOTATION_MARKS),
        ("name", 'ООО ""Ромашка""', Kind.QUOTATION_MARKS),
        ("name", "O''Brien", Kind.QUOTATION_MARKS),
        ("address", "x" * 255, Kind.CUT_TEXT),
        ("address", "Орск, ул. Молод...", Kind.CUT_TEXT),
        ("name", "Иван Пет…", Kind.CUT_TEXT),
        ("address", "Mira 1\nPetr,p@example.com,Mira 2\nAnna,a@b.ru,Mira 3", Kind.SWALLOWED_ROWS),
        ("name", "Ivan\np@example.com;Petr", Kind.SWALLOWED_ROWS),
        ("address", "18.05.2021", Kind.DATE),
        ("address", "2021-05-18 00:00:00", Kind.DATE),
        ("address", "18.Mrz", Kind.DATE),
        ("address", "18-févr.-21", Kind.DATE),
        ("age", "01.05.1985", Kind.DATE),
        ("name", "M?ller", Kind.QUESTION_MARKS),
        ("name", "Jos?", Kind.QUESTION_MARKS),
        ("name", "?van", Kind.QUESTION_MARKS),
        ("name", "M¿ller", Kind.QUESTION_MARKS),
        ("name", "Ivan \ue001", Kind.REPLACEMENT_CHARACTER),
        ("name", "Ivï¿½n", Kind.REPLACEMENT_CHARACTER),
        ("name", "ИпїЅн", Kind.REPLACEMENT_CHARACTER),
        *(
            ("name", "Иван".encode().decode(misread), Kind.DECODED_TWICE)
            for misread in ("cp866", "cp437", "koi8-r", "mac-roman", "latin-1")
        ),
        ("name", "José".encode().decode("cp1250"), Kind.DECODED_TWICE),
        ("name", "José".encode().decode("mac-roman"), Kind.DECODED_TWICE),
        *(
            ("name", "José Muñoz".encode().decode(misread), Kind.DECODED_TWICE)
            for misread in ("cp1256", "cp1257", "cp1254", "gb18030", "cp932", "cp949")
        ),
        ("name", "Nguyễn".encode().decode("cp1252"), Kind.DECODED_TWICE),
        ("name", "Иван".encode().decode("cp1256"), Kind.DECODED_TWICE),
        ("name", "Иван".encode().decode("iso8859-2"), Kind.DECODED_TWICE),
        ("name", "สมชาย".encode().decode("cp1252"), Kind.DECODED_TWICE),
        ("name", "משה".encode().decode("cp1251"), Kind.DECODED_TWICE),
        *(
            ("name", formula, Kind.FORMULA)
            for formula in ('=A1&" "&B1', "=CONCATENATE(A1,B1)", "=СЦЕПИТЬ(A1;B1)", "=Sheet1!A1")
        ),
        ("phone", "=+79213451948", Kind.FORMULA),
        ("phone", "=79213451948", Kind.FORMULA),
        ("address", "=1/2", Kind.FORMULA),
        ("address", "4.6E+05", Kind.HIDDEN_NUMBER),
        ("address", "18:06:00", Kind.DATE),
        ("phone", "6:18 PM", Kind.DATE),
        ("phone", "0000-00-00", Kind.DATE),
        ("address", "2021/06/18", Kind.DATE),
        ("name", "nan nan", Kind.NULL_WORD),
        ("name", "Null Null", Kind.NULL_WORD),
        ("address", "None, None", Kind.NULL_WORD),
        ("address", "Mira 1, nan", Kind.NULL_WORD),
        ("address", ", , ", Kind.NULL_WORD),
        ("country", "Null", Kind.NULL_WORD),
        ("gender", "Null", Kind.NULL_WORD),
        ("phone", "{+79213451948}", Kind.PROGRAM_VALUE),
        ("phone", "[79213451948]", Kind.PROGRAM_VALUE),
        ("address", "[]", Kind.PROGRAM_VALUE),
        ("address", "Array\n(\n    [city] => Orsk\n)", Kind.PROGRAM_VALUE),
        ("phone", "3,451,948", Kind.NUMBER_IN_PHONE),
        ("phone", "Orsk", Kind.PHONE_WITHOUT_DIGITS),
        ("name", "'Ivan'", Kind.QUOTATION_MARKS),
        ("phone", "'+79213451948'", Kind.QUOTATION_MARKS),
        ("email", "jos?@example.com", Kind.STRANGE_EMAIL),
        ("email", "?ivan@example.com", Kind.STRANGE_EMAIL),
        ("email", "ivan.p...@gmail.com", Kind.STRANGE_EMAIL),
        ("email", "ivan%2Bshop@example.com", Kind.STRANGE_EMAIL),
        ("name", "£ukasz Wójcik", Kind.OTHER_ENCODING),
        ("name", "JÃ¼rgen", Kind.DECODED_TWICE),
        ("name", "M¸ller", Kind.OTHER_ENCODING),
        ("country", "Cura‡ao", Kind.OTHER_ENCODING),
        ("name", "Γιώργος".encode().decode("cp1253", "replace"), Kind.REPLACEMENT_CHARACTER),
        ("name", "Ivan\xa0Petrov".encode().decode("cp1252"), Kind.DECODED_TWICE),
        ("address", "Mira 1<br>Orsk", Kind.HTML_ENTITY),
        ("name", "Jos&eacute;", Kind.HTML_ENTITY),
        ("name", "Иван".encode("utf-7").decode() + "-", Kind.ENCODED_LETTERS),
        ("name", "Jos+AOk- Dupont", Kind.ENCODED_LETTERS),
        ("name", "=C8=E2=E0=ED", Kind.ENCODED_LETTERS),
        ("name", "Jos=E9", Kind.ENCODED_LETTERS),
        ("name", "Ivan=20Petrov", Kind.ENCODED_LETTERS),
        ("name", "%d0%98%d0%b2", Kind.ENCODED_LETTERS),
        ("name", "Ivan%20Petrov", Kind.ENCODED_LETTERS),
        ("name", "%u0418%u0432", Kind.ENCODED_LETTERS),
        ("name", "<U+0418><U+0432>", Kind.ENCODED_LETTERS),
        ("name", "\\320\\230", Kind.ENCODED_LETTERS),
        ("name", "\\xd0\\x98", Kind.ENCODED_LETTERS),
        ("name", "\\xd098d0b2d0b0d0bd", Kind.ENCODED_LETTERS),
        ("address", "Mira 1_x000D_", Kind.ENCODED_LETTERS),
        ("name", base64.b64encode("Иван Петров".encode()).decode(), Kind.ENCODED_LETTERS),
        ("phone", base64.b64encode(b"+79213451948").decode(), Kind.ENCODED_LETTERS),
        *(
            ("name", value, Kind.PROGRAM_VALUE)
            for value in ("{{first_name}}", "*|FNAME|*", "${name}", "%FIRST_NAME%", "<%= name %>")
        ),
        ("address", "Array", Kind.PROGRAM_VALUE),
        ("address", "Decimal('1')", Kind.PROGRAM_VALUE),
        ("name", "12;#Ivan", Kind.PROGRAM_VALUE),
        ("name", "com.shop.User@1b6d3586", Kind.PROGRAM_VALUE),
        ("name", "d41d8cd98f00b204e9800998ecf8427e", Kind.PROGRAM_VALUE),
        ("name", "O\\'Brien", Kind.BACKSLASH_ESCAPE),
        ("address", "Mira 1\\nOrsk", Kind.BACKSLASH_ESCAPE),
    ],
)
def test_damage_is_seen(name: str, cell: str, kind: Kind) -> None:
    assert suspicion(name, cell) is kind


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_around_the_world_is_neither_suspicious_nor_mended(name: str) -> None:
    kinds = {cell: suspicion(name, cell) for cell in WRITTEN[name]}
    assert {cell: kind for cell, kind in kinds.items() if kind} == {}
    plain = {cell: mended(name, cell) for cell in WRITTEN[name]}
    assert {cell: one for cell, one in plain.items() if one != cell} == {}


@pytest.mark.parametrize(
    ("name", "cell", "plain"),
    [
        ("name", "Ива\xadн", "Иван"),
        ("name", "Ann\u200da", "Anna"),
        ("name", "Иван\xa0Петров", "Иван Петров"),
        ("address", "Ор\ufeffск", "Орск"),
        ("phone", "+7\xa0921\u202f345\u200b1948", "+7 921 3451948"),
        ("address", "Mira 1\u2028Orsk", "Mira 1\nOrsk"),
        ("name", "Ivan\u2028Petrov", "Ivan Petrov"),
        ("address", "'18/2", "18/2"),
        ("phone", "'+79213451948'", "'+79213451948'"),
        ("phone", "tel:+7-921-345-19-48", "+7-921-345-19-48"),
        ("phone", "p:+79213451948", "+79213451948"),
        ("email", "mailto:ivan@example.com?subject=x", "ivan@example.com"),
        ("email", "Ivan <ivan@example.com>", "ivan@example.com"),
        ("email", "<ivan@example.com>", "ivan@example.com"),
        ("email", "Ivan <i.ivanov@example.ru>", "i.ivanov@example.ru"),
        ("email", "<u-1@example.ru>", "u-1@example.ru"),
        ("email", "<a@b.ru>, <c@d.ru>", "<a@b.ru>, <c@d.ru>"),
        ("email", "ivan\u200b@example.com", "ivan\u200b@example.com"),
    ],
)
def test_what_cannot_be_meant_otherwise_is_mended(name: str, cell: str, plain: str) -> None:
    assert mended(name, cell) == plain
