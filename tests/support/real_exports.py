"""Файлы ``tests/support/data/csv``: как их загрузить, что увидит оператор и что запишется.

Покупатели выдуманы; кто какой файл написал, говорит README рядом с ними.
"""

from collections.abc import Mapping

from attrs import field, frozen

type Stored = tuple[object, ...]
"""Имя, возраст, пол, страна, адрес и телефон, как они записаны."""

ORSK = "г. Орск, ул. Молодёжная, 18, кв. 6"
TABLE: Mapping[str, Stored] = {
    "ivan.ivanov@example.com": (
        *("Ivan Ivanov", 33, "1", "Russia"),
        *("Russia, Orsk, Molodezhnaya St., 18 apartment 6", "+7(921)345-19-48"),
    ),
    "anna@example.com": ("Анна-Мария Ёлкина", 28, "0", "Россия", ORSK, "+79213451948"),
    "jack.obrien@example.com": ('O\'Brien, "Jack"', None, None, "Ireland", None, "0035315551234"),
    "aigul@example.com": (
        *("Айгүл Қасымқызы", 45, "0", "Қазақстан"),
        *("Алматы, Абай даңғылы 10", "+77011234567"),
    ),
    "aram@example.com": ("Արամ Խաչատրյան", None, "1", "Հայաստան", None, "89213451948"),
    "иван@пример.рф": ("Иван Петров", 0, "1", "Россия", "г. Тверь", "(495) 123-45-67"),
    "trailing@example.com": ("Trailing Space", 33, "1", "NA", "1, Main St", None),
    "null@example.com": ("Jennifer Null", 150, "0", "NULL", "-", "+3531"),
    "back@example.com": (
        *("Back\\slash", 19, None, "US"),
        *('C:\\temp\\new, flat 3\\"B"', "+1 (212) 555-0100 ext. 12"),
    ),
    "only@example.com": ("Only Required", None, None, None, None, None),
    "cmd@example.com": ("=Cmd", 1, "1", None, "@home; \"near\" the 'bridge'", "00000007"),
    "uni@example.com": ("Ünï Ço", 99, "0", "Türkiye", "İstanbul 5\\5", "+905321234567"),
}
"""Таблица, которую записали разные базы данных и языки."""

TWO: Mapping[str, Stored] = {
    "anna@example.com": ("Анна Шапошникова", 28, "ж", "Россия", "Орск, Мира 1", "+79213451948"),
    "petr@example.com": ("Ёлкин Пётр", 33, "м", "Россия", "Москва", "+79213451949"),
}


def _less(*emails: str, **changes: Stored) -> dict[str, Stored]:
    return {email: one for email, one in TABLE.items() if email not in emails} | changes


def _only(*emails: str) -> dict[str, Stored]:
    return {email: TABLE[email] for email in emails}


def _two(address: str) -> dict[str, Stored]:
    anna = TWO["anna@example.com"]
    return {**TWO, "anna@example.com": (*anna[:4], address, anna[5])}


@frozen
class Export:
    """Загрузка одного файла.

    Attributes:
        file: имя файла.
        options: с чем его загружают.
        exit_code: чем она кончается.
        seen: слова, которые видит оператор.
        stored: что записано, по адресам.
    """

    file: str
    options: str
    exit_code: int
    seen: str
    stored: Mapping[str, Stored] = field(factory=dict)

    @property
    def row(self) -> str:
        """Строка таблицы в ``docs/import.md``."""
        name = f"`{self.file}`" + (f" `{self.options}`" if self.options else "")
        seen = f"`{self.seen}`" if self.seen else ""
        return f"| {name} | {self.exit_code} | {seen} | {len(self.stored)} |"


ACCEPT = "--accept null_word"
ESCAPED = f"--escape backslash {ACCEPT}"
_BAD_QUOTES = "wrong_quoting"
_EXCEL = ("Ivan", "Petr", "Anna", "Olga", "Roma", "Saveliy", "Tom", "Uma")
_PHONES = ("7.92E+10", "7,92135E+10", "79213451948.0", "+79213451948", "+79213451948", "########")

