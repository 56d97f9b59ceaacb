"""Отказ в регистрации словами: код из каталога, фразы и нарушенные правила."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from application.idempotency import MAX_KEY, IdempotencyKeyReusedError, InvalidIdempotencyKeyError
from domain.errors import BrokenRule, DomainError, EmailAlreadyRegisteredError, InvalidCustomerError
from entrypoints.texts import Language, text


@frozen
class Refusal:
    """Отказ.

    Attributes:
        code: устойчивый код; им же назван вид отказа в HTTP.
        values: значения для фразы.
        broken_rules: что именно не так, если это можно назвать.
    """

    code: str
    values: Mapping[str, object] = field(factory=dict)
    broken_rules: Sequence[BrokenRule] = ()

    def detail(self, language: Language) -> str:
        """Говорит, что случилось."""
        return text(self.code, language, **self.values)

    def errors(self, language: Language) -> list[dict[str, str]]:
        """Называет нарушенные правила: поле, код и фразу."""
        return in_words(self.broken_rules, language)


def in_words(broken_rules: Sequence[BrokenRule], language: Language) -> list[dict[str, str]]:
    """Называет нарушенные правила: поле, код и фразу."""
    return [
        {
            "field": rule.field,
            "code": rule.code,
            "detail": text(rule.code, language, **rule.limits),
        }
        for rule in broken_rules
    ]


def refusal(error: DomainError) -> Refusal | None:
    """Даёт ошибке предметной области её код; ``None`` — кода у неё нет, и это ошибка наша."""
    match error:
        case EmailAlreadyRegisteredError(email=email):
            return Refusal("email_taken", {"email": email})
        case InvalidCustomerError(broken_rules=broken_rules):
            return Refusal("invalid_customer", broken_rules=broken_rules)
        case InvalidIdempotencyKeyError():
            return Refusal("invalid_idempotency_key", {"max": MAX_KEY})
        case IdempotencyKeyReusedError():
            return Refusal("idempotency_key_reused")
        case _:
            return None
