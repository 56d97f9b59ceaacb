"""Адреса принятой таблицы: приводятся к нормальной форме, совпавшие останавливают миграцию."""

import pytest

from adapters.postgres.schema.upgrade import MigrationError, migrate
from tests.support.schema import ADD, emails, execute_many, schema_differences


def test_adopted_emails_are_brought_to_normal_form(earlier: str) -> None:
    spelled = [
        "Ivan@Example.RU",
        " pyotr@example.ru ",
        "иван@xn--e1afmkfd.xn--p1ai",
        "not an E-mail",
    ]
    execute_many(earlier, ADD, *((email,) for email in spelled))
    migrate(earlier, log_sql=False)
    assert emails(earlier) == {
        1: "ivan@example.ru",
        2: "pyotr@example.ru",
        3: "иван@пример.рф",
        4: "not an e-mail",
    }


def test_colliding_emails_stop_the_migration_and_are_listed_by_id(earlier: str) -> None:
    spelled = ["ivan@example.ru", "b@example.ru", "Ivan@Example.RU", "B@example.ru", "c@example.ru"]
    execute_many(earlier, ADD, *((email,) for email in spelled))
    before = emails(earlier)
    with pytest.raises(MigrationError, match="1, 3; 2, 4; nothing was changed") as caught:
        migrate(earlier, log_sql=False)
    assert "@" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert emails(earlier) == before
    # После исправления миграция проходит: остановка ничего за собой не оставила.
    execute_many(earlier, "DELETE FROM customers WHERE id IN (3, 4)")
    migrate(earlier, log_sql=False)
    assert schema_differences(earlier) == []


@pytest.mark.parametrize(
    ("groups", "end"), [(20, "39, 40; nothing"), (30, "39, 40; and 10 more groups; nothing")]
)
def test_many_collisions_are_counted(earlier: str, groups: int, end: str) -> None:
    pairs = [(f"{name}{n}@example.ru",) for n in range(groups) for name in ("a", "A")]
    execute_many(earlier, ADD, *pairs)
    with pytest.raises(MigrationError, match=end):
        migrate(earlier, log_sql=False)


def test_email_whose_normal_form_does_not_fit_stays_as_it_was(earlier: str) -> None:
    # Строчная «İ» занимает два знака.
    fits, does_not = "A" * 89 + "@example.ru", "İ" * 60 + "@example.ru"
    execute_many(earlier, ADD, (fits,), (does_not,))
    migrate(earlier, log_sql=False)
    assert emails(earlier) == {1: fits.lower(), 2: does_not}
