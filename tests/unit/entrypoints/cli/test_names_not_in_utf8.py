"""Имя файла — любые байты: записанное не в UTF-8 не повод для трассировки."""

import json
import os
import tempfile
from pathlib import Path

import pytest

from entrypoints.json_line import json_line
from tests.support.crm import Crm
from tests.support.customers import IVAN

NAME = os.fsdecode(b"f\xff.csv")


def test_import_names_its_files_in_json(crm: Crm, folder: Path) -> None:
    (folder / NAME).write_text("name,email\nIvan,nobody\n")
    found = crm("import", "--json", NAME)
    assert found.exit_code == 3
    rejects = json.loads(found.stdout)["rejects"]
    assert (folder / rejects).read_bytes()
    assert rejects == f"{NAME}.rejects.csv"


def test_import_says_that_there_is_no_such_file(crm: Crm) -> None:
    found = crm("import", "--json", NAME)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.startswith("Error: cannot read f")
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize("option", ["--encoding", "--rejects", "--already"])
def test_options_take_any_bytes(crm: Crm, folder: Path, option: str) -> None:
    (folder / "customers.csv").write_text("name,email\nIvan,nobody\n")
    found = crm("import", option, NAME, "customers.csv")
    assert found.exit_code in {2, 3}
    assert "Traceback" not in found.output


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_check_names_a_data_folder(crm: Crm, flags: tuple[str, ...]) -> None:
    # tmp_path под root закрыта от сервера.
    data = os.fsdecode(os.fsencode(tempfile.gettempdir()) + b"/absent-\xff")
    found = crm("check", *flags, CRM_DATABASE_URL="", CRM_DATA_DIR=data, CRM_PORT="0")
    assert found.exit_code == 0
    assert "/absent-" in found.stdout
    if flags:
        details = [json.loads(line)["detail"] for line in found.stdout.splitlines()]
        assert any(detail.endswith(data) for detail in details)


def test_document_of_ordinary_texts_is_plain_json() -> None:
    assert json.loads(json_line(IVAN)) == IVAN
    assert json_line({"имя": "Ж"}) == '{"имя":"Ж"}'


def test_name_of_a_file_comes_back_from_json_as_it_was() -> None:
    assert json.loads(json_line({"path": NAME, "other": "Ж"})) == {"path": NAME, "other": "Ж"}
