"""Файлы Kubernetes: согласны с образом, с сервисом и между собой; по схемам их проверяет make."""

import re
import tomllib
from typing import Any

import pytest
import yaml

from entrypoints.server.limits import ConnectionLimits
from entrypoints.settings import Settings, load_settings
from entrypoints.webhook_secret import new_secret
from tests.support.project import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DEPLOY = ROOT / "deploy" / "kubernetes"
OBJECTS = {
    one["kind"]: one
    for path in DEPLOY.glob("*.yaml")
    for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
}


def pod(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = OBJECTS[kind]["spec"]["template"]["spec"]
    return found


def container(kind: str) -> dict[str, Any]:
    [found] = pod(kind)["containers"]
    return dict(found)


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_pod_is_what_the_image_needs_and_no_more(kind: str) -> None:
    assert container(kind)["image"] == f"crm-api:{PYPROJECT['project']['version']}"
    assert f"USER {pod(kind)['securityContext']['runAsUser']}\n" in DOCKERFILE
    assert pod(kind)["securityContext"]["runAsNonRoot"] is True
    assert pod(kind)["enableServiceLinks"] is False
    assert pod(kind)["automountServiceAccountToken"] is False
    assert container(kind)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container(kind)["resources"]["limits"]["memory"]


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_settings_are_known_to_the_service(kind: str) -> None:
    given = {one["name"]: one.get("value", "postgresql://h/d") for one in container(kind)["env"]}
    assert load_settings(given).database_url == "postgresql://h/d"


def test_what_is_commented_out_is_valid_too() -> None:
    """Раскомментированное — не русские слова — остаётся верным YAML с известными настройками."""
    text = (DEPLOY / "crm-api.yaml").read_text(encoding="utf-8")
    whole = re.sub(r"^( +)# (?=- name|  )", r"\1", text, flags=re.MULTILINE)
    [deployment] = [one for one in yaml.safe_load_all(whole) if one["kind"] == "Deployment"]
    [service] = deployment["spec"]["template"]["spec"]["containers"]
    given = {one["name"]: one.get("value", "postgresql://h/d") for one in service["env"]}
    settings = load_settings({**given, "CRM_WEBHOOK_SECRET": new_secret()})
    named = {one["name"]: one["containerPort"] for one in service["ports"]}
    assert named == {"http": settings.port, "operations": settings.operations_port}
    assert settings.cors_origins == ("https://shop.example",)
    assert settings.rate_limit
    assert settings.trusted_proxies
    assert settings.webhook_url


def test_only_the_job_changes_the_schema() -> None:
    given = {one["name"]: one.get("value") for one in container("Deployment")["env"]}
    assert given["CRM_AUTO_MIGRATE"] == "false"
    assert container("Job")["args"] == ["crm-api", "migrate", "up"]


def test_pod_is_given_more_time_to_stop_than_it_takes() -> None:
    _, before = container("Deployment")["lifecycle"]["preStop"]["exec"]["command"]
    takes = int(before) + Settings().drain_seconds + ConnectionLimits().grace + 1
    assert pod("Deployment")["terminationGracePeriodSeconds"] > takes


def test_probes_ask_for_what_they_decide() -> None:
    probes = {
        name: probe["httpGet"]["path"]
        for name, probe in container("Deployment").items()
        if name.endswith("Probe")
    }
    assert probes == {
        "startupProbe": "/health",
        "livenessProbe": "/health",
        "readinessProbe": "/health/ready",
    }
    assert {"name": "http", "containerPort": 3001} in container("Deployment")["ports"]
    assert re.search(r"^EXPOSE 3001$", DOCKERFILE, re.MULTILINE)


def test_service_and_budget_choose_the_pods_of_the_deployment() -> None:
    labels = OBJECTS["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert OBJECTS["Service"]["spec"]["selector"] == labels
    assert OBJECTS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    job = OBJECTS["Job"]["spec"]["template"]["metadata"]["labels"]
    assert not labels.items() <= job.items()
