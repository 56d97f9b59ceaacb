"""Просьба о записи и что команда SQL о ней сказала."""

from attrs import define

from application.idempotency import IdempotencyKey, KnownKey
from domain.customer import NewCustomer
from domain.events import Source


@define
class RegistrationRequest:
    """Кого записать, чем узнать повтор этой же просьбы и что сказать подписчикам.

    Attributes:
        customer: кого записать.
        key: узнаёт повтор.
        source: откуда новость; ``None`` — подписчикам её не сообщать.
        trace: к какой трассе она относится (W3C Trace Context, ``traceparent``).
    """

    customer: NewCustomer
    key: IdempotencyKey | None = None
    source: Source | None = Source.REGISTRATION
    trace: str | None = None

    def names(self) -> set[str | IdempotencyKey]:
        """По чему просьбы узнают повтор: адрес и, если он есть, ключ."""
        email = self.customer.compared_email
        return {email} if self.key is None else {email, self.key}


@define
class Found:
    """Что команда сказала о просьбе, которую не записала.

    Attributes:
        owner_id: чей адрес был занят до неё.
        is_same: хозяин адреса совпадает с просьбой до последней буквы и микросекунды.
        known: её ключ, если он был известен до команды.
    """

    owner_id: int | None = None
    is_same: bool = False
    known: KnownKey | None = None


type InsertResult = int | Found
"""Что команда сказала о просьбе: номер, под которым записала, или почему не записала."""
