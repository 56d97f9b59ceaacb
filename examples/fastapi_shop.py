"""Сервис на FastAPI: регистрация открыта, пока он работает, и приходит в обработчики зависимостью.

Запуск: ``uvicorn examples.fastapi_shop:app``; где база данных, говорит ``CRM_DATABASE_URL``.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict

from crm_api import (
    AsyncRegister,
    DomainError,
    EmailAlreadyRegisteredError,
    InvalidCustomerError,
    RepositoryUnavailableError,
    async_registration,
)


class State(TypedDict):
    """Что открыто на всю жизнь сервиса."""

    register: AsyncRegister


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[State]:
    """Открывает регистрацию и закрывает её, дождавшись начатых."""
    async with async_registration() as register:
        yield {"register": register}


app = FastAPI(lifespan=lifespan)


def opened(request: Request) -> AsyncRegister:
    """Даёт открытую регистрацию обработчику."""
    register: AsyncRegister = request.state.register
    return register


class Guest(BaseModel):
    """Что приходит; правила — дело сервиса, здесь только имена полей."""

    name: str
    email: str


class Registered(BaseModel):
    """Что уходит: ``Customer`` — не модель Pydantic, и ``-> Customer`` FastAPI не примет."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    email: str


@app.post("/sign-up", status_code=201)
async def sign_up(
    guest: Guest,
    register: Annotated[AsyncRegister, Depends(opened)],
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Registered:
    """Регистрирует покупателя; с ключом повторённый запрос даст того же покупателя."""
    try:
        customer = await register(
            name=guest.name, email=guest.email, idempotency_key=idempotency_key
        )
    except EmailAlreadyRegisteredError:
        raise HTTPException(400, "already registered") from None
    except InvalidCustomerError as error:
        detail = {one.field: one.code for one in error.broken_rules}
        raise HTTPException(422, detail) from None
    except DomainError as error:  # негоден сам ключ или с ним уже приходили другие данные
        raise HTTPException(422, str(error)) from None
    except RepositoryUnavailableError:
        raise HTTPException(503, headers={"Retry-After": "5"}) from None
    return Registered.model_validate(customer)
