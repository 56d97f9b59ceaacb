"""``python manage.py register_customer ИМЯ АДРЕС [--key КЛЮЧ]``."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm_api import DomainError
from shop.customers import register


class Command(BaseCommand):
    """Регистрирует покупателя из командной строки."""

    help = "Register one customer."

    def add_arguments(self, parser: CommandParser) -> None:
        """Называет аргументы."""
        parser.add_argument("name")
        parser.add_argument("email")
        parser.add_argument("--key", help="the same on each repeat of this very registration")

    def handle(self, *_: object, name: str, email: str, key: str | None, **__: object) -> None:
        """Регистрирует и печатает номер."""
        try:
            customer = register()(name=name, email=email, idempotency_key=key)
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(str(customer.id))
