"""Сокеты сервиса: все или ни одного, и одна понятная строка, если не вышло."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EADDRINUSE

import pytest

from entrypoints.server.listening import bound_sockets

HOST = "127.0.0.1"


@pytest.fixture
def free_port() -> int:
    with socket.create_server((HOST, 0)) as opened:
        return int(opened.getsockname()[1])


def test_failure_of_one_address_closes_the_others_and_is_told(free_port: int) -> None:
    with socket.create_server(("127.0.0.2", free_port)):
        with (
            pytest.raises(OSError, match="in use") as refused,
            bound_sockets([HOST, "127.0.0.2"], free_port),
        ):
            pytest.fail("one of the addresses is taken")
        assert str(refused.value).startswith(f"cannot listen on 127.0.0.2:{free_port}: ")
        # Пока исключение живо, забытый сокет держал бы порт.
        with bound_sockets([HOST], free_port) as opened:
            assert [one.getsockname() for one in opened] == [(HOST, free_port)]


def test_sockets_are_closed_at_the_end(free_port: int) -> None:
    for _ in range(2):
        with bound_sockets([HOST], free_port) as opened:
            assert len(opened) == 1


def test_port_is_taken_from_others_but_refuses_until_somebody_listens(free_port: int) -> None:
    with bound_sockets([HOST], free_port) as [opened]:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, free_port))
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind((HOST, free_port))
        opened.listen()
        with connected(HOST, free_port):
            pass


def test_busy_port_is_told_once_and_in_words() -> None:
    with socket.create_server((HOST, 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(OSError, match="cannot listen") as refused, bound_sockets([HOST], port):
            pytest.fail("the port is taken")
    assert str(refused.value) == (
        f"cannot listen on {HOST}:{port}: {os.strerror(EADDRINUSE)};"
        " free the port or set CRM_HOST and CRM_PORT"
    )


@pytest.mark.parametrize(
    ("host", "shown"), [("192.0.2.1", "192.0.2.1:3001"), ("2001:db8::1", "[2001:db8::1]:3001")]
)
def test_address_of_another_machine_is_told_without_a_tuple(host: str, shown: str) -> None:
    # Адреса из документации (RFC 5737, RFC 3849): своими они не бывают.
    with pytest.raises(OSError, match="cannot listen") as refused, bound_sockets([host], 3001):
        pytest.fail("the address is not ours")
    assert str(refused.value).startswith(f"cannot listen on {shown}: ")
    assert str(refused.value).endswith("; set CRM_HOST to an address of this machine")
    assert "(" not in str(refused.value)


def test_unknown_host_is_told_in_words() -> None:
    with (
        pytest.raises(OSError, match=r"cannot listen on nowhere\.invalid:3001: [A-Z]"),
        bound_sockets(["nowhere.invalid"], 3001),
    ):
        pytest.fail("there is no such host")


@contextmanager
def connected(host: str, port: int) -> Iterator[None]:
    with socket.create_connection((host, port), timeout=10):
        yield


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
@pytest.mark.parametrize(
    "hosts",
    [
        ["::"],
        ["::", "0.0.0.0"],  # noqa: S104 — слушает, пока идёт тест
        ["127.0.0.1", "::"],
        ["127.0.0.1", "localhost", "::1"],
    ],
)
def test_both_families_are_served_on_one_port(hosts: list[str]) -> None:
    with bound_sockets(hosts, 0) as opened:
        (port,) = {one.getsockname()[1] for one in opened}
        for one in opened:
            one.listen()
        for host in ("127.0.0.1", "::1"):
            with connected(host, port):
                pass


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_client_over_ipv4_is_seen_as_such_though_both_families_are_served() -> None:
    with bound_sockets(["::"], 0) as opened:
        served = next(one for one in opened if one.family == socket.AF_INET)
        served.listen()
        with connected("127.0.0.1", served.getsockname()[1]):
            link, address = served.accept()
        link.close()
        assert address[0] == "127.0.0.1"
