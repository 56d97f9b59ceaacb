"""``crm-api events``, пока он идёт: подписчик на пробу и вид на доставленное."""

import json
import re
import signal
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner
from standardwebhooks.webhooks import Webhook

from adapters.postgres.delivery.operations import subscribe
from domain.events import EVENT_TYPES
from entrypoints.cli.crm_api import crm_api
from entrypoints.webhook_secret import key_of, new_secret
from tests.support.crm import Crm
from tests.support.eventually import eventually
from tests.support.free_port import free_port
from tests.support.running_service import start
from tests.support.sql import execute

SECRET = new_secret()
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def test_listener_prints_what_comes_and_whether_it_is_signed(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    program = ("entrypoints.cli", "events", "listen", "--json")
    process, log = start(tmp_path, program=program, webhook_url=url, webhook_secret=SECRET)
    try:
        eventually(lambda: is_listening(port))
        now, body = datetime.now(UTC), b'{"type":"customer.registered"}'
        signed = Webhook(SECRET).sign("one", now, body.decode())
        other = Webhook(new_secret()).sign("two", now, body.decode())
        stale = Webhook(SECRET).sign("three", now - timedelta(hours=1), body.decode())
        calls = (
            ("one", now, signed),
            ("two", now, other),
            ("three", now - timedelta(hours=1), stale),
        )
        answers = [
            httpx2.post(
                url,
                content=body,
                headers={
                    "webhook-id": name,
                    "webhook-timestamp": str(int(moment.timestamp())),
                    "webhook-signature": signature,
                },
                trust_env=False,
            ).status_code
            for name, moment, signature in calls
        ]
        oversized = httpx2.post(url, content=bytes(1_000_001), trust_env=False)
        headers = {"webhook-id": "four", "webhook-timestamp": "9" * 5000}
        endless = httpx2.post(url, content=body, headers=headers, trust_env=False)
        answers += [oversized.status_code, endless.status_code]
        assert answers == [204, 401, 401, 413, 401]
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(30)
    assert code == 0
    printed = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert [(one["webhook_id"], one["is_signed"]) for one in printed] == [
        *(("one", True), ("two", False), ("three", False), ("four", False)),
    ]


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_listener_without_settings_says_what_to_set(tmp_path: Path) -> None:
    port = free_port()
    program = ("entrypoints.cli", "events", "listen", "--port", str(port))
    process, log = start(tmp_path, program=program)
    try:
        eventually(lambda: "Listening" in log.read_text())
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(30)
    assert code == 0
    told = dict(line.split("=", 1) for line in log.read_text().splitlines() if "CRM_" in line)
    assert told["CRM_WEBHOOK_URL"] == f"http://127.0.0.1:{port}/"
    assert key_of(told["CRM_WEBHOOK_SECRET"])


def test_listener_says_how_to_name_another_port(database: str, crm: Crm) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        refused = crm(database, "events", "listen", "--port", str(busy.getsockname()[1]))
    assert refused.exit_code == 1
    assert refused.stderr.endswith("; --port names another port\n")


def test_tail_shows_what_is_delivered_and_what_is_given_up(
    tmp_path: Path, database: str, crm: Crm
) -> None:
    subscribe(database, {"crm": EVENT_TYPES}, log_sql=False)
    program = ("entrypoints.cli", "events", "tail", "--json")
    process, log = start(tmp_path, program=program, database_url=database)
    try:
        for email in ("a@example.ru", "b@example.ru"):
            crm(database, "register", "--name", "Ivan", "--email", email)
        execute(
            database,
            "WITH ended AS (DELETE FROM waiting_events RETURNING *) INSERT INTO past_events"
            " (id, subscriber_id, type, customer_id, source, attempts, failure, ended_at)"
            " SELECT id, subscriber_id, type, customer_id, source, 1,"
            " CASE customer_id WHEN 2 THEN 'HTTP 500' END, now() + interval '20 s' FROM ended",
        )
        eventually(lambda: log.read_text().count("\n") == 2)
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(30)
    assert code == 0
    shown = [json.loads(line) for line in log.read_text().splitlines()[:2]]
    assert all(MOMENT.fullmatch(one["ended_at"]) for one in shown)
    assert [(one["customer_id"], one["failure"]) for one in shown] == [(1, None), (2, "HTTP 500")]


@pytest.mark.parametrize(
    ("answer", "code", "left", "said"),
    [
        ("y\n", 0, 0, "crm is removed; 0 events were waiting for it.\n"),
        ("n\n", 3, 1, "Nothing is removed.\n"),
        ("", 1, 1, "Error: nobody answers; --yes does it without asking\n"),
    ],
)
def test_subscriber_is_removed_when_somebody_says_so(
    database: str, answer: str, code: int, left: int, said: str
) -> None:
    subscribe(database, {"crm": EVENT_TYPES}, log_sql=False)
    command = ["events", "remove", "crm"]
    done = CliRunner().invoke(crm_api, command, input=answer, env={"CRM_DATABASE_URL": database})
    assert done.exit_code == code
    assert "The 0 events that wait for crm are lost. Remove it?" in done.stderr
    assert done.output.endswith(said)
    assert execute(database, "SELECT count(*) FROM event_subscribers") == [(left,)]


def test_unknown_subscriber_is_told_without_a_question(database: str) -> None:
    command = ["events", "remove", "nobody"]
    done = CliRunner().invoke(crm_api, command, env={"CRM_DATABASE_URL": database})
    assert done.exit_code == 1
    told = "Error: there is no subscriber 'nobody' in this database; there are none\n"
    assert done.output == told
