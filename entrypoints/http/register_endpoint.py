"""``POST /register``: зарегистрировать покупателя."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from attrs import evolve
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from application.register_customer import RegisterCustomerCommand
from domain.customer import RULES, broken_rules
from domain.errors import BrokenRule, InvalidCustomerError
from entrypoints.customer_document import customer_json
from entrypoints.http.cors import HeaderFields
from entrypoints.http.problems import REFUSING_ERRORS, http_problem
from entrypoints.http.rate_limit import RateLimit
from entrypoints.http.raw_answer import RawAnswer, send_raw
from entrypoints.http.register_request import read_request
from entrypoints.http.unknown_fields import IGNORED_FIELDS, ignored_fields, refused_fields
from entrypoints.problem_error import ProblemError
from entrypoints.use_cases import RegisterOverHttp

ACCEPTED: Mapping[str, str] = {"status": "accepted"}
"""Тело ответа, который не говорит, чем кончилась регистрация."""

_CREATED = HTTPStatus.CREATED.value
_ACCEPTED = HTTPStatus.ACCEPTED.value
_ACCEPTED_CONTENT = orjson.dumps(ACCEPTED)
_JSON = (b"content-type", b"application/json")
_REPLAYED = (b"idempotency-replayed", b"true")
_NOT_GIVEN: dict[str, Any] = dict.fromkeys(RULES)


class RegisterEndpoint:
    """Отвечает на регистрацию; приложение ASGI и короткий путь зовут одно и то же."""

    def __init__(
        self,
        count_replay: Callable[[], None],
        count_refusal: Callable[[str], None],
        limit: RateLimit | None = None,
        *,
        strict_fields: bool = False,
    ) -> None:
        """Создаёт отвечающего.

        Args:
            count_replay: узнаёт о каждом повторе по ключу.
            count_refusal: узнаёт код каждого отказа.
            limit: предел частоты; спрашивает о нём тот, кто зовёт ``answer``: чей запрос, ему
                известно.
            strict_fields: отказывать ли тем, в чьём теле есть неизвестные поля.
        """
        self._count_replay = count_replay
        self._count_refusal = count_refusal
        self._strict_fields = strict_fields
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Отвечает 201 или 202; отказы превращает в ответы ``problems``."""
        try:
            body, key = await read_request(Request(scope, receive))
            if self.limit is not None:
                self.limit.check(scope["client"], scope["headers"])
            answer = await self.answer(scope["state"]["register_customer"], body, key)
        except ClientDisconnect:
            raise  # отказывать некому
        except Exception as error:
            self.count_refusal(error)
            raise
        await send_raw(answer, send)

    def count_refusal(self, error: Exception) -> None:
        """Учитывает отказ, которым кончилась регистрация; зовёт его тот, кто отказывает."""
        self._count_refusal(http_problem(error).code)

    async def answer(
        self, register_customer: RegisterOverHttp, body: bytes, key: str | None
    ) -> RawAnswer:
        """Регистрирует покупателя, описанного в теле запроса.

        Чем это кончилось, показывается здесь и только здесь: 201 и записанный покупатель, а если
        исхода не сказали и самому приложению, то 202, у всех до последнего байта один.

        Значения полей идут как есть: типы строго проверяет домен, только он называет все нарушения
        сразу. Чего в теле нет, то для него null; неизвестные поля, если за них не отказывают,
        пропускаются, но ответ их называет.

        Прочие ошибки — те же, что у ``register_customer``.

        Raises:
            InvalidCustomerError: данные нарушают правила, или в теле были неизвестные поля, а за
                них отказывают.
            ProblemError: тело — не объект JSON; или в нём были неизвестные поля, а в регистрации
                отказано по другой причине: такой отказ называет и их.
        """
        given = _json_object(body)
        fields = _NOT_GIVEN | given
        ignored = ""
        if len(fields) > len(RULES):
            unknown = [name for name in given if name not in RULES]
            fields = {name: fields[name] for name in RULES}
            if self._strict_fields:
                raise InvalidCustomerError([*broken_rules(fields), *refused_fields(unknown)])
            ignored = ignored_fields(unknown)
        fields["idempotency_key"] = key
        try:
            registration = await register_customer(RegisterCustomerCommand(**fields))
        except REFUSING_ERRORS as error:
            if not ignored:
                raise
            problem = http_problem(error)
            told = {**problem.headers, IGNORED_FIELDS: ignored}
            raise evolve(problem, headers=told) from None
        status, content = _ACCEPTED, _ACCEPTED_CONTENT
        if registration is not None:
            status, content = _CREATED, customer_json(registration.customer)
        headers: HeaderFields = ((b"content-length", b"%d" % len(content)), _JSON)
        if registration is not None and registration.is_replay:
            self._count_replay()
            headers = (_REPLAYED, *headers)
        if ignored:
            headers = (*headers, (IGNORED_FIELDS.lower().encode(), ignored.encode()))
        return status, headers, content


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        # Текст orjson повторяет кусок тела, поэтому дальше не идёт.
        raise _invalid_body("malformed_json") from None
    if not isinstance(decoded, dict):
        raise _invalid_body("not_an_object")
    return decoded


def _invalid_body(code: str) -> ProblemError:
    return ProblemError("invalid_body", broken_rules=[BrokenRule("body", code)])
