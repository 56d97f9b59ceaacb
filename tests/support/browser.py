"""Chromium, который стоит в системе, страницы с другого источника и проверка axe-core."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.npm import node_modules

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE = 30_000  # миллисекунд до провала ожидания, как у eventually; без неё их пять
expect.set_options(timeout=_PATIENCE)


def chromium_or_skip() -> str:
    """Находит браузер; где его нет, тест пропускается, а в CI — проваливается."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found and not os.environ.get("CI"):
        pytest.skip("Chromium is not installed (on Debian: apt-get install chromium)")
    assert found, "CI needs Chromium: apt-get install chromium"
    return found


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """Запускает браузер, который стоит по этому пути."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


@contextmanager
def another_origin(folder: Path) -> Iterator[str]:
    """Отдаёт папку с другого порта, то есть с другого источника, и возвращает его."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — имя из http.server
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def complaints(page: Page) -> list[str]:
    """Возвращает список, в который попадёт всё, что окажется в консоли: в ней место жалобам."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def barriers(page: Page) -> list[str]:
    """Возвращает всё, что axe-core находит на странице: правило и место, по строке."""
    page.evaluate((node_modules() / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found: list[str] = page.evaluate("""async () => {
        const rules = { "target-size": { enabled: true } };
        const { violations } = await axe.run({ rules });
        return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
    }""")
    return found


def shortcomings(page: Page) -> list[str]:
    """Возвращает, чего странице не хватает сверх axe-core: о чём говорит ещё и Lighthouse."""
    found: list[str] = page.evaluate("""() => {
        const content = (name) => document.querySelector(`meta[name=${name}]`)?.content ?? "";
        const texts = [...document.querySelectorAll("body *")].filter((one) =>
            [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
            && one.checkVisibility());
        const small = texts.filter((one) => parseFloat(getComputedStyle(one).fontSize) < 12);
        const checks = {
            "no title": document.title.trim() === "",
            "no language": document.documentElement.lang === "",
            "quirks mode": document.compatMode !== "CSS1Compat",
            "not UTF-8": document.characterSet !== "UTF-8",
            "no description": content("description").length < 20,
            "not for phones": !content("viewport").includes("width=device-width"),
            "no zoom": /user-scalable=no|maximum-scale/.test(content("viewport")),
            "letters under 12 px": small.length > texts.length * 0.4,
        };
        return Object.keys(checks).filter((name) => checks[name]);
    }""")
    return found


def screenshot(page: Page, name: str) -> None:
    """Снимает страницу целиком, если её хотят посмотреть: в папку ``CRM_TEST_SCREENSHOTS``."""
    if folder := os.environ.get("CRM_TEST_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
