"""Команды записи, какими их читает человек; запуск (``make sql``) кладёт их рядом с тестом."""

import re
from textwrap import wrap

from adapters.postgres.registration.session import statements
from adapters.postgres.statement import Statement
from tests.support.project import ROOT

STATEMENTS = statements("character varying")
FOLDER = ROOT / "tests/unit/adapters/postgres/registration/sql"

_WIDTH = 100
_INDENT = "    "
_CLAUSE = (
    r"WITH(?! ORDINALITY)|INSERT|SELECT|(?<!DISTINCT )FROM|(?:(?:LEFT|FULL) OUTER )?JOIN|WHERE"
    r"|ORDER BY|ON CONFLICT|RETURNING|UNION ALL|FOR KEY SHARE"
)
_PART = re.compile(
    rf" ?(?:/\*(?P<comment>.*?) \*/|(?P<subquery>\()(?=SELECT|INSERT)|(?P<opening>\()"
    rf"|(?P<closing>\))|(?P<clause>\b(?:{_CLAUSE})\b)|'[^']*'|[^\s()']+)"
)


def readable(statement: Statement) -> str:
    """Раскладывает команду по строкам; кроме пробелов и вида пояснений, ничего не меняет."""
    lines: list[str] = []
    line, subqueries = "", list[bool]()

    def put(text: str, prefix: str = "", then: str = "") -> None:
        indent = _INDENT * sum(subqueries) + prefix
        lines.extend(wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent + then))

    for part in _PART.finditer(" ".join(statement.explained.split())):
        if part["comment"]:
            put(part["comment"].strip(), "-- ")
            continue
        is_end = part["closing"] and subqueries[-1]
        if is_end or (part["clause"] and all(subqueries[-1:])):
            put(line, then=_INDENT)
            line = ""
        if part["closing"]:
            subqueries.pop()
        line += part[0] if line else part[0].lstrip()
        if part["subquery"]:
            put(line, then=_INDENT)
            line = ""
        if part["subquery"] or part["opening"]:
            subqueries.append(bool(part["subquery"]))
    put(line, then=_INDENT)
    return "\n".join(lines) + ";\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in STATEMENTS:
        (FOLDER / f"{each.name}.sql").write_text(readable(each))
