"""Папка данных по умолчанию: где она у кого."""

from pathlib import Path

import pytest

from entrypoints.data_dir import default_data_dir


def as_ordinary_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("sys.platform", "linux")


def test_data_of_root_are_outside_its_private_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert default_data_dir() == Path("/var/lib/crm-api")


@pytest.mark.parametrize(
    ("xdg", "expected"),
    [
        ("/xdg", "/xdg/crm-api"),
        ("", "/home/ivan/.local/share/crm-api"),
        ("relative", "/home/ivan/.local/share/crm-api"),
    ],
)
def test_data_of_a_user_follow_the_xdg_specification(
    monkeypatch: pytest.MonkeyPatch, xdg: str, expected: str
) -> None:
    as_ordinary_user(monkeypatch)
    monkeypatch.setenv("HOME", "/home/ivan")
    monkeypatch.setenv("XDG_DATA_HOME", xdg)
    assert default_data_dir() == Path(expected)


def test_data_of_a_user_on_macos_are_in_application_support(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_ordinary_user(monkeypatch)
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setenv("HOME", "/Users/ivan")
    assert default_data_dir() == Path("/Users/ivan/Library/Application Support/crm-api")
