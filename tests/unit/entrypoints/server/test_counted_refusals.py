"""Отказы соединения в регистрации считаются, как прочие, каким бы путём она ни шла."""

import asyncio

import pytest
from dependency_injector import providers

from domain.customer import NewCustomer
from entrypoints.container import Container
from tests.support.intercepted_customers import InterceptedCustomers
from tests.support.lone_connection import CHUNKED, POST, REQUEST, LoneConnection
from tests.support.virtual_time import in_virtual_time

BODY = b'{"name": "Ivan", "email": "i@shop.test"}'
WITH_LENGTH = POST[:-2] + b"Content-Length: %d\r\n\r\n" % len(BODY)  # короткий путь
IN_CHUNKS = CHUNKED[:-2] + b"Content-Type: application/json\r\n\r\n"
WHOLE = [WITH_LENGTH + BODY, IN_CHUNKS + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)]


class SlowRepository(InterceptedCustomers):
    """Хранилище, которое записывает шесть секунд: дольше, чем ждут своей очереди."""

    async def before(self, customer: NewCustomer) -> NewCustomer:
        await asyncio.sleep(6)
        return customer


def counted(container: Container) -> dict[str, float]:
    """Все отказы по кодам, и те, которых не было."""
    return {
        sample.labels["code"]: sample.value
        for metric in container.metrics_registry().collect()
        for sample in metric.samples
        if sample.name == "crm_refusals_total"
    }


async def refused(container: Container, *portions: bytes) -> dict[str, float]:
    """Шлёт это, молчит двадцать секунд и возвращает отказы по кодам."""
    connection = LoneConnection.opened(container)
    before = counted(container)
    for portion in portions:
        connection.data_received(portion)
        await asyncio.sleep(0.5)
    loop = asyncio.get_running_loop()
    while loop.time() < 20:
        await asyncio.sleep(0.5)
        connection.enforce_limits(loop.time())
    connection.connection_lost(None)
    after = counted(container)
    assert after.keys() == before.keys(), "a code is born as one"
    return {code: count for code, count in after.items() if count}


@pytest.mark.parametrize("begun", [WITH_LENGTH, WITH_LENGTH + b"{", IN_CHUNKS, IN_CHUNKS + b"9\r"])
@in_virtual_time
async def test_body_that_does_not_arrive_in_time(container: Container, *, begun: bytes) -> None:
    assert await refused(container, begun) == {"request_timeout": 1}


@pytest.mark.parametrize("portions", [[IN_CHUNKS, b"zz\r\n"], [IN_CHUNKS + b"zz\r\n"]])
@in_virtual_time
async def test_body_that_cannot_be_read(container: Container, *, portions: list[bytes]) -> None:
    assert await refused(container, *portions) == {"bad_request": 1}


@pytest.mark.parametrize("second", WHOLE)
@in_virtual_time
async def test_turn_that_comes_too_late(container: Container, *, second: bytes) -> None:
    container.customers.override(providers.Object(SlowRepository()))
    assert await refused(container, WITH_LENGTH + BODY + second) == {"overloaded": 1}


@pytest.mark.parametrize(
    "sent",
    [
        POST[:-2],
        REQUEST[:-2] + b"Content-Length: 9\r\n\r\n",
        REQUEST[:-2] + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"nothing of ours\r\n\r\n",
        WHOLE[0],
        WHOLE[1],
    ],
)
@in_virtual_time
async def test_what_is_no_refused_registration_is_not_counted(
    container: Container, *, sent: bytes
) -> None:
    assert await refused(container, sent) == {}
