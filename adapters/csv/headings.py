"""Известные заголовки столбцов: как поля покупателя называют те, кто пишет такие файлы.

Заголовок сравнивается без регистра, внешних пробелов и переносов строки. Верна первая запись
таблицы, для которой в файле нашёлся хоть один столбец.
"""

import re
from collections.abc import Sequence

from attrs import frozen


@frozen
class KnownHeading:
    """Заголовок или несколько, вместе дающие поле.

    Attributes:
        field: поле покупателя.
        parts: заголовки по порядку; каких в файле нет, те пропускаются.
        source: кто так пишет.
        has_exact_case: регистр букв важен.
    """

    field: str
    parts: Sequence[str]
    source: str
    has_exact_case: bool = False


def _known(field: str, headings: str, source: str) -> KnownHeading:
    return KnownHeading(field, headings.split(" + "), source)


KNOWN_HEADINGS: Sequence[KnownHeading] = (
    KnownHeading("name", ("NAME", "SECOND_NAME", "LAST_NAME"), "Bitrix", has_exact_case=True),
    _known("name", "full name", "Mailchimp, HubSpot"),
    _known("name", "customer name", "Ecwid, Square"),
    _known("name", "фио", "Tilda, InSales, 1C"),
    _known("name", "ф.и.о.", "1C"),
    _known("name", "имя и фамилия", "Tilda"),
    _known("name", "полное имя", "1C, Outlook in Russian"),
    _known("name", "имя клиента", "InSales"),
    _known("name", "first name + middle name + last name", "Google Contacts, Outlook, Shopify"),
    _known("name", "given name + additional name + family name", "Google Contacts before 2023"),
    _known("name", "first_name + last_name", "WooCommerce, Mailchimp"),
    _known("name", "firstname + lastname", "PrestaShop, Magento, OpenCart"),
    _known("name", "display name", "WooCommerce, WordPress"),
    _known("name", "display_name", "WooCommerce, WordPress"),
    _known("name", "vorname + nachname", "Outlook in German"),
    _known("name", "prénom + nom", "Outlook in French"),
    _known("name", "first name + surname", "Sage, spreadsheets"),
    _known("name", "nombre + apellidos", "Outlook in Spanish"),
    _known("name", "полное имя контакта", "amoCRM"),
    _known("name", "наименование", "1C"),
    _known("name", "billing first name + billing last name", "WooCommerce orders"),
    _known("name", "billing_first_name + billing_last_name", "WooCommerce orders"),
    _known("name", "фамилия + имя + отчество", "Bitrix24, 1C, InSales, Outlook in Russian"),
    _known("name", "покупатель", "1C, InSales"),
    _known("name", "клиент", "1C"),
    _known("email", "e-mail", "Bitrix24, 1C"),
    _known("email", "email address", "Mailchimp, Squarespace"),
    _known("email", "e-mail address", "Outlook"),
    _known("email", "e-mail 1 - value", "Google Contacts"),
    _known("email", "user_email", "WooCommerce, WordPress"),
    _known("email", "customer email", "Ecwid, Square"),
    _known("email", "billing email", "WooCommerce orders"),
    _known("email", "billing_email", "WooCommerce orders"),
    _known("email", "рабочий e-mail", "Bitrix24"),
    _known("email", "рабочий email", "amoCRM"),
    _known("email", "adresse e-mail", "Outlook in French"),
    _known("email", "e-mail-adresse", "Outlook in German"),
    _known("email", "correo electrónico", "Outlook in Spanish"),
    _known("email", "электронная почта", "1C"),
    _known("email", "адрес электронной почты", "1C"),
    _known("email", "адрес эл. почты", "Outlook in Russian"),
    _known("email", "эл. почта", "1C"),
    _known("email", "почта", "Tilda, InSales"),
    _known("phone", "mobile phone", "Outlook"),
    _known("phone", "phone 1 - value", "Google Contacts"),
    _known("phone", "phone number", "Mailchimp, Square"),
    _known("phone", "primary phone", "Outlook"),
    _known("phone", "home phone", "Outlook"),
    _known("phone", "business phone", "Outlook"),
    _known("phone", "default address phone", "Shopify"),
    _known("phone", "billing phone", "WooCommerce orders"),
    _known("phone", "billing_phone", "WooCommerce orders"),
    _known("phone", "personal_mobile", "Bitrix"),
    _known("phone", "personal_phone", "Bitrix"),
    _known("phone", "work_phone", "Bitrix"),
    _known("phone", "мобильный телефон", "Bitrix24"),
    _known("phone", "телефон переносной", "Outlook in Russian"),
    _known("phone", "рабочий телефон", "Bitrix24"),
    _known("phone", "телефон", "Tilda, InSales, 1C"),
    _known("phone", "номер телефона", "Tilda, 1C"),
    _known("phone", "telephone", "PrestaShop, OpenCart"),
    _known("phone", "telefon", "spreadsheets in German"),
    _known("phone", "téléphone", "spreadsheets in French"),
    _known("phone", "teléfono", "spreadsheets in Spanish"),
    _known("age", "возраст", "1C"),
    _known("gender", "personal_gender", "Bitrix"),
    _known("gender", "пол", "1C, Bitrix24, Outlook in Russian"),
    _known("gender", "sex", "PrestaShop"),
    _known("country", "home country/region", "Outlook"),
    _known("country", "address 1 - country", "Google Contacts"),
    _known("country", "default address country code", "Shopify"),
    _known("country", "billing country", "WooCommerce orders"),
    _known("country", "billing_country", "WooCommerce orders"),
    _known("country", "страна или регион (дом. адрес)", "Outlook in Russian"),
    _known("country", "страна", "Bitrix24, InSales, 1C"),
    _known("address", "address 1 - formatted", "Google Contacts"),
    _known("address", "home street + home city + home state + home postal code", "Outlook"),
    _known(
        "address",
        "default address address1 + default address address2 + default address city"
        " + default address zip",
        "Shopify",
    ),
    _known("address", "billing address 1 + billing address 2 + billing city", "WooCommerce orders"),
    _known("address", "billing_address_1 + billing_address_2 + billing_city", "WooCommerce orders"),
    _known("address", "улица (дом. адрес) + город (дом. адрес)", "Outlook in Russian"),
    _known("address", "адрес доставки", "InSales"),
    _known("address", "адрес", "Tilda, Bitrix24, 1C"),
)

SURNAMES = frozenset(
    re.split(
        " / ",
        "last name / last_name / lastname / surname / family name / second name / фамилия"
        " / прізвище / тегі / nachname / familienname / nom / nom de famille / apellido / apellidos"
        " / cognome / achternaam / nazwisko / efternamn / etternavn / příjmení / soyad / soyadı"
        " / sobrenome / efternavn / sukunimi / prezime / priezvisko / vezetéknév / lname / επώνυμο",
    )
)
"""Столбцы фамилии: рядом с ними столбец ``name`` — обычно одно имя."""

FIRST_NAMES = frozenset(
    re.split(
        " / ",
        "first name / first_name / firstname / given name / forename / имя / ім'я / аты / vorname"
        " / prénom / prenom / voornaam / imię / förnamn / fornavn / jméno",
    )
)
"""Столбцы имени: рядом с ними столбец ``name`` — фамилия, а рядом с обоими — имя полное."""


def normal(heading: str) -> str:
    """Приводит заголовок к виду, в котором его сравнивают."""
    return " ".join(heading.strip("\ufeff").split()).casefold()
