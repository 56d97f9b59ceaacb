"""Варианты использования: показать, что хранится о покупателе, и стереть это."""

import re

from attrs import frozen

from application.customer_records import CustomerRecord, CustomerRecords, Erasure
from domain.email import compared_email, normal_email

# Девятнадцать цифр — это и больше любого номера: BIGINT кончается на 2⁶³ - 1.
_ID = re.compile(r"[0-9]{1,18}")


class UnknownCustomerError(LookupError):
    """Такого покупателя нет. Адреса, о котором спросили, в тексте нет."""

    def __init__(self) -> None:
        super().__init__("no such customer")


@frozen
class FindCustomer:
    """Находит всё, что хранится о покупателе.

    Attributes:
        records: записи о покупателях.
    """

    records: CustomerRecords

    async def __call__(self, who: str) -> CustomerRecord:
        """Находит по номеру или по адресу в любом написании.

        Raises:
            UnknownCustomerError: такого нет.
        """
        is_id = _ID.fullmatch(who)
        found = await self.records.find(int(who) if is_id else compared_email(normal_email(who)))
        if found is None:
            raise UnknownCustomerError
        return found


@frozen
class EraseCustomer:
    """Стирает всё, что хранится о покупателе.

    Attributes:
        records: записи о покупателях.
    """

    records: CustomerRecords

    async def __call__(self, customer_id: int, *, leaves_tombstone: bool = False) -> Erasure:
        """Стирает по номеру: адрес за то время, пока спрашивали согласия, мог стать чужим.

        Args:
            customer_id: кого.
            leaves_tombstone: оставить ли метку, по которой его не загрузят снова.

        Raises:
            UnknownCustomerError: такого нет; быть может, его уже стёрли.
        """
        erased = await self.records.erase(customer_id, leaves_tombstone=leaves_tombstone)
        if erased is None:
            raise UnknownCustomerError
        return erased
