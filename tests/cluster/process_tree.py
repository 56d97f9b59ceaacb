"""«Машина» с одной программой: запустить, заморозить, убить целиком, остановить."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from adapters.postgres.embedded.account import server_account
from tests.processes import descendants, freeze_tree, kill_tree, thaw_tree

_INIT = Path(__file__).with_name("init_process.py")
_STOP_SECONDS = 30


class ProcessTree:
    """Программа под своим первым процессом; всё, что от неё пошло, — его потомки."""

    def __init__(
        self, command: list[str], *, folder: Path, environment: Mapping[str, str], log: Path
    ) -> None:
        account = server_account(folder)
        with log.open("ab") as output:
            self._init = subprocess.Popen(  # noqa: S603 — что запустить, решает тест
                [sys.executable, _INIT, str(account.uid), str(account.gid), *command],
                cwd=folder,
                env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,  # Ctrl-C слышит только тест: он и остановит всё по порядку
            )
        self._log = log

    def ensure_alive(self) -> None:
        """Проверяет, что дерево ещё живо.

        Raises:
            AssertionError: нет; в тексте конец журнала.
        """
        tail = self._log.read_text(errors="replace")[-2000:]
        assert self._init.poll() is None, f"{self._log} ended:\n{tail}"

    def freeze(self) -> None:
        """Замораживает всех."""
        freeze_tree(self._init.pid)

    def thaw(self) -> None:
        """Размораживает всех."""
        thaw_tree(self._init.pid)

    def kill(self) -> None:
        """Убивает всех сразу."""
        if self._init.poll() is None:
            kill_tree(self._init.pid)
        self._init.wait(_STOP_SECONDS)

    def stop(self) -> None:
        """Останавливает по-хорошему, а кто не успел, того убивает."""
        if self._init.poll() is None:
            self.thaw()
            self._init.terminate()
            try:
                self._init.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def descends(self, pid: int) -> bool:
        """Говорит, от этого ли дерева процесс: чужим сигналов не посылают."""
        return pid in descendants(self._init.pid)
