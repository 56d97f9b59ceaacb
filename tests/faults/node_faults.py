"""Отказы: что случается и как это лечится."""

from collections.abc import Callable
from contextlib import suppress

from attrs import frozen

from tests.checker.flow import Stillness, wait_for_flow, wait_for_stillness
from tests.checker.load import Load
from tests.faults.stage import Stage
from tests.support.eventually import eventually

_DELAY = 0.4  # секунд на передачу: пачка идёт больше секунды


@frozen
class Fault:
    """Отказ.

    Attributes:
        name: что случилось.
        strike: устраивает отказ под нагрузкой и лечит его.
        times: сколько раз.
        most_silence: сколько секунд, самое большее, может не быть 201; ``None`` — пока длится
            отказ.
        is_pooled: стоит ли перед PostgreSQL PgBouncer.
        needs_small_disk: данные лежат на маленьком диске.
    """

    name: str
    strike: Callable[[Stage, Load], None]
    most_silence: float | None
    times: int = 1
    is_pooled: bool = False
    needs_small_disk: bool = False


def _crash_postgres(stage: Stage, _load: Load) -> None:
    stage.kill_server()


def _freeze_postgres(stage: Stage, load: Load) -> None:
    stage.freeze_server()
    wait_for_stillness(load)
    stage.thaw_server()


def _silence_link(stage: Stage, load: Load) -> None:
    stage.link.fall_silent()
    wait_for_stillness(load)
    stage.link.speak()


def _slow_down(stage: Stage, load: Load) -> None:
    stage.link.delay = _DELAY
    wait_for_flow(load, 50)
    stage.link.delay = 0


def _terminate_connections(stage: Stage, _load: Load) -> None:
    stage.terminate_connections()


def _kill_service(stage: Stage, _load: Load) -> None:
    stage.kill_service()
    stage.start_service()


def _kill_worker(stage: Stage, _load: Load) -> None:
    stage.kill_worker()


def _fill_disk(stage: Stage, load: Load) -> None:
    ballast = stage.folders.root / "ballast"
    with ballast.open("wb", buffering=0) as file:

        def is_still() -> bool:
            # Место освобождает и сам сервер: заполняется оно, пока запись не встанет.
            with suppress(OSError):
                while True:
                    file.write(bytes(1 << 16))
            return stillness()

        stillness = Stillness(load)
        eventually(is_still, seconds=60)
    ballast.unlink()


def _restart_everything(stage: Stage, _load: Load) -> None:
    stage.stop_service()
    stage.stop_server()
    stage.start_server()
    stage.start_service()


FAULTS = (
    Fault("kill -9 of PostgreSQL", _crash_postgres, 2, times=20),
    Fault("SIGSTOP of PostgreSQL, then SIGCONT", _freeze_postgres, None),
    Fault("link falls silent, then speaks", _silence_link, None),
    Fault("link slow: 0.8 s there and back", _slow_down, 5),
    Fault("pg_terminate_backend of all connections", _terminate_connections, 2, times=50),
    Fault("the same through PgBouncer", _terminate_connections, 2, times=50, is_pooled=True),
    Fault("kill -9 of the service, started again", _kill_service, 10),
    Fault("kill -9 of one worker of two", _kill_worker, 5),
    Fault("disk full, then freed", _fill_disk, None, needs_small_disk=True),
    Fault("restart of everything", _restart_everything, 10),
)
