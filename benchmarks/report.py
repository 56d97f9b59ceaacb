"""Отчёт: таблица «что обещано и что вышло» и таблицы всех замеров, в Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from attrs import frozen

from benchmarks.measurement import Measurement, Sample
from benchmarks.peers.running import BUN
from benchmarks.stand import PGBENCH, service_name

_MIB = 1024 * 1024
_RATIOS = (
    ("pgbench", PGBENCH, 1.0),
    ("Bun", BUN.name, 1.1),
    ("FastAPI + async SQLAlchemy", "FastAPI + async SQLAlchemy + asyncpg", 25.0),
)


@frozen
class Goal:
    """Строка первой таблицы.

    Attributes:
        what: что меряется.
        measured: что вышло.
        least: не меньше чего должно быть.
        most: не больше чего должно быть.
        unit: единица.
    """

    what: str
    measured: float
    least: float = 0
    most: float = float("inf")
    unit: str = "×"

    @property
    def is_reached(self) -> bool:
        """Говорит, достигнуто ли то, чего надо достичь."""
        return self.least <= self.measured <= self.most

    def __str__(self) -> str:
        """Возвращает строку таблицы Markdown."""
        reach = f"at least {self.least:g}" if self.least else f"at most {self.most:g}"
        reached = "yes" if self.is_reached else "**no**"
        return (
            f"| {self.what} | {reach} {self.unit} | {self.measured:.2f} {self.unit} | {reached} |"
        )


def report(results: Mapping[str, Any]) -> str:
    """Строит отчёт.

    Args:
        results: содержимое ``results/*.json`` по именам частей; нужна часть ``rates``.
    """
    rates = measurements(results["rates"]["rates"])
    lines = ["# What was measured", "", *_about(results["rates"]), ""]
    lines += ["| what | reach | measured | reached |", "|---|---|---|---|"]
    lines += map(str, (*rate_goals(rates), *_pair_goals(results), *_growth_goals(results)))
    lines += ["", "## Rates", "", *_rates_table(rates)]
    if "scale" in results:
        lines += ["", "## Rows already in the table (64 connections, 1 worker)", ""]
        lines += _rates_table(measurements(results["scale"]["scale"]))
    if "threads" in results:
        lines += ["", "## From Python, beside HTTP (1 worker)", ""]
        lines += _rates_table(measurements(results["threads"]["threads"]))
    lines += _memory_table(results) + _startup_table(results) + _import_table(results)
    return "\n".join(lines) + "\n"


def measurements(saved: list[dict[str, Any]]) -> list[Measurement]:
    """Читает замеры, записанные в JSON."""
    return [
        Measurement(
            one["name"], one["connections"], tuple(Sample(**sample) for sample in one["samples"])
        )
        for one in saved
    ]


def _about(part: Mapping[str, Any]) -> list[str]:
    versions = ", ".join(f"{name} {number}" for name, number in part["versions"].items())
    # В прежних замерах этого поля нет: тогда мерились все.
    missing = ", ".join(part.get("missing", ()))
    return [
        f"{part['date']}, {part['machine']}, Python {part['python']}, {versions}.",
        f"Medians of {part['rounds']} rounds of {part['seconds']} s, in turns, each from an empty",
        "table. The load, what is measured and PostgreSQL share the cores. All reach PostgreSQL by",
        "its Unix socket. An answer that had not come when the load ended is counted nowhere.",
        *([f"Not measured, since not installed: {missing}."] if missing else []),
    ]


def rate_goals(rates: list[Measurement]) -> Iterator[Goal]:
    """Сравнивает скорость и время ответа с тем, чего надо достичь."""
    found = {(one.name, one.connections): one for one in rates}
    calm = found[service_name(1), 64]
    best = max((calm, found[service_name(2), 64]), key=lambda one: one.rate)
    for label, name, least in _RATIOS:
        # У соперников по одному процессу: с ними сравнивается один процесс сервиса.
        measured = best if name == PGBENCH else calm
        if peer := found.get((name, 64)):
            what = f"rate at 64 connections ({measured.name}) ÷ {label}"
            yield Goal(what, measured.rate / peer.rate, least=least)
    if bun := found.get((BUN.name, 1)):
        ratio = found[service_name(1), 1].latency_p50 / bun.latency_p50
        yield Goal("median latency, one connection ÷ Bun", ratio, most=1.3)
    ratio = (calm.latency_p99 or 0) / calm.latency_p50
    yield Goal("p99 ÷ median at 64 connections, 1 worker", ratio, most=3)
    # Одно соединение не в счёт: там скорость — это время ответа, перевёрнутое.
    many = [one.rate for one in rates if one.name == service_name(1) and one.connections > 1]
    ratio = min(many) / max(many)
    yield Goal("worst rate of 16 to 1 024 connections ÷ best", ratio, least=0.7)
    ours = (service_name(1), service_name(2))
    wrong = sum(one.refused for one in rates if one.name.startswith(ours))
    yield Goal("wrong answers, 1 and 2 workers, all connections", wrong, most=0, unit="")


def _pair_goals(results: Mapping[str, Any]) -> Iterator[Goal]:
    for pair in results.get("pairs", {}).get("pairs", []):
        low, middle, high = pair["quartiles"]
        what = f"{pair['what']} (quartiles {low:.2f}–{high:.2f})"
        yield Goal(what, middle, least=pair["least"], most=pair["most"])


def _growth_goals(results: Mapping[str, Any]) -> Iterator[Goal]:
    if "scale" in results:
        sizes = measurements(results["scale"]["scale"])
        yield Goal("10 million rows ÷ empty table", sizes[-1].rate / sizes[0].rate, least=0.9)
    if "memory" in results:
        pss = results["memory"]["memory"][-1]["pss"] / _MIB
        yield Goal("memory of a worker after a million", pss, most=75, unit="MiB")
    if "startup" in results:
        seconds = median(results["startup"]["startup"]["seconds"])
        yield Goal("start to first 201, embedded", seconds, most=1, unit="s")
    yield from import_goals(results.get("import", {}).get("import", []))
    for delay in results.get("delay", {}).get("delay", []):
        what = f"median from a registration to its delivery by {delay['where']}"
        most = 1000 if "PgBouncer" in delay["where"] else 50
        yield Goal(what, delay["median"], most=most, unit="ms")
    if "backlog" in results:
        yield from backlog_goals(results["backlog"]["backlog"])


def backlog_goals(backlog: Mapping[str, Any]) -> Iterator[Goal]:
    """Сравнивает рассылку накопившегося с тем, чего надо достичь."""
    what, memory = f"backlog of {_number(backlog['events'])} events", backlog["memory"]
    rate = backlog["events"] / backlog["seconds"]
    yield Goal(f"{what}, sent by one relay", rate, least=1500, unit="events/s")
    # Четверть дела — на то, чтобы разогреться.
    growth = max(memory) / memory[len(memory) // 4]
    yield Goal(f"{what}: most memory of the relay ÷ that after a quarter", growth, most=1.1)


def import_goals(imports: Sequence[Mapping[str, Any]]) -> Iterator[Goal]:
    """Сравнивает загрузку файла с копированием, а её память — с памятью малого файла."""
    if not imports:
        return
    few, many = imports
    ratio = median(many["seconds"]) / median(many["copy_seconds"])
    yield Goal(f"import of {_number(many['rows'])} rows ÷ \\copy of them", ratio, most=4)
    what = f"its peak memory ÷ that of {_number(few['rows'])} rows"
    yield Goal(what, many["peak"] / few["peak"], most=1.1)
    yield Goal("its peak memory", max(many["peak"], few["peak"]) / _MIB, most=110, unit="MiB")
    if looks := many.get("look_seconds"):  # у прежних замеров этого нет
        share = median(looks) / median(many["seconds"])
        yield Goal("share of the look at the sample in it", share, most=0.05)


def _rates_table(rates: list[Measurement]) -> Iterator[str]:
    limits = {one.connections: one.rate for one in rates if one.name == PGBENCH}
    yield "| what | connections | rate, 1/s | spread | × pgbench | p50, ms | p99, ms | wrong |"
    yield "|---|---:|---:|---:|---:|---:|---:|---|"
    for one in rates:
        low, high = one.spread
        limit = limits.get(one.connections)
        ratio = f"{one.rate / limit:.2f}" if limit else ""
        p99 = f"{one.latency_p99:.2f}" if one.latency_p99 is not None else ""
        yield (
            f"| {one.name} | {one.connections} | {one.rate:.0f} | {low:.0f}–{high:.0f} | {ratio}"
            f" | {one.latency_p50:.2f} | {p99} | {one.wrong} |"
        )


def _memory_table(results: Mapping[str, Any]) -> list[str]:
    if "memory" not in results:
        return []
    lines = ["", "## Memory of a worker", "", "| registrations | PSS, MiB |", "|---:|---:|"]
    return lines + [
        f"| {one['registrations']} | {one['pss'] / _MIB:.1f} |"
        for one in results["memory"]["memory"]
    ]


def _startup_table(results: Mapping[str, Any]) -> list[str]:
    if "startup" not in results:
        return []
    startup = results["startup"]["startup"]
    seconds = ", ".join(f"{one:.2f}" for one in startup["seconds"])
    lines = ["", "## Start", "", f"Process start to first 201: {seconds} s. Largest imports:", ""]
    lines += ["| package | ms |", "|---|---:|"]
    return lines + [f"| {name} | {spent} |" for name, spent in startup["imports"].items()]


def _import_table(results: Mapping[str, Any]) -> list[str]:
    if "import" not in results:
        return []
    lines = [
        "",
        "## Importing a file",
        "",
        "| rows | import, s | \\copy, s | × | peak, MiB | dry run, s | until the first row, s |",
    ]
    lines.append("|---:|---:|---:|---:|---:|---:|---:|")
    for one in results["import"]["import"]:
        seconds, copied = median(one["seconds"]), median(one["copy_seconds"])
        lines.append(
            f"| {_number(one['rows'])} | {seconds:.1f} | {copied:.1f} | {seconds / copied:.1f}"
            f" | {one['peak'] / _MIB:.1f} | {_seconds(one, 'dry_run_seconds')}"
            f" | {_seconds(one, 'look_seconds')} |"
        )
    return lines


def _seconds(one: Mapping[str, Any], name: str) -> str:
    """Медиана; пусто — прежние замеры этого не меряли."""
    return f"{median(one[name]):.2f}" if one.get(name) else ""


def _number(number: int) -> str:
    return f"{number:,}".replace(",", " ")
