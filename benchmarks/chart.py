"""Диаграмма: регистраций в секунду при 64 соединениях, с разбросом повторов."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.report import measurements


def draw(part: Mapping[str, Any], path: Path) -> None:
    """Рисует диаграмму в ``path`` с окончаниями ``.svg`` и ``.png``.

    Args:
        part: содержимое ``results/rates.json``.
        path: имя без окончания.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 — нужен только здесь и ставится отдельно

    shown = [one for one in measurements(part["rates"]) if one.connections == 64]  # noqa: PLR2004 — смысл диаграммы
    shown = sorted((one for one in shown if "duplicates" not in one.name), key=lambda one: one.rate)
    names = [one.name for one in shown]
    rates = [one.rate for one in shown]
    below = [one.rate - one.spread[0] for one in shown]
    above = [one.spread[1] - one.rate for one in shown]
    figure = Figure(figsize=(8, 0.5 * len(shown) + 1.2), layout="constrained")
    axes = figure.subplots()
    colours = ["#1b6ca8" if name.startswith("crm-api") else "#b8c4ce" for name in names]
    axes.barh(names, rates, xerr=[below, above], color=colours, capsize=3)
    for row, one in enumerate(shown):
        axes.annotate(
            f"{one.rate:.0f}", (one.spread[1], row), (6, 0), textcoords="offset points", va="center"
        )
    axes.margins(x=0.12)
    axes.set_xlabel("registrations a second, 64 connections (median, least and most)")
    axes.set_title(f"{part['date']}, {part['machine']}", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})
    figure.savefig(path.with_suffix(".png"), dpi=120)
