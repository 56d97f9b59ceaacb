"""«Машина»: одна программа и всё, что она породила; её можно убить, заморозить и вернуть."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from attrs import define

from adapters.postgres.embedded.account import server_account
from tests.support.processes import descendants, freeze_tree, kill_tree, thaw_tree

_INIT = Path(__file__).with_name("init_process.py")
_STOP_SECONDS = 30


@define
class Machine:
    """Машина с одной программой под своим первым процессом.

    Attributes:
        name: имя, оно же имя журнала.
        folder: папка для её данных и журнала; переживает смерть машины.
    """

    name: str
    folder: Path
    _command: list[str]
    _environment: Mapping[str, str]
    _init: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Журнал всего, что на ней работает."""
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        """Включает машину; данные прошлого раза на месте."""
        account = server_account(self.folder)
        with self.log.open("ab") as output:
            self._init = subprocess.Popen(  # noqa: S603 — что запустить, решает тест
                [sys.executable, _INIT, str(account.uid), str(account.gid), *self._command],
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,  # Ctrl-C слышит только тест: он и остановит всё по порядку
            )

    def ensure_alive(self) -> None:
        """Проверяет, что машина не выключилась сама.

        Raises:
            AssertionError: выключилась; в тексте конец журнала.
        """
        is_alive = self._init is not None and self._init.poll() is None
        assert is_alive, f"{self.name} ended:\n{self.log.read_text(errors='replace')[-2000:]}"

    def runs(self, pid: int) -> bool:
        """Говорит, на этой ли машине процесс: чужим сигналов не посылают."""
        return pid in descendants(self._root)

    def freeze(self) -> None:
        """Замораживает всё: так для остальных выглядит застывшая машина."""
        freeze_tree(self._root)

    def thaw(self) -> None:
        """Размораживает всё."""
        thaw_tree(self._root)

    def kill(self) -> None:
        """Убивает всё сразу: так для остальных выглядит потерянная машина."""
        assert self._init
        if self._init.poll() is None:
            kill_tree(self._init.pid)
        self._init.wait(_STOP_SECONDS)

    def stop(self) -> None:
        """Выключает по-хорошему, а что не успело, то убивает; выключенную не трогает."""
        if self._init is None or self._init.poll() is not None:
            return
        self.thaw()
        self._init.terminate()
        try:
            self._init.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def _root(self) -> int:
        assert self._init
        return self._init.pid
