"""``CRM_REVEAL_TAKEN=false`` целиком: исход узнаёт подписчик и оператор, но не тот, кто спросил."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx2
import pytest

from entrypoints.webhook_secret import new_secret
from tests.support.crm import Crm
from tests.support.customers import IVAN
from tests.support.eventually import eventually
from tests.support.free_port import free_port
from tests.support.receiver_thread import ReceiverThread, receiver_thread
from tests.support.running_service import running_service
from tests.support.sql import execute

SECRET = new_secret()


@pytest.fixture
def subscriber() -> Iterator[ReceiverThread]:
    with receiver_thread(SECRET) as thread:
        yield thread


@contextmanager
def discreet_service(
    folder: Path,
    database: str,
    subscriber: ReceiverThread,
    *,
    port: int | None = None,
    **others: str,
) -> Iterator[httpx2.Client]:
    """Держит сервис, который об исходе молчит, и даёт его клиента."""
    with (
        running_service(
            folder,
            database_url=database,
            reveal_taken="false",
            operations_port=str(port or free_port()),
            webhook_url=subscriber.receiver.url,
            webhook_secret=SECRET,
            **others,  # type: ignore[arg-type]  # это настройки
        ) as service,
        service.client() as client,
    ):
        yield client


def test_outcome_is_told_to_the_subscriber_and_counted_for_the_operator_alone(
    tmp_path: Path, database: str, subscriber: ReceiverThread
) -> None:
    port = free_port()
    with discreet_service(tmp_path, database, subscriber, port=port, workers="2") as client:
        key = {"Idempotency-Key": "k"}
        answers = [
            client.post("/register", json=IVAN, headers=one) for one in (None, None, key, key)
        ]
        eventually(lambda: len(subscriber.told()) == 2)
        metrics = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    log = (tmp_path / "service.log").read_text()
    assert {(one.status_code, one.content) for one in answers} == {
        (202, b'{"status":"accepted"}'),
    }
    names = [sorted(one.headers) for one in answers]
    assert names == [names[0]] * 4
    registered, repeated = subscriber.told()
    assert registered["type"] == "customer.registered"
    assert repeated["type"] == "customer.registration_repeated"
    assert repeated["timestamp"] > registered["timestamp"]
    source = registered["data"].pop("source")
    assert (source, repeated["data"]) == ("registration", registered["data"])
    assert 'crm_registrations_total{outcome="registered"} 1.0' in metrics
    assert 'crm_registrations_total{outcome="email_taken"} 3.0' in metrics
    assert "crm_accepted" not in metrics
    assert IVAN["email"] not in log
    assert log.count("POST /register 202 in ") == 4


def has_told(subscriber: ReceiverThread, count: int) -> bool:
    return len(subscriber.told()) == count


def test_letters_are_as_rare_as_the_setting_says_and_each_has_an_id_of_its_own(
    tmp_path: Path, database: str, crm: Crm, subscriber: ReceiverThread
) -> None:
    age = "UPDATE repeated_registrations SET told_at = told_at - interval '2 hours'"
    with discreet_service(tmp_path, database, subscriber, repeated_hours="2") as client:
        for number in range(3):
            for _ in range(3):
                client.post("/register", json=IVAN)
            eventually(partial(has_told, subscriber, number + 2))
            execute(database, age)
        ids = [subscriber.receiver.headers(number)["webhook-id"] for number in range(4)]
        assert len(set(ids)) == 4
        shown = crm(database, "events", "status", "--json").stdout
    assert json.loads(shown)["events"] == ["customer.registered", "customer.registration_repeated"]


def test_erased_customer_is_told_nothing_of_repeats_before(
    tmp_path: Path, database: str, crm: Crm, subscriber: ReceiverThread
) -> None:
    with discreet_service(tmp_path, database, subscriber) as client:
        crm(database, "events", "pause", "webhook")
        for sent in (IVAN, IVAN, {**IVAN, "email": "other@example.ru"}):
            assert client.post("/register", json=sent).status_code == 202
        crm(database, "customers", "erase", IVAN["email"], "--yes")
        assert execute(database, "SELECT count(*) FROM repeated_registrations") == [(0,)]
        crm(database, "events", "resume", "webhook")
        eventually(lambda: len(subscriber.told()) > 0)
    assert subscriber.emails() == ["other@example.ru"]


def test_failed_event_of_a_repeat_is_replayed_with_its_id_and_time(
    tmp_path: Path, database: str, crm: Crm, subscriber: ReceiverThread
) -> None:
    with discreet_service(tmp_path, database, subscriber) as client:
        for _ in range(2):
            client.post("/register", json=IVAN)
        eventually(lambda: len(subscriber.told()) == 2)
        fail = "UPDATE past_events SET failure = 'HTTP 500' WHERE happened_at > '2000-01-01'"
        eventually(lambda: execute(database, f"{fail} RETURNING id"))
        crm(database, "events", "replay", "webhook", "--failed")
        eventually(lambda: len(subscriber.told()) == 3)
    first, again = (subscriber.receiver.headers(number)["webhook-id"] for number in (1, 2))
    assert first == again
    assert subscriber.told()[1] == subscriber.told()[2]
