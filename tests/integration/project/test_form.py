"""Форма из ``examples/form/`` глазами настоящего браузера, с другого источника."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.support.lossy_link import Loss, LossyLink, threaded_link
from tests.support.parts import part_of_run
from tests.support.running_service import Service, running_service
from tests.support.shop_form import MARIA, opened, send, served_form
from tests.support.sql import execute

pytestmark = part_of_run("browsers", budget=200)


@pytest.fixture
def link(database: str) -> Iterator[LossyLink]:
    """Связь сервиса с базой данных."""
    with threaded_link(database) as link:
        yield link


@pytest.fixture
def service(tmp_path: Path, link: LossyLink) -> Iterator[Service]:
    with running_service(tmp_path, database_url=link.url) as service:
        yield service


@pytest.fixture
def form(tmp_path: Path, service: Service) -> Iterator[str]:
    """Адрес формы, которой сказано, где сервис."""
    with served_form(tmp_path, service) as origin:
        yield origin


@pytest.fixture
def keys(page: Page) -> list[str]:
    """Ключи всех отправленных регистраций, по порядку."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.headers["idempotency-key"])

    page.on("request", note)
    return sent


def errors(page: Page) -> dict[str, str]:
    """Что сказано у полей: связь слышна и тому, кто не видит."""
    return {
        str(field.get_attribute("name")): page.locator(
            f"#{field.get_attribute('aria-describedby')}"
        ).inner_text()
        for field in page.locator("[aria-invalid=true]").all()
    }


def emails(database: str) -> list[object]:
    """Адреса записанных покупателей."""
    return [email for (email,) in execute(database, "SELECT email FROM customers ORDER BY id")]


def test_customer_registers_by_keyboard_alone(page: Page, form: str, database: str) -> None:
    opened(page, form)
    page.locator("#name").focus()
    for value in (*MARIA.values(), "+7 921 345-19-48", "33"):
        page.keyboard.type(value)
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Россия")
    page.keyboard.press("Tab")
    page.keyboard.type("Орск, Молодёжная, 18")
    page.keyboard.press("Enter")
    page.keyboard.type("кв. 6")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="Спасибо, Мария Иванова!")).to_be_focused()
    stored = execute(database, "SELECT email, age, gender, country, address, phone FROM customers")
    address = "Орск, Молодёжная, 18, кв. 6"
    assert stored == [("мария@пример.рф", 33, "Female", "Россия", address, "+7 921 345-19-48")]


def test_rules_of_the_document_are_told_at_their_fields_before_anything_is_sent(
    page: Page, form: str, keys: list[str]
) -> None:
    opened(page, form)
    send(page, name=" ", email="мария", age="200", phone="8" * 26)
    expect(page.locator("#summary")).to_be_focused()
    assert errors(page) == {
        "name": "Заполните это поле",
        "email": "Не похоже на адрес. Пример: ivan@example.ru",
        "phone": "Не длиннее 25 знаков",
        "age": "От 0 до 150",
    }
    page.locator("#summary a").nth(3).click()
    expect(page.locator("#age")).to_be_focused()
    page.locator("#age").fill("33")
    assert list(errors(page)) == ["name", "email", "phone"]
    page.get_by_role("button", name="English").click()
    assert errors(page)["phone"] == "At most 25 characters"
    assert keys == []


def test_what_only_the_service_sees_is_told_at_its_field_too(page: Page, form: str) -> None:
    opened(page, form)
    send(page, name="Мария", email='"мария"@example.ru')
    expect(page.locator("#summary")).to_be_focused()
    assert errors(page) == {"email": "Не похоже на адрес. Пример: ivan@example.ru"}


def test_form_that_could_not_read_the_document_leaves_the_rules_to_the_service(
    page: Page, form: str
) -> None:
    page.route("**/openapi.json", lambda route: route.abort())
    page.goto(form)
    send(page, email="мария@пример.рф", age="старше 18", country="Р" * 101)
    expect(page.locator("#summary")).to_be_focused()
    assert errors(page) == {
        "name": "Заполните это поле",
        "age": "Целое число, цифрами",
        "country": "Не длиннее 100 знаков",
    }


def test_lost_answer_is_asked_for_again_with_the_same_key(
    page: Page, form: str, keys: list[str], database: str
) -> None:
    lost: list[int] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)  # до сервиса дошло, и он ответил
            route.abort()

    page.route("**/register", lose_the_first)
    opened(page, form)
    send(page, **MARIA)
    expect(page.locator("#done h1")).to_be_focused()
    assert lost == [201]
    assert keys[0] == keys[1]
    assert emails(database) == [MARIA["email"]]


def test_customer_without_any_answer_may_reload_and_send_again(
    page: Page, form: str, keys: list[str], database: str
) -> None:
    def lose(route: Route) -> None:
        route.fetch()
        route.fulfill(status=502, body="<html>proxy</html>")

    page.route("**/register", lose)
    opened(page, form)
    send(page, **MARIA, address="Орск,\nд. 18")
    expect(page.locator("#state")).to_contain_text("Ответа нет")
    page.unroute("**/register")
    page.reload()
    expect(page.locator("#state")).to_contain_text("На прошлую попытку ответ не пришёл")
    expect(page.locator("#address")).to_have_value("Орск,\nд. 18")
    send(page)
    expect(page.locator("#done h1")).to_be_focused()
    assert len(keys) == 5
    assert len(set(keys)) == 1
    assert emails(database) == [MARIA["email"]]


def test_stopped_database_is_waited_for(
    page: Page, form: str, keys: list[str], link: LossyLink, database: str
) -> None:
    opened(page, form)
    link.is_down = True
    link.lose(Loss.QUESTION)
    send(page, **MARIA)
    expect(page.locator("#state")).to_contain_text("Повторим через 2 с")
    link.is_down = False
    expect(page.locator("#done h1")).to_be_focused()
    assert len(set(keys)) == 1
    assert emails(database) == [MARIA["email"]]


def test_taken_email_is_told_politely_and_another_one_gets_another_key(
    page: Page, form: str, service: Service, keys: list[str], database: str
) -> None:
    with service.client() as client:
        assert client.post("/register", json=MARIA).status_code == 201
    opened(page, form)
    send(page, name="Мария", email="Мария@Пример.рф")
    expect(page.locator("#summary")).to_be_focused()
    expect(page.locator("#summary h2")).to_have_text("Вы уже с нами")
    send(page, email="другая@пример.рф")
    expect(page.locator("#done h1")).to_be_focused()
    assert len(keys) == len(set(keys)) == 2
    assert emails(database) == [MARIA["email"], "другая@пример.рф"]


def test_customer_without_a_connection_is_told_and_sent_when_it_is_back(
    page: Page, form: str, keys: list[str], database: str
) -> None:
    opened(page, form)
    page.context.set_offline(True)
    expect(page.locator("#state")).to_contain_text("Заполнять можно и так")
    send(page, **MARIA)
    expect(page.locator("#state")).to_contain_text("отправим, когда связь вернётся")
    assert keys == []
    page.context.set_offline(False)
    expect(page.locator("#done h1")).to_be_focused()
    assert emails(database) == [MARIA["email"]]


def test_two_clicks_are_one_registration(page: Page, form: str, keys: list[str]) -> None:
    opened(page, form)
    for field, value in MARIA.items():
        page.locator(f"#{field}").fill(value)
    page.locator("[type=submit]").dblclick()
    expect(page.locator("#done h1")).to_be_focused()
    assert len(keys) == 1
