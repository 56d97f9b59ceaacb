"""То, ради чего сервис открывают: одно и то же для HTTP, командной строки и Python."""

from collections.abc import Awaitable, Callable

from attrs import frozen

from application.customer_repository import Registration
from application.import_customers import ImportCustomers
from application.register_customer import RegisterCustomer, RegisterCustomerCommand

type RegisterOverHttp = Callable[[RegisterCustomerCommand], Awaitable[Registration | None]]
"""Регистрирует покупателя для того, кто пришёл по HTTP; ``None`` — чем кончилось, не скажут."""


@frozen
class UseCases:
    """Варианты использования открытого сервиса.

    Attributes:
        register_customer: регистрирует покупателя.
        register_over_http: регистрирует того, кто пришёл по HTTP.
        import_customers: регистрирует покупателей из строк источника.
        ensure_ready: возвращается, если покупателя можно записать; ошибки те же, что у
            ``CustomerRepository.ensure_ready``.
    """

    register_customer: RegisterCustomer
    register_over_http: RegisterOverHttp
    import_customers: ImportCustomers
    ensure_ready: Callable[[], Awaitable[None]]
