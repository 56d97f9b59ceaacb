"""``/docs`` и CORS глазами настоящего браузера."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from tests.support.customers import IVAN
from tests.support.project import ROOT
from tests.support.running_service import Service, running_service

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
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


@pytest.fixture
def browser() -> Iterator[Browser]:
    if not _CHROMIUM and not os.environ.get("CI"):
        pytest.skip("Chromium is not installed (on Debian: apt-get install chromium)")
    assert _CHROMIUM, "CI needs Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": 1200, "height": 1600}, locale="ru-RU")


@contextmanager
def another_origin(folder: Path) -> Iterator[str]:
    """Отдаёт пустую страницу с другого порта, то есть с другого источника."""
    folder.mkdir()
    (folder / "shop.html").write_text("<!doctype html><title>shop</title>")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — имя из http.server
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/shop.html"
        server.shutdown()
        thread.join()


def test_docs_register_the_example_without_another_host(
    page: Page, service: Service, tmp_path: Path
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    shots = Path(os.environ.get("CRM_TEST_SCREENSHOTS", tmp_path))

    page.goto(service.url)
    expect(page).to_have_url(f"{service.url}/docs")
    operation = page.locator("#operations-customers-registerCustomer")
    operation.locator(".opblock-summary-control").click()
    page.screenshot(path=shots / "docs-before.png")
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").nth(1)).to_contain_text("201")
    expect(answer).to_contain_text(IVAN["email"])
    answer.scroll_into_view_if_needed()
    page.screenshot(path=shots / "docs-after.png")

    foreign = [url for url in asked if not url.startswith((f"{service.url}/", "data:"))]
    assert foreign == []
    assert complaints == []


def test_docs_send_a_new_key_with_each_try(page: Page, service: Service) -> None:
    keys: list[str | None] = []

    def remember(request: Request) -> None:
        if request.method == "POST":
            keys.append(request.headers.get("idempotency-key"))

    page.on("request", remember)
    page.goto(f"{service.url}/docs")
    operation = page.locator("#operations-customers-registerCustomer")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    for email in ("one@example.ru", "two@example.ru"):
        operation.locator("textarea").fill(json.dumps({**IVAN, "email": email}))
        operation.get_by_role("button", name="Execute").click()
        answer = operation.locator(".live-responses-table")
        expect(answer).to_contain_text(f'"{email}"')
        expect(answer.locator(".response-col_status").nth(1)).to_contain_text("201")
    assert len(keys) == len(set(keys)) == 2
    assert all(keys)


def test_page_of_another_origin_registers_and_reads_the_duplicate(
    page: Page, service: Service, tmp_path: Path
) -> None:
    with another_origin(tmp_path / "shop") as shop:
        page.goto(shop)
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
