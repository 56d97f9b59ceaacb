"""Регистрация доходит до подписчика, кто бы её ни принял и кто бы ни рассылал."""

import asyncio
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from adapters.postgres.delivery.operations import subscribe
from domain.events import EVENT_TYPES, REGISTRATION_REPEATED
from entrypoints.webhook_secret import new_secret
from tests.support.crm import Crm
from tests.support.eventually import eventually
from tests.support.nats_server import PASSWORD, SUBJECT, USER, running_nats
from tests.support.receiver_thread import ReceiverThread, receiver_thread
from tests.support.running_service import running_service, start
from tests.support.sql import execute

SECRET = new_secret()


@pytest.fixture
def subscriber() -> Iterator[ReceiverThread]:
    with receiver_thread(SECRET) as thread:
        yield thread


def waiting(database: str) -> int:
    return int(str(execute(database, "SELECT count(*) FROM waiting_events")[0][0]))


def test_service_with_two_lines_of_settings_tells_its_subscriber(
    tmp_path: Path, database: str, subscriber: ReceiverThread
) -> None:
    url = subscriber.receiver.url
    with (
        running_service(
            tmp_path, database_url=database, webhook_url=url, webhook_secret=SECRET
        ) as service,
        service.client() as client,
    ):
        for n in range(3):
            client.post("/register", json={"name": "Ёж", "email": f"{n}@example.ru"})
        eventually(lambda: len(subscriber.emails()) == 3)
        eventually(lambda: waiting(database) == 0)
        metrics = client.get("/metrics").text
        assert 'crm_events_total{outcome="delivered",subscriber="webhook"} 3.0' in metrics
        assert 'crm_events_total{outcome="failed",subscriber="webhook"} 0.0' in metrics
    log = service.log
    assert subscriber.emails() == [f"{n}@example.ru" for n in range(3)]
    assert "example.ru" not in log
    assert SECRET not in log


def test_process_without_settings_writes_events_and_a_relay_elsewhere_sends_them(
    tmp_path: Path, database: str, crm: Crm, subscriber: ReceiverThread
) -> None:
    subscribe(database, {"webhook": EVENT_TYPES}, log_sql=False)
    crm(database, "register", "--name", "Ivan", "--email", "first@example.ru")
    assert waiting(database) == 1
    process, log = start(
        tmp_path,
        program=("entrypoints.cli", "relay"),
        database_url=database,
        webhook_url=subscriber.receiver.url,
        webhook_secret=SECRET,
    )
    try:
        eventually(lambda: subscriber.emails() == ["first@example.ru"])
        crm(database, "register", "--name", "Ivan", "--email", "second@example.ru")
        eventually(lambda: len(subscriber.emails()) == 2)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()
    assert "relaying to webhook at http://127.0.0.1" in log.read_text()


def test_service_with_one_line_of_settings_stores_its_events_in_a_stream(
    tmp_path: Path, database: str
) -> None:
    (tmp_path / "nats").mkdir()
    with running_nats(tmp_path / "nats") as nats:
        asyncio.run(nats.create_stream())
        url = f"nats://{USER}:{quote(PASSWORD, safe='')}@{nats.address}/{SUBJECT}"
        with (
            running_service(tmp_path, database_url=database, webhook_url=url) as service,
            service.client() as client,
        ):
            for n in range(3):
                client.post("/register", json={"name": "Ёж", "email": f"{n}@example.ru"})
            eventually(lambda: waiting(database) == 0)
        log = service.log
        assert asyncio.run(nats.stored()) == 3
    for secret in (PASSWORD, quote(PASSWORD, safe=""), "example.ru"):
        assert secret not in log


def test_import_is_no_news_unless_it_is_told_to_be(folder: Path, database: str, crm: Crm) -> None:
    subscribe(database, {"crm": EVENT_TYPES}, log_sql=False)
    (folder / "old.csv").write_text("name,email\nIvan,old@example.ru\n")
    (folder / "new.csv").write_text("name,email\nIvan,new@example.ru\n")
    crm(database, "import", "old.csv")
    assert waiting(database) == 0
    crm(database, "import", "--events", "new.csv")
    told = "SELECT email, source FROM waiting_events JOIN customers ON customers.id = customer_id"
    assert execute(database, told) == [("new@example.ru", "import")]


