"""Прогон из командной строки: какие отказы устроить, в каких папках и чем кончить."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.faults.node_faults import FAULTS, Fault


def chosen_faults(names: Sequence[str]) -> list[Fault]:
    """Возвращает отказы с такими именами, без имён — все; с неизвестным именем кончает процесс."""
    known = [fault.name for fault in FAULTS]
    if unknown := [name for name in names if name not in known]:
        # Без этого опечатка была бы прогоном, в котором всё вышло.
        sys.exit(f"no such fault: {', '.join(unknown)}; there are:\n" + "\n".join(known))
    return [fault for fault in FAULTS if not names or fault.name in names]


@contextmanager
def trial_folders() -> Iterator[tuple[Path, Path]]:
    """Даёт папку для сервиса и папку для PostgreSQL; в конце убирает обе."""
    with tempfile.TemporaryDirectory(prefix="crm-api-faults-") as name:
        root = Path(name)
        root.chmod(0o755)  # в неё входит и учётная запись PostgreSQL
        folder = root / "service"
        folder.mkdir()
        yield folder, root


def end(failures: Sequence[str]) -> None:
    """Кончает процесс кодом 1, если что-то из обещанного не вышло."""
    if failures:
        sys.exit("\n".join(["not reached:", *failures]))
