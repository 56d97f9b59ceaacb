"""Связь рвётся посреди записи: исход узнаётся, а не угадывается."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg import sql

from adapters.postgres.registration.repository import PostgresCustomerRepository
from application.customer_repository import Registration, RepositoryUnavailableError
from application.idempotency import IdempotencyKey, IdempotencyKeyReusedError
from domain.customer import Customer
from domain.errors import EmailAlreadyRegisteredError
from tests.support.batches import RememberedErrors, patient_customers
from tests.support.customers import LATER_AT, new_customer
from tests.support.lossy_link import Loss, LossyLink, lossy_link
from tests.support.sql import add_trigger

pytestmark = pytest.mark.anyio


@pytest.fixture
async def link(database: str) -> AsyncIterator[LossyLink]:
    async with lossy_link(database) as link:
        yield link


@pytest.fixture
def observer() -> RememberedErrors:
    return RememberedErrors()


@pytest.fixture
async def customers(
    link: LossyLink, observer: RememberedErrors
) -> AsyncIterator[PostgresCustomerRepository]:
    """Хранилище, чьё соединение уже открыто и обе команды на нём готовы."""
    async with patient_customers(link.url, observer=observer) as customers:
        await customers.add(new_customer(email="first@example.ru"))
        await customers.add(new_customer(email="second@example.ru"), IdempotencyKey("second"))
        yield customers


def rows(database: str, table: str) -> int:
    with psycopg.connect(database) as connection:
        statement = sql.SQL("SELECT FROM {}").format(sql.Identifier(table))
        return connection.execute(statement).rowcount


@pytest.mark.parametrize("loss", Loss)
async def test_registration_without_a_key_is_found_by_itself_and_the_loss_is_counted(
    database: str,
    link: LossyLink,
    customers: PostgresCustomerRepository,
    observer: RememberedErrors,
    loss: Loss,
) -> None:
    link.lose(loss)
    registration = await customers.add(new_customer())
    assert registration == Registration(Customer.of(new_customer(), id=3))
    assert rows(database, "customers") == 3
    assert observer.errors == [None]


@pytest.mark.parametrize("loss", Loss)
async def test_registration_with_a_key_is_not_called_a_replay_of_itself(
    database: str, link: LossyLink, customers: PostgresCustomerRepository, loss: Loss
) -> None:
    link.lose(loss)
    registration = await customers.add(new_customer(), IdempotencyKey("k"))
    assert registration == Registration(Customer.of(new_customer(), id=3))
    assert rows(database, "customers") == 3
    assert rows(database, "idempotency_keys") == 2


async def test_every_row_of_a_lost_batch_learns_its_own_outcome(
    link: LossyLink, customers: PostgresCustomerRepository
) -> None:
    link.lose(Loss.ANSWER, Loss.ANSWER)
    key = IdempotencyKey("k")
    ended = await asyncio.gather(
        customers.add(new_customer(email="a@example.ru")),
        customers.add(new_customer(email="a@example.ru", name="Rival")),
        customers.add(new_customer(email="first@example.ru", registered_at=LATER_AT)),
        customers.add(new_customer(email="b@example.ru"), key),
        customers.add(new_customer(email="b@example.ru", registered_at=LATER_AT), key),
        customers.add(new_customer(email="c@example.ru"), key),
        customers.add(
            new_customer(email="second@example.ru", registered_at=LATER_AT),
            IdempotencyKey("second"),
        ),
        return_exceptions=True,
    )
    assert [type(end) for end in ended] == [
        Registration,
        EmailAlreadyRegisteredError,
        EmailAlreadyRegisteredError,
        Registration,
        Registration,
        IdempotencyKeyReusedError,
        Registration,
    ]
    registered = [end for end in ended if isinstance(end, Registration)]
    assert [(end.customer.id, end.is_replay) for end in registered] == [
        (3, False),
        (4, False),
        (4, True),
        (2, True),
    ]


async def test_lost_answer_does_not_make_a_rival_the_registered_one(
    database: str, link: LossyLink, customers: PostgresCustomerRepository
) -> None:
    # Тот же адрес и то же время, но другой покупатель: своим он себя не узнает.
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO customers (name, email, registered_at) VALUES (%s, %s, %s)",
            ["Rival", "ivan.ivanov@example.ru", new_customer().registered_at.replace(tzinfo=None)],
        )
    link.lose(Loss.ANSWER)
    with pytest.raises(EmailAlreadyRegisteredError):
        await customers.add(new_customer())


async def test_outcome_that_cannot_be_learnt_is_neither_good_nor_bad(
    database: str,
    link: LossyLink,
    customers: PostgresCustomerRepository,
    observer: RememberedErrors,
) -> None:
    key = IdempotencyKey("k")
    link.lose(Loss.ANSWER)
    link.is_down = True
    with pytest.raises(RepositoryUnavailableError, match="it is not known whether it was stored"):
        await customers.add(new_customer(), key)
    assert len(observer.errors) < 100  # между попытками сервер оставляют в покое
    assert rows(database, "customers") == 3
    link.is_down = False
    # Повтор с тем же ключом узнаёт исход первой попытки, и время у него — её.
    registration = await customers.add(new_customer(registered_at=LATER_AT), key)
    assert registration == Registration(Customer.of(new_customer(), id=3), is_replay=True)


async def test_server_that_falls_silent_right_after_connecting_is_left_for_another(
    database: str,
) -> None:
    async with lossy_link(database) as link:
        link.ignored = b"set_config"
        async with patient_customers(link.url) as customers:
            with pytest.raises(RepositoryUnavailableError):
                await customers.add(new_customer())
            link.ignored = b""
            async with asyncio.timeout(30):
                assert (await customers.add(new_customer())).customer.id == 1


async def test_batches_behind_a_lost_one_are_written(
    link: LossyLink, customers: PostgresCustomerRepository
) -> None:
    link.lose(*[Loss.ANSWER, Loss.QUESTION] * 5)
    ended = await asyncio.gather(
        *(customers.add(new_customer(email=f"{n}@example.ru")) for n in range(2000))
    )
    assert len({end.customer.id for end in ended}) == 2000


async def test_warning_about_a_write_is_followed_by_a_question(
    database: str, customers: PostgresCustomerRepository, caplog: pytest.LogCaptureFixture
) -> None:
    warning = "RAISE WARNING 'canceling wait for synchronous replication'; RETURN NEW"
    add_trigger(database, "warn", "BEFORE INSERT ON customers FOR EACH ROW", warning)
    registration = await customers.add(new_customer())
    assert registration == Registration(Customer.of(new_customer(), id=3))
    assert "the outcome is unknown" in caplog.text


async def test_one_key_in_two_processes_registers_once(database: str) -> None:
    # Два хранилища — два соединения, как у двух процессов.
    async with patient_customers(database) as one, patient_customers(database) as two:
        for n in range(50):
            key = IdempotencyKey(f"{n}")
            new = new_customer(email=f"{n}@example.ru")
            ended = await asyncio.gather(one.add(new, key), two.add(new, key))
            assert sorted(end.is_replay for end in ended) == [False, True]
            assert ended[0].customer == ended[1].customer
    assert rows(database, "customers") == rows(database, "idempotency_keys") == 50


async def test_one_key_with_other_data_in_two_processes_registers_once(database: str) -> None:
    async with patient_customers(database) as one, patient_customers(database) as two:
        for n in range(50):
            key = IdempotencyKey(f"{n}")
            ended = await asyncio.gather(
                one.add(new_customer(email=f"{n}@one.example.ru"), key),
                two.add(new_customer(email=f"{n}@two.example.ru"), key),
                return_exceptions=True,
            )
            assert {type(end) for end in ended} == {Registration, IdempotencyKeyReusedError}
    assert rows(database, "customers") == rows(database, "idempotency_keys") == 50
