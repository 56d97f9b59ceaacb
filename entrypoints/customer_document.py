"""Покупатель для читателя: поля по порядку, в видах, которые есть и в JSON."""

from datetime import datetime

from cattrs.fns import identity
from cattrs.preconf.orjson import make_converter

from domain.customer import Customer

_converter = make_converter()
for _optional in (str | None, int | None):
    # Узнав, что менять нечего, cattrs не зовёт ничего; о необязательных он этого не знает.
    _converter.register_unstructure_hook(_optional, identity)
_converter.register_unstructure_hook(
    # RFC 3339; всегда шесть цифр, чтобы читателю не разбирать два вида.
    datetime,
    lambda moment: moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z",
)


def customer_document(customer: Customer) -> dict[str, object]:
    """Возвращает поля: номер первым, остальное в порядке полей покупателя."""
    return {"id": customer.id, **_converter.unstructure(customer)}
