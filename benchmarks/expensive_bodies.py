"""Самые дорогие тела запроса, какие нашлись: сколько они держат цикл событий.

Меряется весь путь внутри процесса: разбор тела, правила, хранилище в памяти и ответ. База данных и
сеть не участвуют.
"""

import asyncio
import itertools
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import orjson
from starlette.requests import Request
from starlette.types import Message

from adapters.memory import InMemoryCustomerRepository
from application.register_customer import RegisterCustomer
from domain import punycode
from entrypoints.http.problems import on_error
from entrypoints.http.register_endpoint import RegisterEndpoint
from entrypoints.http.register_request import MAX_BODY, read_request

_ROUNDS = 100
_PROMISED = 1.0  # мс
_TEXTS = {"name": 100, "gender": 10, "country": 100, "address": 255, "phone": 25}

# Знаки при букве, от больших классов к меньшим: расставлять их по местам дольше всего.
_MARKS = sorted(
    (chr(code) for code in range(0x300, 0x1E950) if unicodedata.combining(chr(code))),
    key=unicodedata.combining,
    reverse=True,
)
_HAN = list(map(chr, range(0x4E00, 0x9FA6)))


def _fields(text: Callable[[int], str], **others: str) -> bytes:
    """Заполняет все тексты самым длинным, за который ещё берутся правила."""
    fields = {field: text(4 * limit) for field, limit in _TEXTS.items()}
    return orjson.dumps({**fields, "email": "i@example.ru", **others})


def _spread(chars: list[str], length: int) -> str:
    return "".join(
        itertools.islice(itertools.cycle(chars[:: max(1, len(chars) // length)]), length)
    )


def _marked(run: int) -> Callable[[int], str]:
    """Буквы, за каждой из которых идёт ``run`` знаков в самом невыгодном порядке."""
    letter = "a" + _spread(_MARKS, run)
    return lambda length: (letter * length)[:length]


def _unicode_domain(label: int) -> str:
    labels = (_spread(_HAN[shift::7], label) for shift in range(98 // (label + 1)))
    return "i@" + ".".join(labels)


def _punycode_domain(label: int) -> str:
    written = ["xn--" + punycode.encode(_spread(_HAN[shift::11], label)) for shift in range(500)]
    domain = ""
    for one in written:
        if len(domain) + len(one) > 250:  # noqa: PLR2004 — предел имени в DNS
            break
        domain += f"{one}."
    return f"i@{domain}ru"


def _filled(body: Callable[[int], bytes]) -> bytes:
    """Увеличивает тело, пока оно помещается в предел."""
    size = MAX_BODY
    while len(body(size)) > MAX_BODY:
        size -= size // 64 + 1
    return body(size)


def _alone(field: str, char: str) -> bytes:
    valid = {"name": "Ivan", "email": "i@example.ru"}
    return _filled(lambda size: orjson.dumps(valid | {field: char * size}))


def bodies() -> Iterator[tuple[str, bytes]]:
    """Перечисляет тела по названиям."""
    yield "an ordinary one", orjson.dumps({"name": "Ivan", "email": "i@example.ru"})
    for field in ("name", "email", "address", "age"):
        for title, char in (
            ("marks out of order", "\u0301\u0327\u0334"),
            ("white space", "\u2003"),
            ("ASCII blanks", " "),
            ("format characters", "\u200b"),
            ("line breaks", "\n"),
            ("ligatures of eighteen", "\ufdfa"),
            ("letters of four", "\u1f82"),
        ):
            yield f"{field}: {title}", _alone(field, char)
    yield "email: one label of punycode", _alone("email", "xn--a.")
    for run in (1, 3, 29, 30, 31, 1000):
        yield f"every text: {run} marks after each letter", _fields(_marked(run))
    for run, label in itertools.product((3, 30), (1, 5, 16, 28, 48)):
        texts = _marked(run)
        yield (
            f"{run} marks, a domain by {label} letters",
            _fields(texts, email=_unicode_domain(label)),
        )
        yield (
            f"{run} marks, punycode by {label} letters",
            _fields(texts, email=_punycode_domain(label)),
        )
    for label, line in itertools.product((1, 16), ("я", "ὂ", "я,")):
        email, address = _punycode_domain(label), f"{line}\n" * (1020 // (len(line) + 1))
        yield (
            f"3 marks, punycode by {label} letters, lines of {len(line.encode())} bytes",
            _fields(_marked(3), email=email, address=address),
        )
    yield (
        "many keys",
        _filled(lambda size: orjson.dumps({str(number): 0 for number in range(size // 8)})),
    )
    yield "arrays in arrays", _filled(lambda size: b"[" * (size // 2) + b"]" * (size // 2))
    yield "a long number", _filled(lambda size: b'{"age":' + b"9" * (size - 8) + b"}")
    yield "escapes", _filled(lambda size: b'{"name":"' + b"\\u0301" * (size // 6 - 2) + b'"}')


async def _answer(register: RegisterCustomer, body: bytes) -> int:
    headers = [(b"content-type", b"application/json")]
    scope: Mapping[str, Any] = {"type": "http", "method": "POST", "headers": headers}

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    request = Request(dict(scope), receive)
    endpoint = RegisterEndpoint(count_replay=lambda: None, count_refusal=lambda _code: None)
    try:
        given, key = await read_request(request)
        status, _, _ = await endpoint.answer(register, given, key)
    except Exception as error:  # noqa: BLE001 — ответ есть на любую ошибку
        return (await on_error(request, error)).status_code
    return status


async def measured(
    given: Mapping[str, bytes], rounds: int = _ROUNDS
) -> dict[str, tuple[float, int]]:
    """Возвращает по названиям, сколько миллисекунд занял самый быстрый запрос, и код ответа.

    Тела идут по кругу: сосед по машине, который мешает минуту, не достаётся одному из них.
    """
    best = dict.fromkeys(given, (float("inf"), 0))
    for _ in range(rounds):
        for title, body in given.items():
            register = RegisterCustomer(InMemoryCustomerRepository(), lambda: datetime.now(UTC))
            started = time.perf_counter()
            status = await _answer(register, body)
            took = (time.perf_counter() - started) * 1000
            best[title] = min(best[title], (took, status))
    return best


def bodies_report() -> str:
    """Меряет и возвращает таблицу, дорогие первыми."""
    given = dict(bodies())
    found = asyncio.run(measured(given))
    lines = [f"{'ms':>8}  {'status':>6}  {'bytes':>6}  body"]
    for title, (took, status) in sorted(found.items(), key=itemgetter(1), reverse=True):
        lines.append(f"{took:8.3f}  {status:6}  {len(given[title]):6}  {title}")
    worst = max(found.values())[0]
    kept = "kept" if worst <= _PROMISED else "broken"
    lines.append(f"the most expensive: {worst:.3f} ms; the promise of {_PROMISED} ms is {kept}")
    return "\n".join([*lines, ""])
