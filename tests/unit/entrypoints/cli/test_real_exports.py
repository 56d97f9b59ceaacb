"""Каждый файл, какой пишут настоящие инструменты: что увидит оператор и что запишется."""

import shlex
import shutil
from operator import attrgetter
from pathlib import Path

import pytest
from dependency_injector import providers

from entrypoints.container import Container
from tests.support.crm import run_crm
from tests.support.markdown import page_text
from tests.support.project import ROOT
from tests.support.real_exports import EXPORTS, Export
from tests.support.recording_repository import RecordingRepository

FILES = ROOT / "tests/support/data/csv"
_values = attrgetter("name", "age", "gender", "country", "address", "phone")


@pytest.mark.parametrize("export", EXPORTS, ids=lambda one: f"{one.file} {one.options}")
def test_file_is_stored_as_it_was_meant_or_the_damage_is_told(
    export: Export, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(FILES / export.file, folder)
    container, customers = Container(), RecordingRepository()
    container.customers.override(providers.Object(customers))
    monkeypatch.setattr("entrypoints.cli.import_execution.process_container", lambda: container)
    done = run_crm(
        "memory://", "import", export.file, *shlex.split(export.options.replace("\\", "\\\\"))
    )
    assert done.exit_code == export.exit_code, done.output
    assert export.seen in done.output
    assert {one.email: _values(one) for one in customers.customers} == dict(export.stored)


def test_every_file_is_tried() -> None:
    files = {path.name for path in FILES.iterdir()} - {"README.md"}
    assert files == {export.file for export in EXPORTS}


@pytest.mark.parametrize("page", ["docs/import.md", "docs/ru/import.md"])
def test_page_has_the_table_of_these_files(page: str) -> None:
    assert "\n".join(export.row for export in EXPORTS) in page_text(page)
