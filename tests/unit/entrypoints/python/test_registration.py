"""Регистрация из Python без базы данных: два способа вызова, очередь, закрытие."""

import asyncio
import inspect
import pickle
import typing
from pathlib import Path

import attrs
import pytest
from dependency_injector import providers

from adapters.memory import InMemoryCustomerRepository
from application.idempotency import (
    IdempotencyKeyReusedError,
    InvalidIdempotencyKeyError,
)
from application.register_customer import RegisterCustomerCommand
from domain.errors import EmailAlreadyRegisteredError, InvalidCustomerError
from entrypoints.container import Container
from entrypoints.python import CustomerFields, async_registration, registration
from entrypoints.python.asynchronous import MAX_AT_ONCE
from entrypoints.settings import Settings, SettingsError
from tests.support.customers import IVAN, REGISTERED_AT
from tests.support.eventually import eventually
from tests.support.gated_repository import GatedRepository, container_with


@pytest.fixture
def gated() -> GatedRepository:
    return GatedRepository()


def test_synchronous_call_returns_the_customer(container: Container) -> None:
    with registration(container=container) as register:
        customer = register(**IVAN)
        assert not container.database().url.initialized
    assert customer.id == 1
    assert customer.registered_at == REGISTERED_AT
    assert {name: getattr(customer, name) for name in IVAN} == IVAN


@pytest.mark.anyio
async def test_asynchronous_call_returns_the_customer(container: Container) -> None:
    async with async_registration(container=container) as register:
        customer = await register(**IVAN)
    assert customer.id == 1
    assert {name: getattr(customer, name) for name in IVAN} == IVAN


def test_arguments_are_those_of_the_command() -> None:
    given = typing.get_type_hints(CustomerFields)
    command = {field.name: field.type for field in attrs.fields(RegisterCustomerCommand)}
    assert given == command
    required = {
        name
        for name, parameter in inspect.signature(RegisterCustomerCommand).parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    assert CustomerFields.__required_keys__ == required


def test_refusals_are_the_errors_of_the_domain() -> None:
    with registration("memory://") as register:
        register(**IVAN, idempotency_key="k")
        with pytest.raises(EmailAlreadyRegisteredError):
            register(**IVAN)
        with pytest.raises(InvalidCustomerError, match=r"name: required, age: out_of_range"):
            register(name="", email="a@b.ru", age=151)
        with pytest.raises(IdempotencyKeyReusedError):
            register(name="Pyotr", email="pyotr@example.ru", idempotency_key="k")
        with pytest.raises(InvalidIdempotencyKeyError):
            register(name="Pyotr", email="pyotr@example.ru", idempotency_key="")


def test_repeat_with_the_key_returns_the_same_customer() -> None:
    with registration("memory://") as register:
        first = register(**IVAN, idempotency_key="k")
        assert register(**IVAN, idempotency_key="k") == first


def test_forgotten_name_is_a_type_error_of_python() -> None:
    with registration("memory://") as register, pytest.raises(TypeError, match="name"):
        register(email="ivan@example.ru")  # type: ignore[call-arg]  # этого и не должно быть


@pytest.mark.parametrize("strict", ["true", "false"])
def test_field_that_no_customer_has_is_a_type_error_of_python(
    monkeypatch: pytest.MonkeyPatch, strict: str
) -> None:
    monkeypatch.setenv("CRM_STRICT_FIELDS", strict)  # говорит о HTTP
    with registration("memory://") as register:
        with pytest.raises(TypeError, match="adress"):
            register(**IVAN, adress="Orsk")  # type: ignore[call-arg]  # этого и не должно быть
        assert register(**IVAN).id == 1


def test_memory_is_also_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_DATABASE_URL", "memory://")
    with registration() as register:
        assert register(**IVAN).id == 1


def test_number_of_workers_concerns_only_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_WORKERS", "2")
    with registration("memory://") as register:
        assert register(**IVAN).id == 1


@pytest.mark.anyio
async def test_empty_address_is_the_embedded_server_whatever_the_files_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("CRM_DATABASE_URL=postgresql://shop.example/crm\n")
    container = container_with(InMemoryCustomerRepository())
    async with async_registration("", container=container):
        assert container.settings().database_url is None


def test_each_registration_in_memory_starts_empty() -> None:
    for _ in range(2):
        with registration("memory://") as register:
            assert register(**IVAN).id == 1


def test_wrong_address_is_a_settings_error() -> None:
    with pytest.raises(SettingsError, match="CRM_DATABASE_URL"), registration("mysql://u:p@h/d"):
        pass


def test_container_has_its_own_settings_again_after_the_block() -> None:
    own = Container()
    own.settings.override(providers.Object(Settings(database_url="postgresql://own/d")))
    with registration("memory://", container=own):
        assert own.settings().database_url == "memory://"
    assert own.settings().database_url == "postgresql://own/d"


def test_container_can_be_opened_again(container: Container) -> None:
    with registration(container=container) as register:
        register(**IVAN)
    with registration(container=container) as register, pytest.raises(EmailAlreadyRegisteredError):
        register(**IVAN)


@pytest.mark.anyio
async def test_another_event_loop_is_told_to_open_its_own(container: Container) -> None:
    async with async_registration(container=container) as register:
        with pytest.raises(RuntimeError, match="opened in another event loop: open it in this"):
            await asyncio.to_thread(lambda: asyncio.run(register(**IVAN)))
        assert (await register(**IVAN)).id == 1


@pytest.mark.anyio
async def test_any_number_of_calls_at_once_wait_for_their_turn(gated: GatedRepository) -> None:
    async with async_registration(container=container_with(gated)) as register:
        calls = asyncio.gather(
            *(register(name="Ivan", email=f"{n}@example.ru") for n in range(3 * MAX_AT_ONCE))
        )
        await asyncio.to_thread(eventually, lambda: gated.waiting == MAX_AT_ONCE)
        gated.gate.set()
        assert len({customer.id for customer in await calls}) == 3 * MAX_AT_ONCE
    assert gated.most == MAX_AT_ONCE


def test_works_inside_a_running_loop_as_in_a_notebook() -> None:
    async def cell() -> int:
        with registration("memory://") as register:
            return register(**IVAN).id

    assert asyncio.run(cell()) == 1


def test_open_registration_refuses_to_be_pickled_in_words() -> None:
    with registration("memory://") as register, pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(register)


@pytest.mark.anyio
async def test_asynchronous_one_refuses_to_be_pickled_too() -> None:
    async with async_registration("memory://") as register:
        with pytest.raises(TypeError, match="open a registration in the process that stores it"):
            pickle.dumps(register)
