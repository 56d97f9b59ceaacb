"""``/docs`` и CORS глазами настоящего браузера."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect

from tests.support.browser import (
    another_origin,
    barriers,
    complaints,
    screenshot,
    shortcomings,
)
from tests.support.customers import IVAN
from tests.support.parts import part_of_run
from tests.support.project import ROOT
from tests.support.running_service import Service, running_service
from tests.support.stripping_proxy import stripping_proxy

pytestmark = part_of_run("browsers", budget=200)

_REGISTER = """async ([url, customer]) => {
    const answer = await fetch(url + "/register", {
        method: "POST",
        headers: {"Content-Type": "application/json", "Accept-Language": "en"},
        body: JSON.stringify(customer),
    });
    return [answer.status, answer.headers.get("Content-Language"), await answer.json()];
}"""


@pytest.fixture
def service(tmp_path: Path, database: str) -> Iterator[Service]:
    with running_service(tmp_path, database_url=database) as service:
        yield service


@pytest.fixture(scope="module")
def read_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Сервис, чьи страницы только читают: одного хватает на весь файл."""
    folder = tmp_path_factory.mktemp("read")
    with running_service(folder, database_url="memory://") as service:
        yield service


def test_docs_register_the_example_without_another_host(page: Page, service: Service) -> None:
    asked: list[str] = []
    said = complaints(page)
    page.on("request", lambda request: asked.append(request.url))

    page.goto(service.url)
    expect(page).to_have_url(f"{service.url}/docs")
    operation = page.locator("#operations-customers-registerCustomer")
    screenshot(page, "docs-before")
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").nth(1)).to_contain_text("201")
    expect(answer).to_contain_text(IVAN["email"])
    answer.scroll_into_view_if_needed()
    screenshot(page, "docs-after")

    foreign = [url for url in asked if not url.startswith((f"{service.url}/", "data:"))]
    assert foreign == []
    assert said == []


def test_docs_send_a_new_key_with_each_try(page: Page, service: Service) -> None:
    keys: list[str | None] = []

    def remember(request: Request) -> None:
        if request.method == "POST":
            keys.append(request.headers.get("idempotency-key"))

    page.on("request", remember)
    page.goto(f"{service.url}/docs")
    operation = page.locator("#operations-customers-registerCustomer")
    operation.get_by_role("button", name="Try it out").click()
    for email in ("one@example.ru", "two@example.ru"):
        operation.locator("textarea").fill(json.dumps({**IVAN, "email": email}))
        operation.get_by_role("button", name="Execute").click()
        answer = operation.locator(".live-responses-table")
        expect(answer).to_contain_text(f'"{email}"')
        expect(answer.locator(".response-col_status").nth(1)).to_contain_text("201")
    assert len(keys) == len(set(keys)) == 2
    assert all(keys)


def test_registration_is_open_with_its_likeliest_answers_on_top(
    page: Page, service: Service
) -> None:
    page.goto(f"{service.url}/docs")
    operation = page.locator("#operations-customers-registerCustomer")
    expect(operation.get_by_role("button", name="Try it out")).to_be_visible()
    answers = operation.locator("tr.response")
    expect(answers.first).to_be_visible()
    order = [answer.get_attribute("data-code") for answer in answers.all()]
    assert order[:4] == ["201", "422", "400", "503"]
    assert "email_taken" in answers.nth(2).inner_text()
    # Одни и те же заголовки у каждого ответа: пока не спросили, их не видно.
    assert operation.locator("table.headers").count() == len(order)
    assert not any(table.is_visible() for table in operation.locator("table.headers").all())
    page.goto(f"{service.url}/docs#/operations/ready")
    page.reload()
    expect(page.locator("#operations-operations-ready tr.response").first).to_be_visible()
    expect(operation.locator("tr.response")).to_have_count(0)


@pytest.mark.parametrize("width", [1200, 390], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_docs_can_be_read_by_anybody(
    browser: Browser, read_service: Service, scheme: Literal["light", "dark"], width: int
) -> None:
    screen: ViewportSize = {"width": width, "height": 900}
    page = browser.new_context(color_scheme=scheme, viewport=screen).new_page()
    said = complaints(page)
    page.goto(f"{read_service.url}/docs")
    expect(page.locator("#operations-customers-registerCustomer tr.response").first).to_be_visible()
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == {"light": "rgb(250, 250, 250)", "dark": "rgb(28, 32, 34)"}[scheme]
    screenshot(page, f"docs-{width}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [*barriers(page), *shortcomings(page), *said] == []


def test_page_of_a_problem_can_be_read_by_anybody(browser: Browser, read_service: Service) -> None:
    schemes: list[tuple[Literal["light", "dark"], str]] = [
        ("light", "rgb(243, 241, 236)"),
        ("dark", "rgb(20, 23, 26)"),
    ]
    for scheme, background in schemes:
        screen: ViewportSize = {"width": 390, "height": 700}
        page = browser.new_context(color_scheme=scheme, viewport=screen).new_page()
        said = complaints(page)
        page.goto(f"{read_service.url}/problems/invalid_customer")
        # Стиль применён: политика его пропустила.
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == background
        screenshot(page, f"problem-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert [*barriers(page), *shortcomings(page), *said] == []


def test_docs_try_requests_under_the_path_that_a_proxy_strips(page: Page, service: Service) -> None:
    with stripping_proxy(service.url, "/crm") as url:
        page.goto(f"{url}/")
        expect(page).to_have_url(f"{url}/docs")
        operation = page.locator("#operations-customers-registerCustomer")
        operation.get_by_role("button", name="Try it out").click()
        operation.get_by_role("button", name="Execute").click()
        answer = operation.locator(".live-responses-table")
        expect(answer.locator(".response-col_status").nth(1)).to_contain_text("201")
        expect(operation.locator(".request-url")).to_contain_text(f"{url}/register")
        page.goto("about:blank")  # соединения браузера держали бы прокси


def test_page_of_another_origin_registers_and_reads_the_duplicate(
    page: Page, service: Service, tmp_path: Path
) -> None:
    (tmp_path / "shop.html").write_text("<!doctype html><title>shop</title>")
    with another_origin(tmp_path) as shop:
        page.goto(f"{shop}/shop.html")
        status, _, customer = page.evaluate(_REGISTER, [service.url, IVAN])
        assert (status, customer["email"]) == (201, IVAN["email"])
        status, language, problem = page.evaluate(_REGISTER, [service.url, IVAN])
    assert (status, language) == (400, "en")
    assert problem["type"] == "/problems/email_taken"


@pytest.mark.parametrize(
    ("ci", "exit_code", "outcome", "said"),
    [
        ("", 0, "skipped", "Chromium is not installed"),
        ("true", 1, "errors", "CI needs Chromium"),
    ],
    ids=["at home", "in CI"],
)
def test_without_chromium_its_tests_are_skipped_at_home_and_fail_in_ci(
    ci: str, exit_code: int, outcome: str, said: str
) -> None:
    run = subprocess.run(  # noqa: S603 — запускаем самих себя
        [sys.executable, "-m", "pytest", __file__, "-k", "not chromium", "-p", "no:cacheprovider"],
        cwd=ROOT,
        # Браузер нужен тестам первым; до базы данных, которой нет, дело не дойдёт.
        env={"PATH": "", "CI": ci, "CRM_TEST_DATABASE_URL": "host=127.0.0.1 port=1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == exit_code, run.stdout + run.stderr
    assert said in run.stdout
    counts = re.findall(r"\d+ (passed|failed|skipped|errors?)", run.stdout.splitlines()[-1])
    assert counts == [outcome]