_SHEET: Mapping[str, Stored] = {
    "ivan@example.com": ("Ivan", 33, "1", "RU", "Orsk", "+79213451948"),
    "anna@example.com": ("Anna", 41, "0", "NA", "Orsk", "+35315551234"),
    "petr@example.com": ("Petr", 45, "1", "KZ", "00123", "+89213451948"),
}

EXPORTS = (
    Export(
        *("bitrix_users.csv", "", 0, "'NAME' + 'SECOND_NAME' + 'LAST_NAME' (Bitrix)"),
        {"anna@example.com": ("Анна Петровна Иванова", None, "F", None, None, "+79213451948")},
    ),
    Export("c.csv.bz2", "", 2, "is compressed by bzip2"),
    Export("c.csv.xz", "", 2, "is compressed by xz"),
    Export("clickhouse_csv.csv", "", 2, "age: null_word"),
    Export("clickhouse_csv.csv", rf"--null \N {ACCEPT}", 0, "", TABLE),
    Export("clickhouse_tsv.tsv", "", 2, "name: backslash_escape"),
    Export("clickhouse_tsv.tsv", ESCAPED, 0, "", TABLE),
    Export("contact.vcf", "", 2, "is a vCard"),
    Export("cp1251_read_as_latin1.csv", "", 2, "it was windows-1251 ('Иван Петров"),
    Export("cp1252.csv", "", 2, "try --encoding cp1252 ('José Müller"),
    Export(
        *("cp1252.csv", "--encoding cp1252", 0, ""),
        {"jose@example.com": ("José Müller", 28, "m", "España", "Calle 1", "+34911234567")},
    ),
    Export("csv_stringify_escape_formulas.csv", "", 2, "country: null_word"),
    Export("csv_stringify_escape_formulas.csv", ACCEPT, 0, "phone: spreadsheet_guard", TABLE),
    Export("customers.csv.zip", "", 2, "is a ZIP archive"),
    *(
        Export(f"customers.{ending}", options, exit_code, seen, stored)
        for ending in ("ods", "xls", "xlsx")
        for options, exit_code, seen, stored in (
            ("", 2, "country: null_word", {}),
            (ACCEPT, 0, "sheet 'Customers' is read, not 'Second'", _SHEET),
        )
    ),
    Export("encoded_letters.csv", "", 2, "name: encoded_letters"),
    Export("excel_days.csv", "", 2, "address: date"),
    Export("excel_numbers.csv", "", 2, "phone: number_in_phone"),
    Export(
        "excel_numbers.csv",
        "--accept number_in_phone --accept hidden_number --accept boolean_in_phone",
        3,
        "age: whole_number",
        {
            f"i{number}@example.com": (name, 33, "m", "RU", "Orsk", phone)
            for number, (name, phone) in enumerate(
                zip(_EXCEL, [*_PHONES, "1", "1"], strict=True), 1
            )
        },
    ),
    Export("excel_ru_cp1251.csv", "", 2, "try --encoding windows-1251 ('Анна Шапошникова"),
    Export("excel_ru_cp1251.csv", "--encoding cp1251", 0, "", _two("Орск; Мира 1")),
    Export("excel_unicode_text_utf16le.txt", "", 0, "", _two("Орск")),
    Export("fake.xls", "", 2, "is an HTML page"),
    Export("first_surname.csv", "", 2, "name: first_name_only"),
    Export(
        *("first_surname.csv", "--column 'name=First Name + Surname'", 0, ""),
        {"anna@example.com": ("Anna Ivanova", None, None, None, None, None)},
    ),
    Export(
        *("first_last.csv", "", 0, "'First Name' + 'Last Name' (Google Contacts"),
        {
            "anna@example.com": ("Anna Ivanova", None, None, None, None, "+79213451948"),
            "petr@example.com": ("Petrov", None, None, None, None, None),
        },
    ),
    Export("google_new.csv", "", 3, "email: invalid_email"),
    Export(
        *("google_old.csv", "", 0, "email is taken from 'E-mail 1 - Value' (Google Contacts)"),
        {
            "anna@example.com": (
                *("Anna Ivanova", None, None, None),
                *("Mira 1, Orsk", "+7 921 345-19-48"),
            )
        },
    ),
    Export("html_entities.csv", "", 2, "address: html_entity"),
    Export("int_overflow.csv", "", 2, "phone: number_in_phone"),
    Export("jq_tsv.tsv", "", 2, "name: backslash_escape"),
    Export("jq_tsv.tsv", ESCAPED, 0, "", TABLE),
    Export("koi8r.csv", "", 2, "try --encoding koi8-r ('Анна Шапошникова"),
    Export("koi8r.csv", "--encoding windows-1251", 2, "does not read right in cp1251"),
    Export("koi8r.csv", "--encoding koi8-r", 0, "", TWO),
    Export("koi8r_read_as_cp1251.csv", "", 2, "it was koi8-r ('Иван Петров"),
    Export("lo_convert_to_question_marks.csv", "", 2, "name: question_marks"),
    Export("mac_cr.csv", "", 0, "lines end with CR alone", TWO),
    Export("mariadb_escaped_by_quote.csv", "", 2, "country: null_word"),
    Export(
        *("mariadb_escaped_by_quote.csv", ACCEPT, 3, _BAD_QUOTES),
        _only(
            "ivan.ivanov@example.com",
            *("aigul@example.com", "иван@пример.рф", "trailing@example.com"),
            *("cmd@example.com", "uni@example.com"),
        ),
    ),
    Export("mariadb_outfile_default.tsv", "", 2, "age: null_word"),
    Export("mariadb_outfile_default.tsv", ESCAPED, 0, "", TABLE),
    Export("mariadb_outfile_enclosed.csv", "", 2, "address: backslash_escape"),
    Export("mariadb_outfile_enclosed.csv", ESCAPED, 0, "", TABLE),
    Export("nbsp_header.csv", "", 0, "", TWO),
    Export("null_words.csv", "", 2, "phone: spreadsheet_error"),
    Export("outlook_en.csv", "", 3, "gender: too_long"),
    Export("pandas_floats.csv", "", 2, "phone: number_in_phone"),
    Export("people.json", "", 2, "is a JSON array"),
    Export("people.ldif", "", 2, "is LDIF"),
    Export("people.ndjson", "", 2, "is JSON, an object a line"),
    Export("php_fputcsv_backslash_quote.csv", "", 2, "country: null_word"),
    Export(*("php_fputcsv_backslash_quote.csv", ACCEPT, 3, _BAD_QUOTES), _less("back@example.com")),
    Export("php_fputcsv_backslash_quote.csv", f"--escape php {ACCEPT}", 0, "", TABLE),
    Export("pipe.csv", "", 0, "", _two("Орск| Мира 1")),
    Export("program_values.csv", "", 2, "address: program_value"),
    Export("psql_copy_text.tsv", "", 2, "name: backslash_escape"),
    Export("psql_copy_text.tsv", ESCAPED, 0, "", TABLE),
    Export("psql_unaligned.csv", "", 2, "phone: phone_without_digits"),
    Export("r_write_csv.csv", "", 2, "age: null_word"),
    Export(
        *("r_write_csv.csv", f"--null NA {ACCEPT}", 0, ""),
        _less(**{"trailing@example.com": ("Trailing Space", 33, "1", None, "1, Main St", None)}),
    ),
    Export("rejects_saved_by_calc.csv", "", 2, "phone: number_in_phone"),
    Export("replacement_char.csv", "", 2, "name: replacement_character"),
    Export("sep_line.csv", "", 0, "", _two("Орск; Мира 1")),
    Export(
        *("shopify.csv", "", 0, "phone: spreadsheet_guard"),
        {
            "anna@example.com": (
                *("Anna Ivanova", None, None, "RU"),
                *("Mira 1, Orsk, 462400", "+79213451948"),
            )
        },
    ),
    Export("utf16le_no_bom.txt", "", 0, "read as utf-16-le", TWO),
    Export("vorname_name.csv", "", 2, "name: first_name_only"),
    Export(
        *("vorname_name.csv", "--column name=Vorname+Name", 0, ""),
        {"juergen@example.com": ("Jürgen Müller", None, None, None, None, None)},
    ),
    Export(
        *("woocommerce_users.csv", "", 0, "'first_name' + 'last_name' (WooCommerce"),
        {"anna@example.com": ("Anna Ivanova", None, None, "RU", "Mira 1, Orsk", "+79213451948")},
    ),
)
