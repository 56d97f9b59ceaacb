"""Отказ: какого он вида, с какими значениями и какие правила нарушены."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import attrs
from attrs import frozen

from application.customer_repository import (
    RepositoryOverloadedError,
    RepositoryUnavailableError,
)
from application.idempotency import MAX_KEY, IdempotencyKeyReusedError, InvalidIdempotencyKeyError
from domain.errors import BrokenRule, EmailAlreadyRegisteredError, InvalidCustomerError
from entrypoints.problem_catalogue import PROBLEM_TYPES
from entrypoints.texts import Language, text


@frozen
class ProblemError(Exception):
    """Отказ одного из видов каталога.

    Attributes:
        code: код вида: один из ``PROBLEM_TYPES``.
        values: значения для фразы.
        broken_rules: что именно не так, если это можно назвать.
        headers: заголовки ответа HTTP сверх обычных.
    """

    code: str
    values: Mapping[str, object] = attrs.field(factory=dict)
    broken_rules: Sequence[BrokenRule] = ()
    headers: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def status(self) -> HTTPStatus:
        """Код состояния HTTP."""
        return PROBLEM_TYPES[self.code].status

    def title(self, language: Language) -> str:
        """Называет вид отказа."""
        return PROBLEM_TYPES[self.code].title.text(language, {})

    def detail(self, language: Language) -> str:
        """Говорит, что случилось."""
        return PROBLEM_TYPES[self.code].detail.text(language, self.values)

    @property
    def field(self) -> str | None:
        """Поле, к которому отказ относится, если оно одно."""
        fields = {rule.field for rule in self.broken_rules}
        return fields.pop() if len(fields) == 1 else None

    def errors(self, language: Language) -> list[dict[str, object]]:
        """Называет нарушенные правила: поле, код, фразу и границы правила."""
        return [
            {
                "field": rule.field,
                "code": rule.code,
                "detail": text(rule.code, language, rule.limits),
                "limits": dict(rule.limits),
            }
            for rule in self.broken_rules
        ]


def known_problem(error: Exception) -> ProblemError | None:
    """Превращает ошибку домена, ключа или хранилища в отказ; ``None`` — такого отказа нет."""
    match error:
        case EmailAlreadyRegisteredError(email=email):
            problem = ProblemError(
                "email_taken", {"email": email}, [BrokenRule("email", "email_taken")]
            )
        case InvalidCustomerError(broken_rules=broken_rules):
            problem = ProblemError("invalid_customer", broken_rules=broken_rules)
        case InvalidIdempotencyKeyError():
            problem = ProblemError("invalid_idempotency_key", {"max": MAX_KEY})
        case IdempotencyKeyReusedError():
            problem = ProblemError("idempotency_key_reused")
        case RepositoryOverloadedError():
            problem = ProblemError("overloaded")
        case RepositoryUnavailableError():
            problem = ProblemError("unavailable")
        case _:
            return None
    return problem
