"""Программы старше схемы: с какими она ещё работает.

Схема меняется в два шага: сначала прибавляется (прежней программе лишнее не мешает), и только
через выпуск убирается то, чем никто больше не пользуется. Самую старую программу, которая ещё
работает, называет последней миграцией, какую та знает; миграция, которая что-то убирает,
объявляет её в ``oldest_program``.
"""

from importlib.metadata import version

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

VERSION_TABLE = "crm_api_schema_version"
"""Своё имя: у прежней версии сервиса могла быть собственная таблица ``alembic_version``."""

_TELL = text(f"UPDATE {VERSION_TABLE} SET oldest_program = :oldest, made_by = :made_by")  # noqa: S608 — имя своё
# Через JSON: в таблице, которую сделал не этот сервис, таких столбцов нет.
_ASK = text(
    "SELECT to_jsonb(told) ->> 'oldest_program', to_jsonb(told) ->> 'made_by'"  # noqa: S608 — имя своё
    f" FROM {VERSION_TABLE} AS told"
)


def tell_older_programs(connection: Connection, scripts: ScriptDirectory) -> None:
    """Запоминает в схеме, с какими программами она ещё работает и кто её такой сделал."""
    declared = (getattr(one.module, "oldest_program", None) for one in scripts.walk_revisions())
    oldest = next(filter(None, declared))
    connection.execute(_TELL, {"oldest": oldest, "made_by": version("crm-api")})


def refusal_of(connection: Connection, revision: str, known: tuple[str, ...]) -> str | None:
    """Говорит, почему эта программа не может работать со схемой новее неё; ``None`` — может."""
    oldest, made_by = connection.execute(_ASK).one()
    if oldest in known:
        return None
    if oldest is None:
        return (
            f"{VERSION_TABLE} names the migration {revision}, which no version of this service has"
            " made: put back what it held"
        )
    return (
        f"a newer version of this service made the schema ({revision}) and took away what this one"
        f" needs (it knows {known[-1]}, {oldest} is the least): install {made_by} or newer"
    )
