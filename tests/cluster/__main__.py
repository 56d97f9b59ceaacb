"""Отказы кластера один за другим под нагрузкой; строка на отказ, в конце по строке на подписчика.

Итоги остаются в ``results.json`` и ``deliveries.json`` рядом и в таблицах документации.
``CLUSTER_ROUNDS`` — сколько раз повторить все отказы. Код выхода 1, если что-то из обещанного не
вышло. Всё запущенное останавливается и после Ctrl-C, и после SIGTERM.
"""

import os
import signal
import sys
import time

from tests.checker.comparison import Verdict, compared
from tests.checker.delivery_results import counted_deliveries
from tests.checker.flow import wait_for_flow, wait_for_stillness
from tests.checker.history import Registration, longest_silence, slowest_attempt, unanswered
from tests.checker.load import Load, Plan, running_load
from tests.checker.results import Result, worst
from tests.checker.subscribers import two_subscribers
from tests.checker.table import stored_rows
from tests.cluster.cluster import Cluster, running_cluster
from tests.cluster.cluster_faults import FAULTS, Fault
from tests.cluster.report import put_results
from tests.faults.run import end
from tests.support.eventually import eventually
from tests.support.required_programs import ToolMissingError
from tests.support.running_service import Service, running_service
from tests.support.said import say
from tests.support.sigterm import clean_up_on_sigterm

_ROUNDS = int(os.environ.get("CLUSTER_ROUNDS", "1"))
# Четыреста в секунду: нагрузка, от которой etcd и Patroni на тех же ядрах не задыхаются.
_PLAN = Plan(clients=16, pause=0.04, repeat_every=20, keyless_every=4)
_FLOW = 500  # столько новых 201 значит: пишется снова
_TROUBLE = 3.0  # секунд длится каждая беда одного из подписчиков
_PATIENCE = 600.0  # секунд на то, чтобы разослать всё, что осталось


def main() -> None:
    """Устраивает все отказы и показывает итоги."""
    clean_up_on_sigterm()
    results: list[Result] = []
    history: list[Registration] = []
    with running_cluster() as cluster:
        folder = cluster.folder / "service"
        folder.mkdir()
        with (
            two_subscribers(folder, trouble=_TROUBLE) as subscribers,
            running_service(folder, database_url=cluster.url) as service,
        ):
            for fault in FAULTS * _ROUNDS:
                load = _struck(fault, cluster, service)
                history += load.registrations
                results.append(_judged(fault, load, cluster))
                say(str(results[-1]))
            verdicts = subscribers.verdicts(cluster.url, seconds=_PATIENCE)
        # Потерять подтверждённое раньше мог и любой следующий отказ.
        total = compared(history, stored_rows(cluster.url, ""))
    say(_total(total))
    told = counted_deliveries("all of them", total.acknowledged, verdicts)
    for one in told:
        say(str(one))
    put_results(worst(results), told)
    failures = [f"{r.fault}: {', '.join(r.failures)}" for r in results if r.failures]
    failures += [f"in the end: {what}: {len(keys)}" for what, keys in total.violations.items()]
    end([*failures, *(what for one in told for what in one.failures)])


def _struck(fault: Fault, cluster: Cluster, service: Service) -> Load:
    """Устраивает отказ под нагрузкой, лечит и ждёт, пока всё пойдёт как прежде."""
    with running_load(service.url, _PLAN) as load:
        wait_for_flow(load, _FLOW)
        healing = fault.strike(cluster)
        until = time.monotonic() + fault.seconds
        if fault.stops_writing:
            wait_for_stillness(load)
        else:
            wait_for_flow(load, _FLOW)
        eventually(lambda: time.monotonic() >= until)
        healing()
        wait_for_flow(load, _FLOW)
        cluster.wait_until_healthy()
        wait_for_flow(load, _FLOW)
    return load


def _judged(fault: Fault, load: Load, cluster: Cluster) -> Result:
    verdict = compared(load.registrations, stored_rows(cluster.url, load.prefix))
    return Result.of(
        fault.name,
        verdict,
        silence=longest_silence(load.registrations, started=load.started, finished=load.finished),
        most_silence=fault.most_silence,
        slowest=slowest_attempt(load.registrations),
        unanswered=unanswered(load.registrations),
    )


def _total(verdict: Verdict) -> str:
    return (
        f"all of it, once more at the end: acknowledged {verdict.acknowledged},"
        f" lost {verdict.lost}, doubled {verdict.doubled}, refused but stored {verdict.denied}"
    )


if __name__ == "__main__":
    try:
        main()
    except ToolMissingError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
