"""Порт: событие о том, что покупателя, который уже есть, просят зарегистрировать снова."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol

CLOCKS_DIFFER = timedelta(hours=1)
"""Настолько, самое большее, расходятся часы тех, кто оставляет события."""


class RepeatedRegistrations(Protocol):
    """Место, где остаются события о повторных регистрациях; рассылают их вместе с остальными."""

    @abstractmethod
    async def tell_repeated(self, customer_id: int | None, at: datetime, since: datetime) -> None:
        """Оставляет событие каждому, кто о таком просил; возвращается, когда оно надёжно.

        Не чаще, чем велено: если о том же покупателе позже ``since`` уже говорилось, события не
        будет, кто бы его ни оставил. О том, кого уже нет, его не будет тоже. Сказанное в будущем,
        дальше ``CLOCKS_DIFFER``, не в счёт: часы с тех пор перевели назад, и покупателю иначе не
        говорили бы, пока время не дойдёт туда снова.

        По времени вызова не узнать, осталось ли событие. Поэтому адаптер, который пишет на диск,
        пишет и ждёт диска и тогда, когда говорить не о ком.

        Args:
            customer_id: кого просят зарегистрировать снова; ``None`` — никого.
            at: когда; UTC.
            since: раньше какого времени об этом должно было говориться в прошлый раз; UTC.

        Raises:
            application.customer_repository.RepositoryOverloadedError: вызов не принят.
            application.customer_repository.RepositoryUnavailableError: осталось ли событие,
                неизвестно; вызов можно повторить.
        """
        ...
