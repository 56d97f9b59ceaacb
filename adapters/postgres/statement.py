"""Команда SQL: текст для сервера, а для читателя — он же с пояснениями."""

import hashlib
import re

from attrs import field, frozen
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.sql.expression import HasPrefixes

_dialect = dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # в SQLAlchemy не описан
_COMMENT = re.compile(r"/\*.*?\*/ ", re.DOTALL)


@frozen
class Statement:
    """Команда с параметрами ``$1``, ``$2``, …; собирается один раз.

    Attributes:
        name: имя: по нему команду узнают в журнале и в файлах ``.sql`` рядом с тестами.
        explained: текст с пояснениями.
        sql: то же одной строкой и без них: они нужны читателю, а не серверу.
        prepared_name: под каким именем её готовит сервер. Зависит от текста: за пулом под тем же
            именем могла остаться команда прежней версии.
    """

    name: str
    explained: str
    sql: str = field(init=False)

    prepared_name: bytes = field(init=False)

    @sql.default
    def _without_comments(self) -> str:
        return _COMMENT.sub("", " ".join(self.explained.split()))

    @prepared_name.default
    def _name_of_this_text(self) -> bytes:
        return f"crm_api_{hashlib.sha256(self.sql.encode()).hexdigest()[:12]}".encode()


def compiled(name: str, statement: ClauseElement) -> Statement:
    """Переводит команду SQLAlchemy в SQL."""
    return Statement(name, str(statement.compile(dialect=_dialect)))


def explained[Part: HasPrefixes](part: Part, why: str) -> Part:
    """Добавляет к ``SELECT`` или ``INSERT`` пояснение; оно едет с ними, куда бы их ни вставили."""
    return part.prefix_with(f"/* {' '.join(why.split())} */")
