"""Журнал непредвиденных ошибок того, что повторяется и кончаться не должно."""

import logging

from attrs import define, field

_log = logging.getLogger("crm_api.events")


@define
class UnforeseenErrors:
    """Говорит об ошибке один раз, а не при каждой попытке.

    Attributes:
        what: что не удалось, строка для оператора.
        period: сколько секунд до следующей попытки.
    """

    what: str
    period: float
    _told: type[Exception] | None = field(default=None, init=False)

    def tell(self, error: Exception) -> None:
        """Записывает ошибку с её местом, если прошлая попытка кончилась не такою же."""
        if type(error) is not self._told:
            _log.error("%s; trying again every %g s", self.what, self.period, exc_info=error)
        self._told = type(error)

    def forget(self) -> None:
        """Узнаёт, что попытка удалась."""
        self._told = None