def test_operator_sees_pauses_resumes_and_removes_subscribers(database: str, crm: Crm) -> None:
    assert "no subscribers" in crm(database, "events", "status").stdout
    subscribe(database, {"crm": EVENT_TYPES, "letters": EVENT_TYPES}, log_sql=False)
    crm(database, "register", "--name", "Ivan", "--email", "a@example.ru")
    crm(database, "events", "pause", "crm")
    shown = crm(database, "events", "status", "--json").stdout
    first, second = map(json.loads, shown.splitlines())
    assert (first["subscriber"], first["is_paused"], first["waiting"]) == ("crm", True, 1)
    assert (second["is_paused"], second["failed"]) == (False, 0)
    assert "paused" in crm(database, "events", "status").stdout
    crm(database, "events", "resume", "crm")
    assert "paused" not in crm(database, "events", "status").stdout
    removed = crm(database, "events", "remove", "crm", "--yes")
    assert removed.stdout == "crm is removed; 1 events were waiting for it.\n"
    assert waiting(database) == 1


def test_unknown_subscriber_is_one_line(database: str, crm: Crm) -> None:
    subscribe(database, {"crm": EVENT_TYPES}, log_sql=False)
    for command in (["pause", "x"], ["resume", "x"], ["remove", "x", "--yes"]):
        result = crm(database, "events", *command)
        assert result.exit_code == 1
        assert result.stderr == (
            "Error: there is no subscriber 'x' in this database; there are: crm\n"
        )


def test_replay_takes_one_choice(database: str, crm: Crm) -> None:
    for choice in ([], ["--all", "--failed"]):
        assert crm(database, "events", "replay", "crm", *choice).exit_code == 2


def test_subscriber_that_comes_later_may_ask_for_everyone_before_it(
    database: str, crm: Crm
) -> None:
    execute(
        database,
        "INSERT INTO customers (id, name, email, registered_at)"
        " SELECT n * 100, 'Ivan', n || '@example.ru', '2026-01-01'::date + n"
        " FROM generate_series(1, 300) AS n",
    )
    subscribe(database, {"crm": EVENT_TYPES}, log_sql=False)
    asked = crm(database, "events", "replay", "crm", "--since", "2026-10-01", "--json")
    assert json.loads(asked.stdout) == {"subscriber": "crm", "events": 28}
    assert crm(database, "events", "replay", "crm", "--all").stdout == "300 events wait for crm.\n"
    assert execute(database, "SELECT DISTINCT source FROM waiting_events") == [("backfill",)]


def test_those_registered_before_are_told_to_no_subscriber_to_other_events(
    database: str, crm: Crm
) -> None:
    subscribe(database, {"letters": [REGISTRATION_REPEATED]}, log_sql=False)
    refused = crm(database, "events", "replay", "letters", "--all")
    assert (refused.exit_code, refused.stderr) == (
        *(1,),
        "Error: letters does not take customer.registered\n",
    )


def test_failed_events_wait_again_when_they_are_replayed(database: str, crm: Crm) -> None:
    subscribe(database, {"crm": EVENT_TYPES}, log_sql=False)
    crm(database, "register", "--name", "Ivan", "--email", "a@example.ru")
    execute(
        database,
        "WITH failed AS (DELETE FROM waiting_events RETURNING *) INSERT INTO past_events"
        " (id, subscriber_id, type, customer_id, source, attempts, failure)"
        " SELECT id, subscriber_id, type, customer_id, source, 90, 'HTTP 500' FROM failed",
    )
    assert "1 failed" in crm(database, "events", "status").stdout
    told = crm(database, "events", "replay", "crm", "--failed")
    assert told.stdout == "1 events wait for crm.\n"
    assert "0 failed" in crm(database, "events", "status").stdout


def test_relay_without_subscribers_says_what_to_set(database: str, crm: Crm) -> None:
    result = crm(database, "relay")
    assert result.exit_code == 2
    assert "set CRM_WEBHOOK_URL and CRM_WEBHOOK_SECRET" in result.stderr


def test_relay_says_which_port_of_its_metrics_is_busy(database: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        process, log = start(
            tmp_path,
            program=("entrypoints.cli", "relay", "--metrics-port", str(port)),
            database_url=database,
            webhook_url="http://127.0.0.1:1/",
            webhook_secret=SECRET,
        )
        assert process.wait(30) == 1
    assert f"cannot serve metrics on 127.0.0.1:{port}: " in log.read_text()
    assert "; --metrics-port names another port" in log.read_text()
