"""Смерть процесса посреди работы: ровно на том её шаге, который назван."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from attrs import frozen

from tests.support.project import ROOT

# Шаги называет сам Python (PEP 578). Программа успевает начаться: смерть застаёт её за работой.
_HOOK = """
import os, signal, sys, threading
from pathlib import Path

wanted, left = sys.argv[1], int(sys.argv[2])

def die_with_child_at_work(known):
    while set(children()) <= known:
        pass
    os.kill(os.getpid(), signal.SIGKILL)

def children():
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()

def step(event, arguments):
    global left
    is_program = event == "subprocess.Popen" and Path(os.fsdecode(arguments[0])).name == wanted
    if not (is_program or event == wanted):
        return
    left -= 1
    if left == 0 and is_program:
        threading.Thread(target=die_with_child_at_work, args=[set(children())]).start()
    elif left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

"""


@frozen
class Moment:
    """Когда умереть.

    Attributes:
        step: имя программы, едва она начата, или событие аудита Python, прежде чем оно случится.
        number: какое по счёту.
    """

    step: str
    number: int = 1

    def __str__(self) -> str:
        return f"{self.step} {self.number}"


def killed_at(moment: Moment, imports: str, call: str, *arguments: Path) -> None:
    """Исполняет вызов в другом процессе, который умирает в назначенный миг.

    Args:
        moment: когда.
        imports: что импортировать до начала счёта.
        call: вызов; аргументы в нём — ``paths``.
        arguments: пути для него.
    """
    code = (
        f"{_HOOK}\n{imports}\npaths = [Path(one) for one in sys.argv[3:]]\n"
        f"sys.addaudithook(step)\n{call}\n"
    )
    run = subprocess.run(  # noqa: S603 — запускается свой же код
        [sys.executable, "-c", code, moment.step, str(moment.number), *arguments],
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == -signal.SIGKILL, (moment, run.stderr)
