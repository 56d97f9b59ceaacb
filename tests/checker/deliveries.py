"""Сверка: что записано и что дошло до подписчика."""

from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import frozen

from tests.checker.comparison import Row


@frozen
class Delivery:
    """Событие, которое подписчик принял.

    Attributes:
        event_id: его номер.
        customer_id: о ком оно.
        email: адрес покупателя.
    """

    event_id: str
    customer_id: int
    email: str


@frozen
class DeliveryVerdict:
    """Итог сверки с одним подписчиком.

    Attributes:
        delivered: о скольких покупателях он узнал.
        missing: адреса записанных, о которых он не узнал.
        phantoms: номера событий о тех, кто не записан.
        renumbered: адреса тех, о ком пришли события с разными номерами.
        repeated: сколько раз событие пришло ещё раз; это можно.
    """

    delivered: int
    missing: Sequence[str]
    phantoms: Sequence[str]
    renumbered: Sequence[str]
    repeated: int

    @property
    def is_kept(self) -> bool:
        """Сдержано ли обещанное."""
        return not (self.missing or self.phantoms or self.renumbered)


def delivered(rows: Iterable[Row], deliveries: Sequence[Delivery]) -> DeliveryVerdict:
    """Сверяет принятое с записанным: подтверждённое записано, это проверяет ``compared``.

    Args:
        rows: записанные, прочитанные, когда рассылать больше нечего.
        deliveries: всё, что подписчик принял, в порядке прихода.
    """
    stored = {(row.id, row.email) for row in rows}
    told = {(one.customer_id, one.email) for one in deliveries}
    ids = {(one.event_id, one.customer_id) for one in deliveries}
    owners = Counter(customer_id for _, customer_id in ids)
    return DeliveryVerdict(
        delivered=len(told & stored),
        missing=sorted(email for _, email in stored - told),
        phantoms=sorted(
            one.event_id for one in deliveries if (one.customer_id, one.email) not in stored
        ),
        renumbered=sorted({one.email for one in deliveries if owners[one.customer_id] > 1}),
        repeated=len(deliveries) - len({one.event_id for one in deliveries}),
    )
