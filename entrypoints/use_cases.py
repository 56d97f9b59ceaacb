"""То, ради чего сервис открывают: одно и то же для HTTP, командной строки и Python."""

from collections.abc import Awaitable, Callable

from attrs import frozen

from application.import_customers import ImportCustomers
from application.register_customer import RegisterCustomer


@frozen
class UseCases:
    """Варианты использования открытого сервиса.

    Attributes:
        register_customer: регистрирует покупателя.
        import_customers: регистрирует покупателей из строк источника.
        ensure_ready: возвращается, если покупателя можно записать; ошибки те же, что у
            ``CustomerRepository.ensure_ready``.
    """

    register_customer: RegisterCustomer
    import_customers: ImportCustomers
    ensure_ready: Callable[[], Awaitable[None]]
