"""Проверяющий с настоящим сервисом и настоящим PostgreSQL."""

from pathlib import Path

from tests.checker.comparison import compared
from tests.checker.history import Acknowledged, Refused, Registration, Unknown
from tests.checker.load import Load, Plan, running_load
from tests.checker.table import stored_rows
from tests.support.eventually import eventually
from tests.support.running_service import running_service


def test_finds_nothing_wrong_with_a_healthy_service(database: str, tmp_path: Path) -> None:
    with (
        running_service(tmp_path, database_url=database) as service,
        running_load(service.url, Plan(clients=4, repeat_every=7, keyless_every=2)) as load,
    ):
        eventually(lambda: len(load.registrations) >= 200 and both_kinds_repeated(load))
    verdict = compared(load.registrations, stored_rows(database, load.prefix))
    assert verdict.violations == {}
    assert verdict.acknowledged == len(load.registrations) >= 200
    assert verdict.fates.total == 0
    repeated = [r for r in load.registrations if len(r.attempts) > 1]
    # С ключом повтор получает прежний ответ, без ключа узнаёт, что адрес занят.
    assert {(r.has_key, bool(r.outcomes(Refused))) for r in repeated} == {
        (True, False),
        (False, True),
    }


def test_outcome_is_unknown_while_nobody_listens_and_known_afterwards(
    database: str, tmp_path: Path
) -> None:
    with running_service(tmp_path, database_url=database) as service:
        address = service.url
    port = address.rpartition(":")[2]
    with running_load(address, Plan(clients=1, retry_pause=0.01)) as load:
        eventually(lambda: any(r.outcomes(Unknown) for r in load.registrations))
        with running_service(tmp_path, database_url=database, port=port):
            eventually(lambda: load.acknowledged >= 1)
            load.stop()
            eventually(lambda: all(map(is_settled, load.registrations)))
    verdict = compared(load.registrations, stored_rows(database, load.prefix))
    assert verdict.violations == {}
    assert verdict.fates.total == verdict.fates.acknowledged == 1


def both_kinds_repeated(load: Load) -> bool:
    """Дошла ли очередь повторить и до клиента с ключом, и до клиента без него."""
    return {r.has_key for r in load.registrations if len(r.attempts) > 1} == {True, False}


def is_settled(registration: Registration) -> bool:
    return bool(registration.outcomes(Acknowledged))
