"""Счёт отказов, который помнит сервер Prometheus: сам сервис после перезапуска начинает с нуля."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from attrs import frozen

from application.refusal_counts import RefusalCounts, RefusalsUnknownError

_TIMEOUT = 10  # с
_MOST = 1024 * 1024  # байт ответа: кодов два десятка


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    code, count = counted
    return -count, code


@frozen
class PrometheusRefusalCounts(RefusalCounts):
    """Спрашивает Prometheus (HTTP API, /api/v1/query).

    Attributes:
        url: где он, без косой черты в конце.
    """

    url: str

    async def by_code(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """Считает отказы по приросту счётчиков; чего Prometheus уже не помнит, того здесь нет.

        Raises:
            RefusalsUnknownError: Prometheus недоступен или ответил не тем.
        """
        return await asyncio.to_thread(self._by_code, since, until)

    def _by_code(self, since: datetime, until: datetime) -> Mapping[str, int]:
        seconds = max(1, int((until - since).total_seconds()))
        # По целым числам: increase() досчитывает края промежутка и дробит единицы.
        query = f"sum by (code) (increase(crm_refusals_total[{seconds}s]))"
        asked = urlencode({"query": query, "time": f"{until.timestamp():.0f}"})
        try:
            request = Request(f"{self.url}/api/v1/query?{asked}")  # noqa: S310 — схему проверили настройки
            with urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
                content = answer.read(_MOST)
            found = json.loads(content)["data"]["result"]
            counts = {one["metric"]["code"]: round(float(one["value"][1])) for one in found}
        except HTTPError as error:
            error.close()
            raise self._unknown(f"it answers {error.code}") from None
        except (OSError, HTTPException) as error:
            raise self._unknown(f"{getattr(error, 'reason', error) or type(error)}") from None
        except (ValueError, LookupError, TypeError, OverflowError):
            raise self._unknown("its answer is not one of Prometheus") from None
        # Каждый код сервис считает с нуля; о тех, кем никому не отказали, отчёт молчит.
        return {code: count for code, count in sorted(counts.items(), key=_most_first) if count}

    def _unknown(self, why: str) -> RefusalsUnknownError:
        return RefusalsUnknownError(
            f"cannot ask Prometheus at {self.url} ({why}); check the address, or leave it out"
        )
