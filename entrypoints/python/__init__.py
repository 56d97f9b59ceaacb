"""Регистрация прямо из Python: ``registration`` и ``async_registration``, обе в две строки."""

from entrypoints.python.asynchronous import AsyncRegister, async_registration
from entrypoints.python.fields import CustomerFields
from entrypoints.python.synchronous import Register, registration

__all__ = ["AsyncRegister", "CustomerFields", "Register", "async_registration", "registration"]
