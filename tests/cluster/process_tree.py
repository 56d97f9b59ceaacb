"""Процесс со всеми потомками: запустить, заморозить, убить целиком."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from adapters.postgres.embedded.account import server_account

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
        """Замораживает всех: так для остальных выглядит застывшая машина."""
        frozen: set[int] = set()
        # Пока шёл обход, кто-то мог успеть породить нового.
        while fresh := {self._init.pid, *descendants(self._init.pid)} - frozen:
            for pid in fresh:
                _send(pid, signal.SIGSTOP)
            frozen |= fresh

    def thaw(self) -> None:
        """Размораживает всех."""
        for pid in (*descendants(self._init.pid), self._init.pid):
            _send(pid, signal.SIGCONT)

    def kill(self) -> None:
        """Убивает всех сразу, никому не дав закончить начатое."""
        if self._init.poll() is None:
            self.freeze()
            for pid in (*descendants(self._init.pid), self._init.pid):
                _send(pid, signal.SIGKILL)
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


def descendants(ancestor: int) -> list[int]:
    """Находит всех живых потомков процесса."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # Имя программы в скобках бывает любым; родитель — второе поле после него (proc(5)).
            state, parent = stat.read_text().rpartition(") ")[2].split()[:2]
        except OSError:  # процесса уже нет
            continue
        if state != "Z":
            children.setdefault(int(parent), []).append(int(stat.parent.name))
    found = []
    unseen = [ancestor]
    while unseen:
        found += (born := children.get(unseen.pop(), []))
        unseen += born
    return found


def kill_with_descendants(pid: int) -> None:
    """Убивает процесс и всех, кто от него пошёл."""
    for victim in (pid, *descendants(pid)):
        _send(victim, signal.SIGKILL)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # успел закончиться сам
