"""Что тесты читают в ``GET /metrics``."""

from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient


def samples(client: TestClient) -> dict[tuple[str, ...], float]:
    """Замеры по имени и значениям меток."""
    text = client.get("/metrics").text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def registrations(client: TestClient) -> dict[str, float]:
    found = samples(client).items()
    return {name[1]: value for name, value in found if name[0] == "crm_registrations_total"}


OUTCOMES = ("registered", "email_taken", "invalid", "limited", "unavailable", "failed")
NOTHING = dict.fromkeys(OUTCOMES, 0)
