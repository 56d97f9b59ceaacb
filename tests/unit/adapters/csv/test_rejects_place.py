"""Где быть отказам и уже бывшим: что сказано, если туда их не записать."""

import fcntl
import os
import resource
from pathlib import Path
from typing import IO

import pytest

from adapters.csv.opening import opened_csv
from adapters.csv.rejects import opened_rejects
from tests.support.customers_csv import HEADER, MIXED, refused, rejects, run

pytestmark = pytest.mark.usefixtures("folder")


def test_rejects_that_cannot_be_written_are_told_before_the_start(folder: Path) -> None:
    (folder / "taken").mkdir()
    absent = "cannot write absent/r.csv: No such file or directory; name another place for it"
    refused(run(MIXED, "--rejects", "absent/r.csv"), absent)
    refused(run(MIXED, "--rejects", "taken"), "cannot write taken: it is a folder")
    os.mkfifo("queue")  # вместо устройства: на тех работает вся машина
    refused(run(MIXED, "--rejects", "queue"), "cannot write queue: it is not a regular file")
    itself = "cannot write customers.csv: it is the file to import"
    refused(run(MIXED, "--rejects", "./customers.csv"), itself)
    (folder / "r.csv.part").symlink_to("elsewhere")
    refused(run(MIXED, "--rejects", "r.csv"), "cannot write r.csv.part: Too many levels")


@pytest.mark.parametrize("name", ["c.csv", "./c.csv", "here/c.csv", "link.csv", "hard.csv"])
def test_rejects_and_already_there_in_one_file_are_told(folder: Path, name: str) -> None:
    (folder / "here").symlink_to(".")
    (folder / "link.csv").symlink_to("c.csv")
    if name == "hard.csv":
        (folder / "c.csv").touch()
        (folder / "hard.csv").hardlink_to("c.csv")
    told = "--already and --rejects (FILE.rejects.csv by default) name the same file, "
    # Загружаемого файла нет: сказано раньше, чем открыт хоть один.
    done = run(None, "--already", name, "--rejects", "c.csv")
    refused(done, f"{told}{Path(name)}; name another place for one of them")


def test_already_there_in_the_file_that_rejects_take_by_default_are_told(folder: Path) -> None:
    default = "customers.csv.rejects.csv"
    told = "--already and --rejects (FILE.rejects.csv by default) name the same file, "
    refused(run(MIXED, "--already", default), told + default)
    assert run(MIXED, "--already", default, "--dry-run").exit_code == 3
    assert rejects(folder, default)[0][0] == "already_line"


@pytest.mark.parametrize(("already", "kept"), [("c.csv", "c.csv.part"), ("c.csv.part", "c.csv")])
def test_file_that_is_written_under_the_name_of_the_other_is_told(already: str, kept: str) -> None:
    done = run(MIXED, "--already", already, "--rejects", kept)
    refused(done, "cannot write c.csv.part: c.csv is called so while it is written; name another")


def test_rejects_that_do_not_get_their_name_are_named_as_it_was_given(folder: Path) -> None:
    (folder / "customers.csv").write_text(HEADER + "Ivan,,\n")
    with opened_csv("customers.csv") as file:
        row = file.take()
        assert row is not None
        opened = opened_rejects(folder / "r.csv", file, lambda rule: rule.code)
        with opened as rejects:
            rejects.write(row, [])
            (folder / "r.csv.part").unlink()
            with pytest.raises(FileNotFoundError) as failed:
                rejects.keep()
    assert failed.value.filename == str(folder / "r.csv")


def test_file_to_import_is_not_overwritten_under_a_name_that_the_rejects_take(folder: Path) -> None:
    (folder / "r.csv.part").write_text(MIXED)
    (folder / "customers.csv").symlink_to("r.csv.part")
    told = run(None, "--rejects", "r.csv")
    refused(told, "cannot write r.csv.part: it is the file to import")
    assert (folder / "r.csv.part").read_text() == MIXED


@pytest.mark.parametrize("name", [".", "/", "r" * 300, "r" * 252])
def test_rejects_by_a_name_that_no_file_has_are_told(name: str) -> None:
    refused(run(MIXED, "--rejects", name), f"cannot write {name}: ")


def test_second_import_of_the_same_file_at_once_is_told(folder: Path) -> None:
    with (folder / "customers.csv.rejects.csv.part").open("w") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        refused(run(MIXED), "customers.csv.rejects.csv.part is being written by another import")


def test_rejects_that_another_import_has_just_kept_are_not_emptied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, part = folder / "customers.csv.rejects.csv", folder / "customers.csv.rejects.csv.part"

    def lock_at_last(stream: IO[str], operation: int) -> None:
        """Замок, пока которого ждали, другой запуск дописал и переименовал файл."""
        lock(stream, operation)
        stream.write("rejects of another import\n")
        stream.flush()
        part.rename(kept)

    lock = fcntl.flock
    monkeypatch.setattr("fcntl.flock", lock_at_last)
    refused(run(MIXED), "customers.csv.rejects.csv.part is being written by another import")
    assert kept.read_text() == "rejects of another import\n"


@pytest.mark.parametrize(
    ("row", "written"),
    [("Ivan,,\n", "customers.csv.rejects.csv"), ("Ivan,ivan@example.ru,1\n", "already.csv")],
)
def test_disk_that_is_full_is_one_line(folder: Path, row: str, written: str) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    content = HEADER + "Ivan,ivan@example.ru,1\n" + row * 10_000
    (folder / "customers.csv").write_text(content)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
    try:
        done = run(None, "--already", "already.csv")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"Error: cannot write {written}: File too large; 1 customers of the file are stored;"
        " the same command goes on from there\n"
    )
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]
