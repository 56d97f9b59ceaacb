"""Чей это запрос: прокси верят, только если он доверенный, и читают его слова справа."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.sender_address import Headers, Network, SenderAddress

PROXY = "10.0.0.1"
TRUSTED = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
CLIENT = "198.51.100.7"
LIAR = "203.0.113.9"


def packed(address: str) -> bytes:
    return ip_address(address).packed


def sender(peer: str, *headers: tuple[str, str]) -> bytes:
    """Чей запрос, если доверяют сетям 10.0.0.0/8 и fd00::/8."""
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return found(TRUSTED, peer, raw)


def found(trusted: Sequence[Network], peer: str, headers: Headers) -> bytes:
    addresses = SenderAddress(trusted)
    return addresses.behind(addresses.nearest(peer), headers).network


def test_without_trusted_proxies_headers_mean_nothing() -> None:
    assert found([], PROXY, [(b"x-forwarded-for", b"198.51.100.7")]) == packed(PROXY)


def test_stranger_is_not_believed() -> None:
    assert sender(LIAR, ("X-Forwarded-For", CLIENT), ("Forwarded", f"for={CLIENT}")) == packed(LIAR)


@pytest.mark.parametrize(
    "told",
    [
        CLIENT,
        f"{LIAR}, {CLIENT}",
        f"{LIAR},{CLIENT} , 10.1.2.3",
        f"garbage, {CLIENT}:4711",
        f"{CLIENT}, [fd00::1]:80",
        f"::ffff:{CLIENT}",
    ],
)
def test_x_forwarded_for_is_read_from_the_right(told: str) -> None:
    assert sender(PROXY, ("X-Forwarded-For", told)) == packed(CLIENT)


@pytest.mark.parametrize(
    "told",
    [
        f"for={CLIENT}",
        f"For={CLIENT};proto=https;by=203.0.113.43",
        f'for="{CLIENT}:4711"',
        f'for={LIAR}, for="{CLIENT}:_port"; by=_proxy , for=10.9.9.9',
        f'proto=http;host="a,b;for={LIAR}";for={CLIENT}',
        'for="198.51.100\\.7"',
        f"for=unknown, for={CLIENT}, , for=10.9.9.9,",
        f'for={CLIENT}, for="[fd00::1]:80"',
    ],
)
def test_forwarded_is_read_by_its_grammar_from_the_right(told: str) -> None:
    assert sender(PROXY, ("Forwarded", told)) == packed(CLIENT)


@pytest.mark.parametrize(
    "headers",
    [
        [("Forwarded", "for=unknown")],
        [("Forwarded", "for=_hidden")],
        [("Forwarded", "proto=https")],
        [("Forwarded", f'for="{LIAR}')],
        [("Forwarded", f'for="x, for={LIAR}')],
        [("Forwarded", f"for={LIAR};for={CLIENT}")],
        [("Forwarded", f"for={LIAR} for={CLIENT}")],
        [("Forwarded", "for=[2001:db8::1]")],
        [("Forwarded", 'for="2001:db8::1"x')],
        [("Forwarded", "")],
        [("Forwarded", "," * 2000 + f"for={CLIENT}")],
        [("X-Forwarded-For", "")],
        [("X-Forwarded-For", f"{CLIENT}, unknown")],
        [("X-Forwarded-For", f"{CLIENT}, {'9' * 2000}")],
        # Прокси пишет один заголовок, а другой прислан с запросом: какой чей, не узнать.
        [("X-Forwarded-For", CLIENT), ("Forwarded", f"for={LIAR}")],
    ],
)
def test_whom_the_proxy_does_not_name_is_counted_as_the_proxy(
    headers: list[tuple[str, str]],
) -> None:
    assert sender(PROXY, *headers) == packed(PROXY)


def test_both_headers_may_say_the_same() -> None:
    both = [("X-Forwarded-For", f"{LIAR}, {CLIENT}"), ("Forwarded", f"for={CLIENT}")]
    assert sender(PROXY, *both) == packed(CLIENT)


def test_header_that_is_repeated_is_one_list() -> None:
    both = [("X-Forwarded-For", LIAR), ("X-Forwarded-For", CLIENT)]
    assert sender(PROXY, *both) == packed(CLIENT)


def test_chain_of_proxies_alone_is_counted_as_the_farthest() -> None:
    assert sender(PROXY, ("X-Forwarded-For", "10.5.5.5, 10.6.6.6")) == packed("10.5.5.5")
    assert sender(PROXY, ("X-Forwarded-For", "unknown, 10.6.6.6")) == packed("10.6.6.6")


def test_ipv6_is_counted_by_its_64_bits() -> None:
    one, other = sender("2001:db8:0:1::1"), sender("2001:db8:0:1:ffff::2")
    assert one == other != sender("2001:db8:0:2::1")
    behind = sender("fd00::1", ("Forwarded", 'for="[2001:db8:0:1::5]:80"'))
    assert behind == one


def test_ipv4_client_of_a_dual_stack_socket_is_the_same_client() -> None:
    assert sender(f"::ffff:{CLIENT}") == sender(CLIENT)
    assert sender(f"::ffff:{PROXY}", ("X-Forwarded-For", CLIENT)) == packed(CLIENT)


def test_those_who_are_gone_already_are_counted_together() -> None:
    assert found(TRUSTED, "", []) == b""


LIES = st.text(st.characters(max_codepoint=255), max_size=200) | st.lists(
    st.sampled_from(["for=", LIAR, '"', "\\", ",", ";", " ", "[::1]", "10.0.0.9", ":80"])
).map("".join)
WRITTEN = st.sampled_from(
    [
        ("Forwarded", f"for={CLIENT}"),
        ("Forwarded", f'for="{CLIENT}:80";proto=http'),
        ("X-Forwarded-For", CLIENT),
    ]
)


@given(LIES, WRITTEN)
def test_what_a_client_sends_itself_never_makes_another_client_of_it(
    lie: str, written: tuple[str, str]
) -> None:
    """Прокси дописал адрес справа; что бы клиент ни прислал сам, он — это он или прокси."""
    name, value = written
    assert sender(PROXY, (name, f"{lie}, {value}")) in {packed(CLIENT), packed(PROXY)}
