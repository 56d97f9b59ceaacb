"""Litestar + asyncpg: пул в ``lifespan`` и в ``app.state``, запрос без ORM.

По документации Litestar, раздел Lifespan Context Managers, и asyncpg, раздел Connection Pools.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import asyncpg
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from litestar.plugins.pydantic import PydanticPlugin
from pydantic import BaseModel, EmailStr, Field

_INSERT = """
    INSERT INTO customers (name, email, age, gender, country, address, phone, registered_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    RETURNING *
"""


class CustomerCreate(BaseModel):
    """Тело запроса."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    email: Annotated[EmailStr, Field(max_length=100)]
    age: Annotated[int | None, Field(ge=0, le=150)] = None
    gender: Annotated[str | None, Field(max_length=10)] = None
    country: Annotated[str | None, Field(max_length=100)] = None
    address: Annotated[str | None, Field(max_length=255)] = None
    phone: Annotated[str | None, Field(max_length=25)] = None


class CustomerPublic(CustomerCreate):
    """Ответ."""

    id: int
    registered_at: datetime


@asynccontextmanager
async def database(app: Litestar) -> AsyncIterator[None]:
    """Держит пул соединений, пока работает программа."""
    # Папку сокета из ?host=… asyncpg понимает сам.
    async with asyncpg.create_pool(os.environ["DATABASE_URL"]) as pool:
        app.state.pool = pool
        yield


@get("/health")
async def health() -> dict[str, str]:
    """Отвечает, когда программа готова."""
    return {"status": "ok"}


@post("/register")
async def register(data: CustomerCreate, state: State) -> CustomerPublic:
    """Вставляет строку; о занятом адресе говорит уникальный индекс."""
    registered_at = datetime.now(UTC).replace(tzinfo=None)
    async with state.pool.acquire() as connection:
        try:
            row = await connection.fetchrow(_INSERT, *data.model_dump().values(), registered_at)
        except asyncpg.UniqueViolationError as error:
            raise HTTPException(status_code=400, detail="Email already registered") from error
    return CustomerPublic(**row)


def invalid(_: Request[Any, Any, Any], error: ValidationException) -> Response[dict[str, str]]:
    """Отвечает на неверное тело 422, как все; сам Litestar ответил бы 400."""
    return Response({"detail": error.detail}, status_code=422)


app = Litestar(
    [health, register],
    lifespan=[database],
    exception_handlers={ValidationException: invalid},
    # Типы строги, как у всех: иначе "33" сошло бы за возраст.
    plugins=[PydanticPlugin(validate_strict=True)],
)
