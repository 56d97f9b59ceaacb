"""Каталог текстов для людей: единственное место, где код ошибки становится фразой."""

from enum import StrEnum


class Language(StrEnum):
    """Язык ответа; значение — тег BCP 47."""

    RU = "ru"
    EN = "en"


_RULES: dict[str, tuple[str, str]] = {
    # Правила полей (domain.rules).
    "required": ("Обязательное поле", "This field is required"),
    "not_text": ("Должно быть текстом", "Must be text"),
    "not_a_whole_number": ("Должно быть целым числом", "Must be a whole number"),
    "too_long": ("Не длиннее {max} знаков", "Must be at most {max} characters long"),
    "out_of_range": ("Должно быть от {min} до {max}", "Must be from {min} to {max}"),
    "control_character": (
        "Содержит управляющие знаки",
        "Must not contain control characters",
    ),
    "invalid_email": (
        "Не похоже на адрес электронной почты",
        "Must be an e-mail address",
    ),
    # Тело запроса.
    "malformed_json": ("Тело запроса — не JSON в UTF-8", "The body is not JSON in UTF-8"),
    "not_an_object": ("Тело запроса — не объект JSON", "The body is not a JSON object"),
}

RULE_CODES = tuple(_RULES)
"""Коды, которыми названы нарушенные правила в ``errors`` ответа 422."""

