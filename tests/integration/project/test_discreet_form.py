"""Форма из ``examples/form/`` перед сервисом, который молчит о том, кто покупатель."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from entrypoints.webhook_secret import new_secret
from tests.support.free_port import free_port
from tests.support.parts import part_of_run
from tests.support.running_service import running_service
from tests.support.shop_form import MARIA, opened, send, served_form

pytestmark = part_of_run("browsers", budget=200)


@pytest.mark.parametrize("times", [1, 2])
def test_everyone_is_told_to_look_for_a_letter(page: Page, tmp_path: Path, times: int) -> None:
    with (
        running_service(
            tmp_path,
            database_url="memory://",
            reveal_taken="false",
            operations_port=str(free_port()),
            webhook_url="http://127.0.0.1:9/",
            webhook_secret=new_secret(),
        ) as service,
        served_form(tmp_path, service) as origin,
    ):
        for _ in range(times):
            opened(page, origin)
            send(page, **MARIA)
            expect(page.get_by_role("heading", name="Спасибо, Мария Иванова!")).to_be_focused()
    expect(page.locator("#done p")).to_have_text("Остальное — в письме на мария@пример.рф")
