"""Загрузка нескольких тысяч покупателей разом, как в блокноте Jupyter.

В блокноте цикл событий уже идёт: там вместо ``asyncio.run(load(rows))`` пишут ``await load(rows)``.
Прерванную загрузку повторяют целиком: по ключам строк те, кто уже записан, узнаются.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence

from crm_api import Customer, CustomerFields, async_registration


async def load(rows: Sequence[CustomerFields]) -> list[Customer | BaseException]:
    """Регистрирует всех сразу и возвращает исходы в том же порядке.

    Одновременные вызовы записываются пачками, поэтому так во много раз быстрее, чем по одному.
    """
    async with async_registration() as register:
        return await asyncio.gather(*(register(**row) for row in rows), return_exceptions=True)


rows = [
    CustomerFields(
        name=f"Guest {n}", email=f"guest.{n % 2900}@example.ru", idempotency_key=f"guest-{n}"
    )
    for n in range(3000)
]
outcomes = asyncio.run(load(rows))
for outcome, count in Counter(type(one).__name__ for one in outcomes).items():
    print(outcome, count)
