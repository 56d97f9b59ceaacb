"""FastAPI + асинхронный SQLAlchemy ORM + asyncpg: транзакция на запрос.

По документации SQLAlchemy, раздел Asynchronous I/O (``async_sessionmaker``,
``expire_on_commit=False``), и FastAPI, раздел Dependencies with yield.
"""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, EmailStr, Field
from sqlalchemy import String
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Папку сокета из ?host=… диалект asyncpg берёт сам.
_URL = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+asyncpg")

engine = create_async_engine(_URL)
new_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


class Base(DeclarativeBase):
    """Основа таблиц."""


class Customer(Base):
    """Строка таблицы."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(100), unique=True)
    age: Mapped[int | None]
    gender: Mapped[str | None] = mapped_column(String(10))
    country: Mapped[str | None] = mapped_column(String(100))
    address: Mapped[str | None] = mapped_column(String(255))
    phone: Mapped[str | None] = mapped_column(String(25))
    registered_at: Mapped[datetime] = mapped_column(
        default=lambda: datetime.now(UTC).replace(tzinfo=None)
    )


class CustomerCreate(BaseModel):
    """Тело запроса; типы строги, как у всех: иначе "33" сошло бы за возраст."""

    model_config = ConfigDict(strict=True)

    name: str = Field(min_length=1, max_length=100)
    email: EmailStr = Field(max_length=100)
    age: int | None = Field(default=None, ge=0, le=150)
    gender: str | None = Field(default=None, max_length=10)
    country: str | None = Field(default=None, max_length=100)
    address: str | None = Field(default=None, max_length=255)
    phone: str | None = Field(default=None, max_length=25)


class CustomerPublic(CustomerCreate):
    """Ответ."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    registered_at: datetime


async def get_session() -> AsyncIterator[AsyncSession]:
    """Сеанс на запрос."""
    async with new_session() as session:
        yield session


@app.get("/health")
async def health() -> dict[str, str]:
    """Отвечает, когда программа готова."""
    return {"status": "ok"}


@app.post("/register", status_code=201, response_model=CustomerPublic)
async def register(
    customer: CustomerCreate, session: Annotated[AsyncSession, Depends(get_session)]
) -> Customer:
    """Вставляет строку своей транзакцией; о занятом адресе говорит уникальный индекс."""
    row = Customer(**customer.model_dump())
    try:
        async with session.begin():
            session.add(row)
    except IntegrityError as error:
        raise HTTPException(status_code=400, detail="Email already registered") from error
    return row
