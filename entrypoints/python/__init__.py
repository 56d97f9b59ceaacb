"""Регистрация и загрузка прямо из Python, для асинхронного кода и для обычного."""

from entrypoints.python.asynchronous import AsyncRegister, async_registration
from entrypoints.python.customer_import import async_import_customers, import_customers
from entrypoints.python.fields import CustomerFields
from entrypoints.python.synchronous import Register, registration

__all__ = [
    "AsyncRegister",
    "CustomerFields",
    "Register",
    "async_import_customers",
    "async_registration",
    "import_customers",
    "registration",
]
