"""Под именем файла настроек бывает не файл: сервис не ждёт его без конца и не читает без меры."""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from entrypoints import settings_files
from entrypoints.cli.crm_api import crm_api
from entrypoints.settings import Settings, SettingsError, ignored_variables, load_settings

pytestmark = pytest.mark.usefixtures("folder")


@contextmanager
def _written_to(pipe: Path, content: str) -> Iterator[None]:
    writer = Thread(target=pipe.write_text, args=(content,))
    writer.start()
    yield
    writer.join()


def _refusal_of(path: str | Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings({"CRM_SETTINGS": str(path)})
    told = str(caught.value)
    assert told.startswith(f"cannot read the settings file {path}: ")
    assert "\n" not in told
    return told


@pytest.fixture
def pipe(folder: Path) -> Path:
    """Именованный канал."""
    made = folder / "pipe"
    os.mkfifo(made)
    return made


def test_pipe_gives_settings_as_a_file_does(pipe: Path) -> None:
    with _written_to(pipe, "port = 5\n"):
        assert load_settings({"CRM_SETTINGS": str(pipe)}).port == 5


def test_settings_of_a_pipe_are_shown_although_it_can_be_read_once(
    pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_SETTINGS", str(pipe))
    with _written_to(pipe, "port = 5\n"):
        result = CliRunner().invoke(crm_api, ["settings"])
    assert re.search(rf"CRM_PORT +5 +{pipe}\n", result.output)


def test_pipe_to_which_nobody_writes_is_not_waited_for(
    pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings_files, "_PATIENCE", 0.05)
    assert "nobody has written all of it within 0.05 s" in _refusal_of(pipe)
    pipe.rename(".env")
    with pytest.raises(SettingsError, match=r"settings file \.env: nobody has written"):
        load_settings({})


def test_pipe_whose_writer_has_failed_is_no_empty_file(pipe: Path) -> None:
    with _written_to(pipe, ""):
        assert "nothing was written to it" in _refusal_of(pipe)


def test_file_without_an_end_is_refused(folder: Path) -> None:
    assert "it is larger than 1 MiB" in _refusal_of("/dev/zero")
    (folder / ".env").symlink_to("/dev/zero")
    with pytest.raises(SettingsError, match=r"settings file \.env: it is larger than 1 MiB"):
        load_settings({})


def test_empty_device_is_an_empty_file() -> None:
    assert load_settings({"CRM_SETTINGS": os.devnull}) == Settings()


def test_what_is_no_file_is_refused(folder: Path) -> None:
    assert "directory" in _refusal_of(folder)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")  # полный путь бывает длиннее, чем принимает ядро
        _refusal_of("s")


def test_deeply_nested_file_is_refused(folder: Path) -> None:
    (folder / "deep.toml").write_text("port = " + "[" * 100_000)
    assert "nested too deeply" in _refusal_of("deep.toml")


def test_folder_of_a_virtual_environment_is_no_file_of_settings(folder: Path) -> None:
    (folder / ".env").mkdir()
    assert load_settings({}) == Settings()
    assert ignored_variables({}) == []
