"""Готовая панель Grafana показывает ровно то, что сервис меряет."""

import json
import re
from typing import Any

import yaml

from tests.support.project import ROOT

DEPLOY = ROOT / "deploy"
OPERATIONS = (DEPLOY.parent / "docs/operations.md").read_text(encoding="utf-8")
DASHBOARD = json.loads((DEPLOY / "grafana/crm-api.json").read_text(encoding="utf-8"))


def expressions(part: Any) -> list[str]:  # noqa: ANN401 — любой кусок JSON
    """Все запросы PromQL панели."""
    if isinstance(part, dict):
        own = [value for name, value in part.items() if name in {"expr", "definition"}]
        return own + [found for value in part.values() for found in expressions(value)]
    if isinstance(part, list):
        return [found for value in part for found in expressions(value)]
    return []


def shown() -> set[str]:
    names = re.findall(r"\bcrm_[a-z_]+", " ".join(expressions(DASHBOARD)))
    return {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in names}


def test_every_shown_metric_is_measured_and_every_measured_one_is_shown(
    measured: set[str],
) -> None:
    assert shown() == measured


def test_every_metric_is_documented_and_no_other(measured: set[str]) -> None:
    named = set(re.findall(r"`(crm_[a-z_]+)`", OPERATIONS))
    assert {name.removesuffix("_total") for name in named} == measured


def test_panels_have_distinct_ids_and_places() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)


def test_dashboard_is_tied_to_no_data_source() -> None:
    assert set(re.findall(r'"uid": "([^"]+)"', json.dumps(DASHBOARD))) == {
        "crm-api",
        "${datasource}",
    }


def test_scrape_example_names_the_job_and_the_default_port() -> None:
    example = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    (job,) = example["scrape_configs"]
    assert job["job_name"] == "crm-api"
    assert job["static_configs"] == [{"targets": ["127.0.0.1:3001"]}]
