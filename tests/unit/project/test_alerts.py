"""Готовые тревоги Prometheus: звучат тогда, когда сказано, о том, что сервис меряет, с советом."""

import re
import subprocess
from typing import Any

import pytest
import yaml

from tests.support.markdown import anchors, page_text
from tests.support.project import ROOT
from tests.support.required_programs import required_by_test

FOLDER = ROOT / "deploy" / "prometheus"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
BY_PROMETHEUS = {"up"}


def names(expression: str) -> set[str]:
    """Имена замеров выражения; ``_total`` и части гистограммы — это сам замер."""
    found = re.findall(r"\b(?:crm_[a-z_]+|up)\b", expression)
    return {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in found}


def counted(expression: str) -> list[tuple[str, dict[str, str]]]:
    """Имена и метки рядов, чей прирост считает выражение; доли гистограммы не в счёт."""
    ranges = re.findall(r"(?:rate|increase)\(\s*(crm_[a-z_]+)(?:\{(.*?)\})?\[", expression)
    return [
        (name, dict(re.findall(r'(\w+)="([^"]*)"', labels)))
        for name, labels in ranges
        if not name.endswith("_bucket")
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
    ids=" ".join,
)
def test_promtool_accepts(arguments: tuple[str, ...]) -> None:
    promtool = required_by_test("promtool", "prometheus")
    done = subprocess.run(  # noqa: S603 — программа из системы, файлы свои
        [promtool, *arguments],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tried() -> None:
    tried = (FOLDER / "alerts_test.yml").read_text(encoding="utf-8")
    for rule in RULES:
        assert f'alertname="{rule["alert"]}"' in tried or f"alertname: {rule['alert']}" in tried


def test_alerts_are_about_what_is_measured(measured: set[str]) -> None:
    for rule in RULES:
        assert names(rule["expr"])
        assert names(rule["expr"]) <= measured | BY_PROMETHEUS, rule["alert"]


def test_every_counter_of_an_alert_is_zero_before_it_counts(
    zeros: list[tuple[str, dict[str, str]]],
) -> None:
    asked = [series for rule in RULES for series in counted(rule["expr"])]
    assert len(asked) > 5
    for name, labels in asked:
        assert any(name == zero and labels.items() <= given.items() for zero, given in zeros), name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_alert_says_what_happened_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"].keys() == {"summary", "action"}
    assert "\n" not in rule["annotations"]["action"]
    page, _, anchor = rule["annotations"]["action"].rpartition(": ")[2].partition("#")
    assert anchor in anchors(page)


@pytest.mark.parametrize("page", ["docs/operations.md", "docs/ru/operations.md"])
def test_page_lists_every_alert_and_no_other(page: str) -> None:
    listed = re.findall(r"^\| `(Crm\w+)` \|", page_text(page), re.MULTILINE)
    assert listed == [rule["alert"] for rule in RULES]
