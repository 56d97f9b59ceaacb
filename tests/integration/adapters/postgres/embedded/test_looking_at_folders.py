"""Взгляд на папку данных, ничего не запуская: отказ тот же, что был бы у запуска."""

import sys
import uuid
from pathlib import Path

import pytest

from adapters.postgres.embedded import EmbeddedPostgresError, has_cluster
from adapters.postgres.embedded.folders import Folders
from tests.support.embedded_server import IS_ROOT, refusal, root_only


@pytest.mark.skipif(IS_ROOT, reason="root may enter anywhere")
def test_look_at_a_closed_folder_refuses_as_the_start_would(folders: Folders) -> None:
    folders.root.mkdir(mode=0o000)
    for path in (folders.root, folders.root / "deeper"):
        with pytest.raises(EmbeddedPostgresError) as caught:
            has_cluster(path)
        assert str(caught.value) == refusal(path)
    folders.root.chmod(0o700)


@root_only
def test_look_at_a_folder_closed_to_the_server_account_refuses_as_the_start_would(
    data_root: Path,
) -> None:
    closed = data_root / uuid.uuid4().hex
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedPostgresError) as caught:
        has_cluster(closed / "data")
    assert str(caught.value) == refusal(closed / "data")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_look_at_a_place_that_keeps_no_files_refuses_as_the_start_would() -> None:
    place = Path("/proc/x")
    with pytest.raises(EmbeddedPostgresError) as caught:
        has_cluster(place)
    assert str(caught.value) == refusal(place)
    with pytest.raises(EmbeddedPostgresError, match="/proc: nothing can be made in it"):
        has_cluster(Path("/proc"))


def test_look_at_a_file_refuses_as_the_start_would(data_root: Path) -> None:
    file = data_root / uuid.uuid4().hex
    file.touch()
    for path in (file, file / "deeper"):
        with pytest.raises(EmbeddedPostgresError) as caught:
            has_cluster(path)
        assert str(caught.value) == refusal(path)
        assert "not a folder" in str(caught.value) or "Not a directory" in str(caught.value)


def test_look_leaves_nothing_behind(data_root: Path) -> None:
    folder = data_root / uuid.uuid4().hex
    folder.mkdir(mode=0o755)
    assert not has_cluster(folder / "deeper")
    assert not has_cluster(folder)
    assert list(folder.iterdir()) == []
