"""Порт записей об одном покупателе: что о нём хранится, и как это стереть.

Нужен исполнению закона: GDPR, статьи 15, 17 и 20; 152-ФЗ, статьи 14 и 21.
"""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from attrs import frozen


@frozen
class CustomerRecord:
    """Всё, что хранится о покупателе.

    Не ``Customer``: в принятой таблице бывают и такие, кто правил не соблюдает, а закон — о
    каждом.

    Attributes:
        id: его номер.
        fields: поля покупателя по порядку, какими он дал их.
        registered_at: когда зарегистрирован; UTC; ``None`` — неизвестно.
        keys: сколько ключей идемпотентности о нём помнится.
        events: сколько событий о нём записано.
    """

    id: int
    fields: Mapping[str, str | int | None]
    registered_at: datetime | None
    keys: int
    events: int


@frozen
class Erasure:
    """Что стёрто; личных данных здесь нет.

    Attributes:
        customer_id: чьё.
        keys: ключей идемпотентности.
        events: событий.
    """

    customer_id: int
    keys: int
    events: int


class CustomerRecords(Protocol):
    """Записи о покупателях, по одному."""

    @abstractmethod
    async def find(self, who: int | str) -> CustomerRecord | None:
        """Находит покупателя; ``None`` — такого нет.

        Args:
            who: номер или то, по чему сравнивается адрес (``domain.email.compared_email``).
        """
        ...

    @abstractmethod
    async def erase(self, customer_id: int, *, leaves_tombstone: bool) -> Erasure | None:
        """Стирает покупателя, его ключи и события, всё или ничего; ``None`` — такого уже нет.

        Вместе с ним появляется метка его адреса (``application.erased_emails``), если её просят;
        если нет, не остаётся и прежней: раз он был, он с тех пор зарегистрировался сам.

        Регистрация того же адреса, которая идёт одновременно, не теряется: она узнаёт либо прежнего
        покупателя, либо, после стирания, становится новым с новым номером. Его ключи этого
        стирания не касаются: они записаны на новый номер.
        """
        ...
