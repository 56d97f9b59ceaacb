"""События о повторных регистрациях в PostgreSQL: вторая запись каждой скрытной просьбы."""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import psycopg

from adapters.postgres.registration.database_refusals import is_about_one_row, translated
from adapters.postgres.registration.ids_behind import bring_forward, event_ids_behind
from adapters.postgres.registration.lane import WritingLane
from adapters.postgres.registration.writing_connection import UnknownOutcomeError
from adapters.postgres.statement import Statement
from adapters.postgres.text_format import array_literal
from application.customer_repository import RepositoryUnavailableError
from application.repeated_registrations import CLOCKS_DIFFER
from domain.events import REGISTRATION_REPEATED, Source

_log = logging.getLogger("crm_api.database")

_PATIENCE = 1.4  # секунд на пачку вместе с повторами: вызовы ждут не дольше
_PAUSE = 0.1  # секунд между попытками

TELL_REPEATED = Statement(
    "tell_repeated",
    f"""
    WITH given AS (
        SELECT DISTINCT ON (customer_id) *
        FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::varchar[])
            AS given(customer_id, repeated_at, since, trace)
        WHERE EXISTS (SELECT FROM customers WHERE customers.id = given.customer_id)
        ORDER BY customer_id
    ), told AS (
        INSERT INTO repeated_registrations AS known (customer_id, told_at)
        SELECT customer_id, repeated_at FROM given ORDER BY customer_id
        ON CONFLICT (customer_id) DO UPDATE SET told_at = excluded.told_at
        WHERE known.told_at <= (
            SELECT since FROM given WHERE given.customer_id = excluded.customer_id
        ) OR known.told_at > excluded.told_at + interval '{CLOCKS_DIFFER.total_seconds():g} s'
        RETURNING customer_id, told_at
    ), events AS (
        INSERT INTO waiting_events
            (subscriber_id, type, customer_id, source, trace, happened_at)
        SELECT event_subscribers.id, '{REGISTRATION_REPEATED}', customer_id,
            '{Source.REGISTRATION}', trace, told_at
        FROM told JOIN given USING (customer_id)
        JOIN event_subscribers ON '{REGISTRATION_REPEATED}' = ANY (types)
    )
    SELECT FROM event_database FOR KEY SHARE
    """,  # noqa: S608 — складывается из своих же строк
)
"""Оставляет события о покупателях ``$1``, которых просили зарегистрировать в ``$2``, если после
``$3`` о них не говорилось; сказанное в будущем не в счёт.

Строку покупателя в ``repeated_registrations`` держит первый; второй, откуда бы он ни пришёл, ждёт и
видит, что сказано. Порядок один у всех пачек: иначе две встречные заблокировали бы друг друга.
Замок на строке ``event_database`` — тоже запись, и конец команды ждёт диска и ведомых, осталось
событие или нет; другому такому же он не помеха.
"""


class Repeat(NamedTuple):
    """Кого просили зарегистрировать снова.

    Attributes:
        customer_id: его номер; ``None`` — никого.
        at: когда.
        since: если после этого уже говорилось, говорить снова нельзя.
        trace: к какой трассе относится просьба (W3C Trace Context, ``traceparent``).
    """

    customer_id: int | None
    at: datetime
    since: datetime
    trace: str | None = None


class RepeatsWriter:
    """Пишет события через полосу записи: своего соединения на них не нужно."""

    def __init__(self, lane: WritingLane) -> None:
        """Создаёт пишущего.

        Args:
            lane: полоса.
        """
        self._lane = lane

    async def write(self, repeats: Sequence[Repeat]) -> Sequence[Exception | None]:
        """Записывает пачку и возвращает исходы в её порядке; ``None`` — надёжно."""
        outcomes = await self._write(repeats, time.monotonic() + _PATIENCE)
        if any(repeat.customer_id is not None for repeat in repeats):
            self._lane.tell_written()
        return outcomes

    async def probe(self) -> None:
        """Пробует, можно ли писать, не говоря ни о ком; ошибки те же, что у полосы."""
        await self._lane.execute(TELL_REPEATED, _parameters([]), is_probe=True)

    async def _write(self, repeats: Sequence[Repeat], until: float) -> list[Exception | None]:
        while True:
            try:
                await self._lane.execute(TELL_REPEATED, _parameters(repeats))
            except UnknownOutcomeError as error:
                # Ещё раз — не страшно: сказанное дважды не говорится.
                _log.warning("%s: telling again", error)
            except psycopg.Error as error:
                behind = event_ids_behind(error)
                # Догнать она может и впустую: занятый номер бывает и не из неё, и не виден роли.
                has_time = time.monotonic() < until
                if behind and has_time and await bring_forward(behind, self._lane.execute):
                    await asyncio.sleep(_PAUSE)
                    continue
                if len(repeats) > 1 and is_about_one_row(error):
                    return [
                        outcome for one in repeats for outcome in await self._write([one], until)
                    ]
                return [translated(error)] * len(repeats)
            else:
                return [None] * len(repeats)
            if time.monotonic() >= until:
                reason = "it is not known whether the subscribers will be told"
                return [RepositoryUnavailableError(reason)] * len(repeats)
            await asyncio.sleep(_PAUSE)


def _parameters(repeats: Sequence[Repeat]) -> list[bytes]:
    """Раскладывает пачку по столбцам."""
    about = [one for one in repeats if one.customer_id is not None]
    return [array_literal(list(column)) for column in zip(*about, strict=True)] or [b"{}"] * 4
