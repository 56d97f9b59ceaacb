"""Процесс и все, кто от него пошёл: заморозить, разморозить, убить (только Linux).

Сигналы получают лишь потомки того, кого тест запустил сам.
"""

import os
import signal
from pathlib import Path


def descendants(ancestor: int) -> list[int]:
    """Находит всех живых потомков процесса."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # Имя программы в скобках бывает любым; состояние и родитель идут за ним (proc(5)).
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


def freeze_tree(root: int) -> None:
    """Замораживает процесс и потомков: так для остальных выглядит застывшая машина."""
    frozen: set[int] = set()
    # Пока шёл обход, кто-то мог успеть породить нового.
    while fresh := {root, *descendants(root)} - frozen:
        _send(fresh, signal.SIGSTOP)
        frozen |= fresh


def thaw_tree(root: int) -> None:
    """Размораживает процесс и потомков."""
    _send({root, *descendants(root)}, signal.SIGCONT)


def kill_tree(root: int) -> None:
    """Убивает процесс и потомков сразу, никому не дав закончить начатое."""
    freeze_tree(root)
    _send({root, *descendants(root)}, signal.SIGKILL)


def _send(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue  # успел закончиться сам
