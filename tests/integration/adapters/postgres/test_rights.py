"""С правами, которые называет страница о PostgreSQL, и без других каждый делает своё."""

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.postgres.delivery.operations import subscribe
from adapters.postgres.delivery.past import tail
from adapters.postgres.delivery.statements import FORGET, HASTEN, HOLDER, LAG
from adapters.postgres.delivery.waiting import postgres_events
from adapters.postgres.registration.repository import postgres_customers
from application.waiting_events import Settlement
from domain.events import EVENT_TYPES
from tests.support.crm import run_crm
from tests.support.customers import REGISTERED_AT
from tests.support.markdown import page_text
from tests.support.repeated_registrations_contract import DAY
from tests.support.sql import execute

PAGE = "docs/postgresql.md"
GREEK = "ΟΔΟΣ{}@example.ru"  # сравнивается не в том виде, в каком дан


def rows_of_the_page() -> dict[str, list[str]]:
    """Читает таблицу прав: кто и что ему дать."""
    _, _, section = page_text(PAGE).partition("\n## Rights\n")
    cells = re.findall(r"^\| (.+?) \| (.+) \|$", section.partition("\n## ")[0], re.MULTILINE)
    return {who.split(":")[0]: re.findall("`([^`]+)`", what) for who, what in cells[1:]}


RIGHTS = rows_of_the_page()


@contextmanager
def role_with(database: str, grants: list[str]) -> Iterator[str]:
    """Роль, у которой есть эти права и больше никаких, и адрес для неё."""
    with psycopg.connect(database, autocommit=True) as admin:
        role = sql.Identifier(f"role_{os.urandom(6).hex()}")
        base = admin.info.dbname
        admin.execute(sql.SQL("CREATE ROLE {}").format(role))
        admin.execute(f"REVOKE TEMPORARY ON DATABASE {base} FROM PUBLIC")
        for grant in grants:
            admin.execute(f"GRANT {grant.replace('crm_db', base)} TO {role.as_string()}")
        name = role.as_string().strip('"')
        try:
            yield make_conninfo(database, options=f"-c role={name}")
        finally:
            admin.execute(sql.SQL("DROP OWNED BY {}").format(role))
            admin.execute(sql.SQL("DROP ROLE {}").format(role))


class Shop:
    """Магазин, в котором есть с чем работать каждой команде."""

    def __init__(self, database: str, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.number = 0

    def fresh(self) -> str:
        """Новый адрес."""
        self.number += 1
        return GREEK.format(self.number)

    def customer(self) -> str:
        """Записывает покупателя, у которого есть всё; возвращает адрес."""
        email = self.fresh()
        done(self.database, *registration(email, f"key-{self.number}"))
        return email

    def file(self) -> str:
        """Пишет файл для загрузки; возвращает его имя."""
        file = self.folder / "customers.csv"
        file.write_text(f"name,email\nIvan,{self.fresh()}\n", encoding="utf-8")
        return str(file)

    def waiting(self) -> None:
        """Ставит подписчику события, одно из них — о том, кого уже нет."""
        subscribe(self.database, {"crm": EVENT_TYPES}, log_sql=False)
        for _ in range(4):
            self.customer()
        execute(
            self.database,
            "UPDATE waiting_events SET customer_id = 0"
            " WHERE id = (SELECT min(id) FROM waiting_events)",
        )


def registration(email: str, key: str) -> list[str]:
    return ["register", "--name", "Ivan", "--email", email, "--idempotency-key", key]


def done(url: str, *arguments: str) -> None:
    result = run_crm(url, *arguments, CRM_AUTO_MIGRATE="false", CRM_PORT="0")
    assert result.exit_code == 0, result.output


def registers(shop: Shop, url: str) -> None:
    email = shop.fresh()
    for _ in range(2):
        done(url, *registration(email, f"key-{shop.number}"))
    done(url, "check")


def registers_discreetly(shop: Shop, url: str) -> None:
    shop.customer()

    async def tell() -> None:
        async with postgres_customers(url, log_sql=False, is_discreet=True) as customers:
            await customers.ensure_ready()
            await customers.tell_repeated(1, REGISTERED_AT, REGISTERED_AT - DAY)

    asyncio.run(tell())


def imports(shop: Shop, url: str) -> None:
    done(url, "import", shop.file())


def tries_an_import(shop: Shop, url: str) -> None:
    done(url, "import", shop.file(), "--dry-run")


def sends(shop: Shop, url: str) -> None:
    shop.waiting()
    subscribe(url, {"crm": EVENT_TYPES[:1], "other": EVENT_TYPES}, log_sql=False)

    async def send() -> None:
        async with postgres_events(url, log_sql=False, keep_days=1) as events:
            first, second, third = await events.take("crm", 10, 0.0)
            await events.settle(
                [
                    Settlement(event=first),
                    Settlement(event=second, failure="no"),
                    Settlement(event=third, retry_in=1.0),
                ]
            )
            await events.ask(LAG, b"10")
            await events.ask(HASTEN, b"3700")
            await events.ask(FORGET, b"0")
            await events.ask(HOLDER)
            await events.pause("crm", "gone")

    asyncio.run(send())


def looks_after_events(shop: Shop, url: str) -> None:
    shop.waiting()
    for command in (
        ("status",),
        ("pause", "crm"),
        ("resume", "crm"),
        ("replay", "crm", "--failed"),
        ("replay", "crm", "--all"),
        ("remove", "crm", "--yes"),
    ):
        done(url, "events", *command)
    tail(url, seen=set(), log_sql=False)


def cleans(shop: Shop, url: str) -> None:
    shop.customer()
    done(url, "keys", "clean", "--older-than", "1")


def shows(shop: Shop, url: str) -> None:
    email = shop.customer()
    done(url, "customers", "show", email)
    done(url, "customers", "export", email)


def erases(shop: Shop, url: str) -> None:
    done(url, "customers", "erase", shop.customer(), "--yes", "--tombstone")
    done(url, "customers", "erase", shop.customer(), "--yes")


def reports(shop: Shop, url: str) -> None:
    shop.customer()
    done(url, "report")
    done(url, "migrate", "audit")


DOES: Mapping[str, Callable[[Shop, str], None]] = {
    "registering": registers,
    "registering with `CRM_REVEAL_TAKEN=false`, besides": registers_discreetly,
    "`import`, besides": imports,
    "`import --dry-run`, besides": tries_an_import,
    "sending events": sends,
    "`events`": looks_after_events,
    "`keys clean`": cleans,
    "`customers show`, `export`": shows,
    "`customers erase`": erases,
    "`report`, `migrate audit`": reports,
}


def test_page_says_of_each_what_it_needs() -> None:
    assert set(RIGHTS) == set(DOES)


@pytest.mark.parametrize("who", DOES)
def test_each_does_its_work_with_the_rights_of_the_page(
    database: str, tmp_path: Path, who: str
) -> None:
    besides = RIGHTS["registering"] if who.endswith(", besides") else []
    with role_with(database, [*besides, *RIGHTS[who]]) as url:
        DOES[who](Shop(database, tmp_path), url)
