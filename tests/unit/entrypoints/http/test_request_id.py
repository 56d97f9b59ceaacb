"""Номер запроса: чужой верный остаётся, неверный не повторяется, и он есть везде."""

import asyncio
import io
import json
import logging

import httpx2
import pytest
from dependency_injector import providers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from entrypoints.container import Container
from entrypoints.logs import configure_logging
from entrypoints.request_id import current_request
from tests.support.browser_requests import PREFLIGHT, SHOP
from tests.support.customers import IVAN
from tests.support.failing_repositories import FailingRepository

WELL_FORMED = [
    "1",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "Root=1-67891233-abcdef012345678912345678",
    "a" * 64,
]
MALFORMED = ["", "a" * 65, "a b", "ivan@example.ru", 'a"b', "a\x7f", "a,b", "\xe9", "a\tb"]


def answered_id(client: TestClient, given: str | None = None, **request: str) -> str:
    headers = {} if given is None else {"X-Request-ID": given.encode("latin-1")}
    request = {"method": "GET", "url": "/health", **request}
    return str(client.request(**request, headers=headers).headers["x-request-id"])  # type: ignore[arg-type]  # имена верны


@pytest.mark.parametrize("given", WELL_FORMED)
def test_well_formed_id_is_kept(client: TestClient, given: str) -> None:
    assert answered_id(client, given) == given


@pytest.mark.parametrize("given", MALFORMED)
def test_malformed_id_is_replaced(client: TestClient, given: str) -> None:
    made = answered_id(client, given)
    assert made != given
    assert answered_id(client, made) == made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=80))
def test_answer_never_repeats_what_is_not_well_formed(client: TestClient, given: str) -> None:
    assert all(sign.isascii() and sign not in ' "@<>,;\\' for sign in answered_id(client, given))


def test_made_ids_differ(client: TestClient) -> None:
    assert len({answered_id(client) for _ in range(100)}) == 100


def test_only_one_id_is_answered(client: TestClient) -> None:
    answer = client.get("/health", headers={"X-Request-ID": "one"})
    assert answer.headers.get_list("x-request-id") == ["one"]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/nothing"), ("GET", "/register"), ("POST", "/register")]
)
def test_errors_have_an_id(client: TestClient, method: str, path: str) -> None:
    assert answered_id(client, "abc", method=method, url=path) == "abc"


def test_preflight_and_own_fault_have_an_id(container: Container) -> None:
    container.customers.override(providers.Object(FailingRepository(KeyError("x"))))
    with TestClient(container.app()) as client:
        headers = {"Origin": SHOP, "X-Request-ID": "abc"}
        preflight = client.options("/register", headers=headers | PREFLIGHT)
        fault = client.post("/register", json=IVAN, headers=headers)
    assert (preflight.status_code, preflight.headers["x-request-id"]) == (200, "abc")
    assert (fault.status_code, fault.headers["x-request-id"]) == (500, "abc")


def test_browser_may_read_the_id(client: TestClient) -> None:
    answer = client.get("/health", headers={"Origin": SHOP})
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    configure_logging("INFO", "json", logging.StreamHandler(stream))
    return stream


def test_every_log_line_of_a_request_has_its_id(container: Container, stream: io.StringIO) -> None:
    container.customers.override(providers.Object(FailingRepository(KeyError("x"))))
    with TestClient(container.app()) as client:
        client.post("/register", json=IVAN, headers={"X-Request-ID": "abc"})
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"].split(" in ")[0] for line in lines if line.get("request_id")] == [
        "unhandled error",
        "POST /register 500",
    ]
    assert {line["request_id"] for line in lines if "request_id" in line} == {"abc"}


def test_requests_answered_in_one_turn_of_the_loop_have_their_own_log_lines(
    container: Container, stream: io.StringIO
) -> None:
    async def ask_at_once(*ids: str) -> None:
        transport = httpx2.ASGITransport(container.app())
        async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as client:
            await asyncio.gather(
                *(client.get("/nowhere", headers={"X-Request-ID": one}) for one in ids)
            )

    asyncio.run(ask_at_once("one", "two", "three"))
    lines = map(json.loads, stream.getvalue().splitlines())
    ids = [line["request_id"] for line in lines if line["logger"] == "crm_api.http"]
    assert ids == ["one", "two", "three"]


def test_line_outside_any_request_has_no_id(stream: io.StringIO) -> None:
    logging.getLogger("x").info("alone")
    line = json.loads(stream.getvalue())
    assert not {"request_id", "request_ids"} & line.keys()


@pytest.mark.parametrize("length", [1, 20, 64])
def test_ids_of_a_large_batch_are_all_named_in_lines_that_a_pipe_takes_whole(
    stream: io.StringIO, length: int
) -> None:
    ids = tuple(f"{number:0{length}}"[-length:] for number in range(512))
    token = current_request.set(ids)
    logging.getLogger("crm_api.sql").info("%s", "x" * 700)
    current_request.reset(token)
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) < 4096
    assert [one for line in lines for one in json.loads(line)["request_ids"]] == list(ids)
    assert ["continued" in json.loads(line) for line in lines] == [False] + [True] * (
        len(lines) - 1
    )


def test_console_line_names_its_requests() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers = root.handlers[:]
    configure_logging("INFO", "console", logging.StreamHandler(stream))
    for served in ("abc", ("abc", "def"), ""):
        token = current_request.set(served)
        logging.getLogger("x").info("event")
        current_request.reset(token)
    root.handlers[:] = handlers
    ends = [line.partition("event")[2] for line in stream.getvalue().splitlines()]
    assert ends == [" [abc]", " [abc def]", ""]
