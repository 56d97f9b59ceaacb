"""Файлы кластера: обещанная надёжность, согласие между собой и с сервисом."""

import re
from itertools import pairwise

import yaml
from dotenv import dotenv_values

from adapters.postgres.connection import connection_arguments
from entrypoints.server.limits import ConnectionLimits
from tests.support.project import ROOT

DEPLOY = ROOT / "deploy" / "cluster"
PATRONI = yaml.safe_load((DEPLOY / "patroni.yml").read_text(encoding="utf-8"))
DCS = PATRONI["bootstrap"]["dcs"]
HAPROXY = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")


def sample(name: str) -> dict[str, str]:
    values = dotenv_values(DEPLOY / name, interpolate=False)
    return {key: value or "" for key, value in values.items()}


def test_commit_waits_for_a_standby_and_never_does_without() -> None:
    assert DCS["synchronous_mode"] == "quorum"
    assert DCS["synchronous_mode_strict"] is True
    assert DCS["synchronous_node_count"] >= 1
    assert "synchronous_commit" not in DCS["postgresql"]["parameters"]


def test_crashed_primary_is_replaced_at_once_and_a_lost_one_within_its_lease() -> None:
    assert DCS["primary_start_timeout"] == 0
    # Правило Patroni (Dynamic Configuration Settings).
    assert DCS["loop_wait"] + 2 * DCS["retry_timeout"] <= DCS["ttl"] == 20


def test_database_logs_no_personal_data() -> None:
    parameters = DCS["postgresql"]["parameters"]
    assert parameters["log_error_verbosity"] == "terse"
    assert parameters["log_min_error_statement"] == "panic"


def test_nobody_enters_over_the_network_without_a_password() -> None:
    rules = DCS["postgresql"]["pg_hba"]
    assert [rule for rule in rules if not rule.endswith((" peer", " scram-sha-256"))] == []


def test_common_file_has_nothing_of_one_node() -> None:
    text = (DEPLOY / "patroni.yml").read_text(encoding="utf-8")
    assert re.findall(r"\d+\.\d+\.\d+\.\d+|password:", text) == []


def test_hidden_paths_are_hidden_in_every_spelling() -> None:
    # Знаки, записанные через %, раскрывает сервис; HAProxy — только с url_dec.
    assert "{ path,url_dec /metrics }" in HAPROXY
    assert "{ path,url_dec /health/ready }" in HAPROXY
    assert "{ path /" not in HAPROXY


def test_samples_hold_no_password() -> None:
    passwords = {key: value for key, value in sample("patroni.env").items() if "PASSWORD" in key}
    assert set(passwords.values()) == {""}
    assert len(passwords) == 3


def test_patroni_looks_for_etcd_where_it_listens() -> None:
    etcd = sample("etcd.env")
    hosts = sample("patroni.env")["PATRONI_ETCD3_HOSTS"].split(",")
    members = re.findall(r"//([\d.]+):2380", etcd["ETCD_INITIAL_CLUSTER"])
    assert hosts == [f"{address}:2379" for address in members]
    assert etcd["ETCD_LISTEN_CLIENT_URLS"] == f"http://{hosts[0]}"


def test_url_of_the_page_asks_every_node_for_the_one_that_writes() -> None:
    found = re.search(r"^CRM_DATABASE_URL=(\S+)$", PAGE, re.MULTILINE)
    assert found
    arguments = connection_arguments(found[1])
    first = sample("patroni.env")["PATRONI_POSTGRESQL_LISTEN"].partition(":")[0]
    assert arguments["host"].split(",")[0] == first
    assert len(arguments["host"].split(",")) == 3
    assert arguments["target_session_attrs"] == "read-write"


def test_page_names_every_file() -> None:
    unnamed = [path.name for path in DEPLOY.iterdir() if f"`{path.name}`" not in PAGE]
    assert unnamed == []


def test_balancer_asks_for_readiness_and_has_no_patience_shorter_than_the_service() -> None:
    assert "http-check send meth GET uri /health/ready\n" in HAPROXY
    waits = [int(seconds) for seconds in re.findall(r"timeout (?:client|server) (\d+)s", HAPROXY)]
    assert len(waits) == 2
    assert min(waits) > ConnectionLimits().idle


def test_balancer_repeats_only_what_did_not_reach_the_service() -> None:
    assert re.findall(r"retry-on (.*)", HAPROXY) == ["conn-failure"]


def test_balancer_lets_the_service_itself_answer_when_none_is_ready() -> None:
    servers = re.findall(r"server (\S+) (\S+)(.*)", HAPROXY)
    checked = [address for _, address, rest in servers if not rest]
    spare = [address for _, address, rest in servers if rest == " backup no-check"]
    assert len(checked) > 1
    assert checked == spare
    assert all(earlier < later for earlier, later in pairwise(checked))
