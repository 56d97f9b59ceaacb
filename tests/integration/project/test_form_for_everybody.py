"""Форма из ``examples/form/`` во всех состояниях доступна всем: экраны, цвета, языки, axe-core."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import barriers, complaints, screenshot, shortcomings
from tests.support.eventually import eventually
from tests.support.parts import part_of_run
from tests.support.running_service import running_service
from tests.support.shop_form import MARIA, opened, send, served_form

pytestmark = part_of_run("browsers", budget=200)

READERS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"},
    "phone": {"viewport": {"width": 320, "height": 640}, "has_touch": True, "locale": "ru-RU"},
}
# Что вылезает из карточки вбок; ``hidden`` и пустое не считается.
_OUTSIDE = """[...document.querySelectorAll("form, form *")].filter((one) => {
    const edge = document.querySelector("form").getBoundingClientRect().right;
    return edge && one.getBoundingClientRect().right > edge;
}).map((one) => one.outerHTML)"""


@pytest.fixture
def form(tmp_path: Path) -> Iterator[str]:
    """Адрес формы перед сервисом, где Мария уже зарегистрирована."""
    with (
        running_service(tmp_path, database_url="memory://") as service,
        service.client() as client,
        served_form(tmp_path, service) as origin,
    ):
        assert client.post("/register", json=MARIA).status_code == 201
        yield origin


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    """Светлая страница у читателя или тёмная."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=READERS)
def reader(
    request: pytest.FixtureRequest, browser: Browser, scheme: Literal["light", "dark"]
) -> Page:
    """Страница читателя с его экраном, цветами и языком."""
    return browser.new_context(color_scheme=scheme, **READERS[request.param]).new_page()


def test_nothing_stands_in_the_way_of_anybody(
    reader: Page, form: str, request: pytest.FixtureRequest
) -> None:
    page = reader
    said = complaints(page)
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        found[state] = [*barriers(page), *shortcomings(page)]
        screenshot(page, f"form-{request.node.callspec.id}-{state}")
        assert page.evaluate(_OUTSIDE) == []

    opened(page, form)
    look("empty")
    send(page, email="мария", age="много")
    expect(page.locator("#summary")).to_be_focused()
    look("errors")
    send(page, **MARIA, age="33")
    expect(page.locator("#summary.calm")).to_be_focused()
    look("taken")
    page.context.set_offline(True)
    send(page, email="другая@пример.рф")
    eventually(page.locator("#state").inner_text)
    look("offline")
    page.context.set_offline(False)
    expect(page.locator("#done h1")).to_be_focused()
    look("done")
    # О 400, который и есть «уже зарегистрированы», Chromium говорит сам.
    said = [one for one in said if "status of 400" not in one]
    assert (found, said) == ({state: [] for state in found}, [])
