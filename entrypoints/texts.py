"""Каталог текстов для людей: единственное место, где код ошибки становится фразой."""

from enum import StrEnum


class Language(StrEnum):
    """Язык ответа; значение — тег BCP 47."""

    RU = "ru"
    EN = "en"


_TEXTS: dict[str, tuple[str, str]] = {
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
    # Ответы целиком.
    "email_taken": (
        "Клиент с email {email} уже зарегистрирован",
        "A customer with the e-mail {email} is already registered",
    ),
    "invalid_customer": (
        "Данные клиента нарушают правила",
        "The customer's data break the rules",
    ),
    "invalid_body": ("Тело запроса не разобрать", "The request body cannot be read"),
    "body_too_large": (
        "Тело запроса больше {max} байт",
        "The request body is larger than {max} bytes",
    ),
    "unsupported_media_type": (
        "Тело запроса должно быть application/json",
        "The request body must be application/json",
    ),
    "not_found": ("Такого адреса нет", "There is nothing at this address"),
    "method_not_allowed": (
        "Этот метод здесь не поддерживается",
        "This method is not supported here",
    ),
    "bad_request": ("Запрос нарушает HTTP", "The request breaks HTTP"),
    "headers_too_large": (
        "Адрес и заголовки запроса слишком велики",
        "The address and headers of the request are too large",
    ),
    "request_timeout": ("Запрос приходил слишком долго", "The request took too long to arrive"),
    "request_refused": ("Запрос отклонён", "The request was refused"),
    "cors_refused": (
        "Запросы с этого источника не разрешены",
        "Requests of this origin, method or with these headers are not allowed",
    ),
    "unavailable": (
        "Сервис временно не может записать данные, повторите позже",
        "The service cannot store data at the moment, please try again later",
    ),
    "internal_error": ("Внутренняя ошибка сервиса", "Internal service error"),
}


def text(code: str, language: Language, **values: object) -> str:
    """Возвращает фразу для кода на нужном языке.

    Raises:
        KeyError: такого кода в каталоге нет или фразе не хватает значения.
    """
    russian, english = _TEXTS[code]
    return (russian if language is Language.RU else english).format(**values)
