"""Форма из ``examples/form/``: с другого источника, чем сервис, и что в ней делают."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser import another_origin
from tests.support.project import ROOT
from tests.support.running_service import Service

MARIA = {"name": "Мария Иванова", "email": "мария@пример.рф"}
_ADDRESS = "http://127.0.0.1:3001"


@contextmanager
def served_form(folder: Path, service: Service) -> Iterator[str]:
    """Держит форму, которой сказано, где сервис, и даёт её адрес."""
    copied = folder / "form"
    shutil.copytree(ROOT / "examples" / "form", copied)
    index = copied / "index.html"
    index.write_text(index.read_text().replace(_ADDRESS, service.url))
    with another_origin(copied) as origin:
        yield origin


def opened(page: Page, form: str) -> None:
    """Открывает форму и ждёт, пока она узнает правила."""
    page.goto(form)
    expect(page.locator("#name")).to_have_attribute("required", "")


def send(page: Page, **values: str) -> None:
    """Заполняет поля и отправляет."""
    for field, value in values.items():
        page.locator(f"#{field}").fill(value)
    page.locator("[type=submit]").click()
