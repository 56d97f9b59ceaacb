"""Счёт вызовов одной регистрации: настоящий сервис, одно соединение."""

from pathlib import Path

import pytest

from benchmarks.call_path import OURS, CountFailedError, measured_path
from benchmarks.stand import Bench
from entrypoints.database_url import IN_MEMORY


def test_calls_of_a_lone_registration_are_counted(tmp_path: Path) -> None:
    path = measured_path(Bench(tmp_path, IN_MEMORY, IN_MEMORY))
    assert path.same > path.counted / 4
    assert {"domain/customer.py", "adapters/memory.py"} <= path.our_files.keys()
    assert path.packages[OURS] == sum(path.our_files.values())


def test_service_that_cannot_start_is_not_counted(tmp_path: Path) -> None:
    nowhere = f"postgresql:///crm_db?host={tmp_path}"
    with pytest.raises(CountFailedError, match="No such file or directory"):
        measured_path(Bench(tmp_path, nowhere, nowhere))