# Виды отказов: сам ответ (detail), его название (title) и что делать (advice).
_PROBLEMS: dict[str, tuple[str, str]] = {
    "bad_request": ("Запрос не разобрать", "The request cannot be parsed"),
    "bad_request.title": ("Неверный запрос", "Bad request"),
    "bad_request.advice": (
        "Запрос нарушает правила HTTP. Исправьте клиента.",
        "The request breaks the rules of HTTP. Correct the client.",
    ),
    "email_taken": (
        "Клиент с email {email} уже зарегистрирован",
        "A customer with the e-mail {email} is already registered",
    ),
    "email_taken.title": ("Email уже занят", "E-mail is taken"),
    "email_taken.advice": (
        (
            "Адреса сравниваются в нормальной форме: регистр, внешние пробелы и punycode не важны."
            " Повторяйте запрос с тем же Idempotency-Key."
        ),
        (
            "Addresses are compared in normal form: letter case, outer spaces and punycode make no"
            " difference. Retry a request with the same Idempotency-Key."
        ),
    ),
    "cors_refused": (
        "Запросы этого источника, этим методом или с этими заголовками не разрешены",
        "Requests of this origin, by this method or with these headers are not allowed",
    ),
    "cors_refused.title": ("Источник не разрешён", "Origin is not allowed"),
    "cors_refused.advice": (
        "Так отвечают на предварительный запрос CORS. Добавьте источник в CRM_CORS_ORIGINS.",
        "The answer to a CORS preflight request. Add the origin to CRM_CORS_ORIGINS.",
    ),
    "not_found": ("Такого адреса нет", "There is nothing at this address"),
    "not_found.title": ("Не найдено", "Not found"),
    "not_found.advice": (
        "Сверьте путь с /docs; косая черта в конце — другой путь.",
        "Compare the path with /docs; a slash at the end makes another path.",
    ),
    "method_not_allowed": (
        "Этот метод здесь не поддерживается",
        "This method is not supported here",
    ),
    "method_not_allowed.title": ("Метод не поддерживается", "Method not allowed"),
    "method_not_allowed.advice": (
        "Методы этого пути названы в заголовке Allow.",
        "The methods of this path are named in the Allow header.",
    ),
    "request_timeout": ("Запрос не пришёл вовремя", "The request did not arrive in time"),
    "request_timeout.title": ("Время ожидания вышло", "Request timeout"),
    "request_timeout.advice": (
        "Ничего не записано. Повторите запрос.",
        "Nothing was stored. Send the request again.",
    ),
    "body_too_large": (
        "Тело запроса больше {max} байт",
        "The request body is larger than {max} bytes",
    ),
    "body_too_large.title": ("Тело запроса слишком велико", "Request body is too large"),
    "body_too_large.advice": (
        "Верные данные клиента намного меньше: отправляйте только их.",
        "A customer's valid data are much smaller: send nothing else.",
    ),
    "unsupported_media_type": (
        "Тело запроса должно быть application/json",
        "The request body must be application/json",
    ),
    "unsupported_media_type.title": ("Тип тела не поддерживается", "Unsupported media type"),
    "unsupported_media_type.advice": (
        "Укажите Content-Type: application/json (или тип на +json).",
        "Send Content-Type: application/json (or a +json type).",
    ),
    "invalid_customer": (
        "Данные клиента нарушают правила",
        "The customer's data break the rules",
    ),
    "invalid_customer.title": ("Неверные данные клиента", "Invalid customer data"),
    "invalid_customer.advice": (
        "errors называет все нарушения сразу: поле, устойчивый код и текст.",
        "errors names every broken rule at once: the field, a stable code and a text.",
    ),
    "invalid_body": ("Тело запроса не разобрать", "The request body cannot be read"),
    "invalid_body.title": ("Неверное тело запроса", "Invalid request body"),
    "invalid_body.advice": (
        "Тело должно быть одним объектом JSON в UTF-8 без BOM (RFC 8259).",
        "The body must be one JSON object in UTF-8 without a BOM (RFC 8259).",
    ),
    "invalid_idempotency_key": (
        "Idempotency-Key — один ключ от 1 до {max} знаков ASCII; с пробелами — в кавычках",
        "Idempotency-Key must be one key of 1 to {max} ASCII characters; quote one with spaces",
    ),
    "invalid_idempotency_key.title": ("Неверный ключ повтора", "Invalid idempotency key"),
    "invalid_idempotency_key.advice": (
        "Один заголовок: ключ без пробелов, например UUID, или строка в кавычках (RFC 9651).",
        "Send one header: a key without spaces, a UUID for example, or a quoted string (RFC 9651).",
    ),
    "idempotency_key_reused": (
        "С этим Idempotency-Key уже зарегистрирован клиент с другими данными",
        "This Idempotency-Key was used to register a customer with other data",
    ),
    "idempotency_key_reused.title": ("Ключ повтора уже занят", "Idempotency key is in use"),
    "idempotency_key_reused.advice": (
        "Ключ — один на все повторы одной просьбы. Для других данных возьмите новый ключ.",
        "A key belongs to one request and its repeats. Take a new key for other data.",
    ),
    "headers_too_large": (
        "Заголовки запроса слишком велики",
        "The request header fields are too large",
    ),
    "headers_too_large.title": ("Заголовки слишком велики", "Header fields too large"),
    "headers_too_large.advice": (
        "Уберите лишнее, например cookie: они сервису не нужны.",
        "Drop what is not needed, cookies for example: the service reads none.",
    ),
    "internal_error": ("Внутренняя ошибка сервиса", "Internal service error"),
    "internal_error.title": ("Внутренняя ошибка", "Internal error"),
    "internal_error.advice": (
        "Ошибка на нашей стороне. Сообщите X-Request-ID из ответа: по нему её найдут в журнале.",
        "The fault is ours. Report the answer's X-Request-ID: it finds the fault in the log.",
    ),
    "unavailable": (
        "Сервис временно не может записать данные, повторите позже",
        "The service cannot store data at the moment, please try again later",
    ),
    "unavailable.title": ("Запись временно недоступна", "Storage is unavailable"),
    "unavailable.advice": (
        "Повторите через Retry-After секунд с тем же Idempotency-Key: дважды не запишется.",
        "Try again after Retry-After seconds with the same Idempotency-Key: it is stored once.",
    ),
    "overloaded": ("Сервис перегружен, повторите позже", "The service is busy, try again later"),
    "overloaded.title": ("Сервис перегружен", "Service is overloaded"),
    "overloaded.advice": (
        "Ничего не записано. Повторите не раньше, чем через Retry-After секунд.",
        "Nothing was stored. Try again after Retry-After seconds.",
    ),
    "not_ready": (
        "Сервис не готов принимать регистрации",
        "The service is not ready for registrations",
    ),
    "not_ready.title": ("Сервис не готов", "Service is not ready"),
    "not_ready.advice": (
        "База данных недоступна или сервис останавливается: не направляйте сюда запросы.",
        "The database is away or the service is stopping: route no requests here.",
    ),
}

# Строки загружаемого файла, не ставшие просьбой (adapters.csv).
_ROWS: dict[str, tuple[str, str]] = {
    "line_too_long": (
        "Строка слишком длинна, здесь только её начало",
        "The line is too long; only its beginning is here",
    ),
    "wrong_encoding": (
        "Строка не в той кодировке, что файл",
        "The line is not in the encoding of the file",
    ),
    "wrong_quoting": (
        "Кавычки не закрыты или не удвоены",
        "Quotation marks are not closed or not doubled",
    ),
    "wrong_number_of_cells": (
        "Ячеек {has}, а столбцов {wants}",
        "There are {has} cells for {wants} columns",
    ),
    "stored_with_other_data": (
        "Прежняя загрузка записала эту строку с другими данными",
        "An earlier import stored this line with other data",
    ),
}

_TEXTS = _RULES | _PROBLEMS | _ROWS


def text(code: str, language: Language, **values: object) -> str:
    """Возвращает фразу для кода на нужном языке.

    Raises:
        KeyError: такого кода в каталоге нет или фразе не хватает значения.
    """
    russian, english = _TEXTS[code]
    return (russian if language is Language.RU else english).format(**values)
