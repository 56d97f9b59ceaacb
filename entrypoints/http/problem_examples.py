"""Примеры отказов: для описания OpenAPI и для страницы вида отказа."""

from application.idempotency import MAX_KEY
from domain.customer import RULES
from domain.errors import BrokenRule
from domain.rules import RuleBrokenError
from entrypoints.http.register_request import MAX_BODY
from entrypoints.problem_error import ProblemError


def _broken(field: str, value: object) -> BrokenRule:
    """Нарушение, которое находит само правило поля: границы в примере — его же."""
    try:
        RULES[field](value)
    except RuleBrokenError as broken:
        return BrokenRule(field, broken.code, broken.limits)
    raise ValueError(f"{value!r} breaks no rule of {field}")


# Значения для фраз и нарушенные правила; остальным видам ни того, ни другого не нужно.
_EXAMPLES = {
    "email_taken": ProblemError(
        "email_taken",
        {"email": "ivan.ivanov@example.ru"},
        [BrokenRule("email", "email_taken")],
    ),
    "body_too_large": ProblemError("body_too_large", {"max": MAX_BODY}),
    "invalid_idempotency_key": ProblemError("invalid_idempotency_key", {"max": MAX_KEY}),
    "invalid_customer": ProblemError(
        "invalid_customer", broken_rules=[_broken("name", ""), _broken("age", -1)]
    ),
    "invalid_body": ProblemError(
        "invalid_body", broken_rules=[BrokenRule("body", "malformed_json")]
    ),
}


def example_problem(code: str) -> ProblemError:
    """Возвращает пример отказа этого вида."""
    return _EXAMPLES.get(code) or ProblemError(code)
