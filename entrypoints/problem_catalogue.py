"""Каталог видов отказов: код состояния и слова каждого.

Новый вид — запись здесь и место, где он выбирается: ``entrypoints.problem_error`` для ошибок
домена и хранилища, ``entrypoints.http`` и ``entrypoints.server`` для остальных.


Вид отказа (problem type, RFC 9457, 3.1.1) один для HTTP и для командной строки.
"""

from collections.abc import Mapping
from http import HTTPStatus

from attrs import frozen

from entrypoints.texts import Phrase


@frozen
class ProblemType:
    """Вид отказа.

    Attributes:
        status: код состояния HTTP.
        title: название вида.
        detail: что случилось; значения в фигурных скобках даёт сам отказ.
        advice: что делать тому, кто его получил.
    """

    status: HTTPStatus
    title: Phrase
    detail: Phrase
    advice: Phrase


PROBLEM_TYPES: Mapping[str, ProblemType] = {
    "bad_request": ProblemType(
        HTTPStatus.BAD_REQUEST,
        title=Phrase("Неверный запрос", "Bad request"),
        detail=Phrase("Запрос не разобрать", "The request cannot be parsed"),
        advice=Phrase(
            "Запрос нарушает правила HTTP. Исправьте клиента.",
            "The request breaks the rules of HTTP. Correct the client.",
        ),
    ),
    "email_taken": ProblemType(
        HTTPStatus.BAD_REQUEST,
        title=Phrase("Email уже занят", "E-mail is taken"),
        detail=Phrase(
            "Клиент с email {email} уже зарегистрирован",
            "A customer with the e-mail {email} is already registered",
        ),
        advice=Phrase(
            (
                "Регистр, внешние пробелы и punycode адресов не различают. Повторяйте запрос с тем"
                " же Idempotency-Key."
            ),
            (
                "Letter case, outer spaces and punycode make no difference between addresses. Retry"
                " a request with the same Idempotency-Key."
            ),
        ),
    ),
    "cors_refused": ProblemType(
        HTTPStatus.BAD_REQUEST,
        title=Phrase("Источник не разрешён", "Origin is not allowed"),
        detail=Phrase(
            "Запросы этого источника, этим методом или с этими заголовками не разрешены",
            "Requests of this origin, by this method or with these headers are not allowed",
        ),
        advice=Phrase(
            "Так отвечают на предварительный запрос CORS. Добавьте источник в CRM_CORS_ORIGINS.",
            "The answer to a CORS preflight request. Add the origin to CRM_CORS_ORIGINS.",
        ),
    ),
    "not_found": ProblemType(
        HTTPStatus.NOT_FOUND,
        title=Phrase("Не найдено", "Not found"),
        detail=Phrase("Такого адреса нет", "There is nothing at this address"),
        advice=Phrase(
            "Сверьте путь с /docs; косая черта в конце — другой путь.",
            "Compare the path with /docs; a slash at the end makes another path.",
        ),
    ),
    "method_not_allowed": ProblemType(
        HTTPStatus.METHOD_NOT_ALLOWED,
        title=Phrase("Метод не поддерживается", "Method not allowed"),
        detail=Phrase("Этот метод здесь не поддерживается", "This method is not supported here"),
        advice=Phrase(
            "Методы этого пути названы в заголовке Allow.",
            "The methods of this path are named in the Allow header.",
        ),
    ),
    "request_timeout": ProblemType(
        HTTPStatus.REQUEST_TIMEOUT,
        title=Phrase("Время ожидания вышло", "Request timeout"),
        detail=Phrase("Запрос не пришёл вовремя", "The request did not arrive in time"),
        advice=Phrase(
            "Ничего не записано. Повторите запрос.", "Nothing was stored. Send the request again."
        ),
    ),
    "body_too_large": ProblemType(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        title=Phrase("Тело запроса слишком велико", "Request body is too large"),
        detail=Phrase(
            "Тело запроса больше {max} байт", "The request body is larger than {max} bytes"
        ),
        advice=Phrase(
            "Верные данные клиента намного меньше: отправляйте только их.",
            "A customer's valid data are much smaller: send nothing else.",
        ),
    ),
    "unsupported_media_type": ProblemType(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        title=Phrase("Тип тела не поддерживается", "Unsupported media type"),
        detail=Phrase(
            "Тело запроса должно быть application/json, и об этом говорит заголовок Content-Type",
            "The request body must be application/json, and the Content-Type header must say so",
        ),
        advice=Phrase(
            "Укажите Content-Type: application/json (или тип на +json).",
            "Send Content-Type: application/json (or a +json type).",
        ),
    ),
    "unsupported_content_encoding": ProblemType(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        title=Phrase("Сжатое тело не поддерживается", "Unsupported content encoding"),
        detail=Phrase(
            "Тело запроса нельзя сжимать: заголовок Content-Encoding не поддерживается",
            "The request body must not be compressed: Content-Encoding is not supported",
        ),
        advice=Phrase(
            "Пошлите тело как есть, без Content-Encoding.",
            "Send the body as it is, without Content-Encoding.",
        ),
    ),
    "invalid_customer": ProblemType(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        title=Phrase("Неверные данные клиента", "Invalid customer data"),
        detail=Phrase("Данные клиента нарушают правила", "The customer's data break the rules"),
        advice=Phrase(
            "errors называет все нарушения сразу: поле, устойчивый код и текст.",
            "errors names every broken rule at once: the field, a stable code and a text.",
        ),
    ),
    "invalid_body": ProblemType(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        title=Phrase("Неверное тело запроса", "Invalid request body"),
        detail=Phrase("Тело запроса не разобрать", "The request body cannot be read"),
        advice=Phrase(
            "Тело должно быть одним объектом JSON в UTF-8 без BOM (RFC 8259).",
            "The body must be one JSON object in UTF-8 without a BOM (RFC 8259).",
        ),
    ),
    "invalid_idempotency_key": ProblemType(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        title=Phrase("Неверный ключ повтора", "Invalid idempotency key"),
        detail=Phrase(
            "Idempotency-Key — один ключ от 1 до {max} знаков ASCII; с пробелами — в кавычках",
            "Idempotency-Key must be one key of 1 to {max} ASCII characters; quote one with spaces",
        ),
        advice=Phrase(
            "Один заголовок: ключ без пробелов, например UUID, или строка в кавычках (RFC 9651).",
            "Send one header: a key without spaces, a UUID for example, or a quoted string (RFC"
            " 9651).",
        ),
    ),
    "idempotency_key_reused": ProblemType(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        title=Phrase("Ключ повтора уже занят", "Idempotency key is in use"),
        detail=Phrase(
            "С этим Idempotency-Key уже зарегистрирован клиент с другими данными",
            "This Idempotency-Key was used to register a customer with other data",
        ),
        advice=Phrase(
            "Ключ — один на все повторы одной просьбы. Для других данных возьмите новый ключ.",
            "A key belongs to one request and its repeats. Take a new key for other data.",
        ),
    ),
    "rate_limited": ProblemType(
        HTTPStatus.TOO_MANY_REQUESTS,
        title=Phrase("Слишком много регистраций", "Too many registrations"),
        detail=Phrase(
            "С этого адреса регистрируют слишком часто", "Too many registrations from this address"
        ),
        advice=Phrase(
            "Ничего не записано. Повторите не раньше, чем через Retry-After секунд.",
            "Nothing was stored. Try again after Retry-After seconds.",
        ),
    ),
    "headers_too_large": ProblemType(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        title=Phrase("Заголовки слишком велики", "Header fields too large"),
        detail=Phrase(
            "Заголовки запроса слишком велики", "The request header fields are too large"
        ),
        advice=Phrase(
            "Уберите лишнее, например cookie: они сервису не нужны.",
            "Drop what is not needed, cookies for example: the service reads none.",
        ),
    ),
    "internal_error": ProblemType(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        title=Phrase("Внутренняя ошибка", "Internal error"),
        detail=Phrase("Внутренняя ошибка сервиса", "Internal service error"),
        advice=Phrase(
            "Ошибка на нашей стороне. Сообщите X-Request-ID из ответа: по нему её найдут в"
            " журнале.",
            "The fault is ours. Report the answer's X-Request-ID: it finds the fault in the log.",
        ),
    ),
    "unavailable": ProblemType(
        HTTPStatus.SERVICE_UNAVAILABLE,
        title=Phrase("Запись временно недоступна", "Storage is unavailable"),
        detail=Phrase(
            "Сервис временно не может записать данные, повторите позже",
            "The service cannot store data at the moment, please try again later",
        ),
        advice=Phrase(
            "Повторите через Retry-After секунд с тем же Idempotency-Key: дважды не запишется.",
            "Try again after Retry-After seconds with the same Idempotency-Key: it is stored once.",
        ),
    ),
    "overloaded": ProblemType(
        HTTPStatus.SERVICE_UNAVAILABLE,
        title=Phrase("Сервис перегружен", "Service is overloaded"),
        detail=Phrase("Сервис перегружен, повторите позже", "The service is busy, try again later"),
        advice=Phrase(
            "Ничего не записано. Повторите не раньше, чем через Retry-After секунд.",
            "Nothing was stored. Try again after Retry-After seconds.",
        ),
    ),
    "not_ready": ProblemType(
        HTTPStatus.SERVICE_UNAVAILABLE,
        title=Phrase("Сервис не готов", "Service is not ready"),
        detail=Phrase(
            "Сервис не готов принимать регистрации", "The service is not ready for registrations"
        ),
        advice=Phrase(
            "База данных недоступна или сервис останавливается: не направляйте сюда запросы.",
            "The database is away or the service is stopping: route no requests here.",
        ),
    ),
}
"""Все виды отказов по устойчивым кодам, в порядке кодов состояния; других отказов нет."""
