"""Команды записи: какими их видит сервер, такими их читает и человек."""

import re

import pytest

from adapters.postgres.statement import Statement
from tests.support.golden_sql import FOLDER, STATEMENTS, readable

_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)


def without_spaces(sql: str) -> str:
    return re.sub(r"\s", "", sql)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)
def test_file_shows_the_statement_of_today(statement: Statement) -> None:
    shown = (FOLDER / f"{statement.name}.sql").read_text()
    assert shown == readable(statement), "the statement has changed: make sql"


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)
def test_file_differs_from_what_is_sent_in_spaces_and_comments_only(statement: Statement) -> None:
    shown = _COMMENT.sub("", readable(statement))
    assert without_spaces(shown) == without_spaces(statement.sql) + ";"


def test_folder_shows_nothing_else() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {each.name for each in STATEMENTS}
