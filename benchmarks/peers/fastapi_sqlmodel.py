"""FastAPI + SQLModel + psycopg2 по учебнику FastAPI, раздел SQL (Relational) Databases.

Как там: обработчик в пуле потоков, сеанс на запрос, проверка, вставка, refresh; ``echo`` включён.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import ConfigDict, EmailStr, NaiveDatetime
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, create_engine, select

# Адрес libpq с сокетом psycopg2 понимает как есть; без имени драйвера SQLAlchemy взял бы psycopg.
_URL = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg2")

engine = create_engine(_URL, echo=True)
app = FastAPI()


class CustomerCreate(SQLModel):
    """Тело запроса; типы строги, как у всех: иначе "33" сошло бы за возраст."""

    model_config = ConfigDict(strict=True)

    name: str = Field(min_length=1, max_length=100)
    email: EmailStr = Field(max_length=100)
    age: int | None = Field(default=None, ge=0, le=150)
    gender: str | None = Field(default=None, max_length=10)
    country: str | None = Field(default=None, max_length=100)
    address: str | None = Field(default=None, max_length=255)
    phone: str | None = Field(default=None, max_length=25)


class Customer(CustomerCreate, table=True):
    """Строка таблицы."""

    __tablename__ = "customers"

    id: int | None = Field(default=None, primary_key=True)
    # Пояса в столбце нет, а datetime в SQLModel требует пояса.
    registered_at: NaiveDatetime = Field(
        default_factory=lambda: datetime.now(UTC).replace(tzinfo=None)
    )


class CustomerPublic(CustomerCreate):
    """Ответ."""

    id: int
    registered_at: NaiveDatetime


def get_session() -> Iterator[Session]:
    """Сеанс на запрос."""
    with Session(engine) as session:
        yield session


@app.get("/health")
def health() -> dict[str, str]:
    """Отвечает, когда программа готова."""
    return {"status": "ok"}


@app.post("/register", status_code=201, response_model=CustomerPublic)
def register(
    customer: CustomerCreate, session: Annotated[Session, Depends(get_session)]
) -> Customer:
    """Проверяет, нет ли адреса, вставляет строку и перечитывает её."""
    if session.exec(select(Customer).where(Customer.email == customer.email)).first():
        raise HTTPException(status_code=400, detail="Email already registered")
    row = Customer.model_validate(customer)
    session.add(row)
    try:
        session.commit()
    except IntegrityError as error:
        raise HTTPException(status_code=400, detail="Email already registered") from error
    session.refresh(row)
    return row
