"""Последовательности номеров: отставшую от строк догоняют, назад не возвращают."""

from collections.abc import Sequence

from attrs import frozen

from adapters.postgres.statement import Statement

# Произвольное число; одно на все процессы этого сервиса в одной базе данных.
_ADVISORY_LOCK = 3_001_2027
_FAR = 10_000  # номеров: столько берётся по одному за доли секунды

WAS_BEHIND = "the sequence of %s.id was behind its rows: it is at %s now"
"""Строка журнала о том, что её догнали."""

GIVES_NO_IDS = """number.attidentity = '' AND NOT number.atthasdef
            AND (SELECT typdefault IS NULL FROM pg_type WHERE oid = number.atttypid)
            AND NOT EXISTS (
                SELECT FROM pg_trigger WHERE tgrelid = number.attrelid AND tgtype & 7 = 7
                AND tgenabled IN ('O', 'A')
            )"""
"""Условие SQL: номера не даёт ничто, ни сам столбец, ни его тип, ни включённый триггер на вставку;
``number`` — строка ``pg_attribute`` о столбце номеров."""


@frozen
class IdSequence:
    """Последовательность, из которой берутся номера таблицы.

    Последовательность отстаёт, когда строки вставляют с номерами: логическая репликация, COPY.

    Attributes:
        table: таблица, чей столбец ``id`` её берёт.
        last_id: SQL: наибольший занятый номер.
    """

    table: str
    last_id: str

    @property
    def bring_forward(self) -> Statement:
        """Команда, которая её догоняет; в ответе новое значение, а если догонять нечего, строк нет.

        Догоняют её ``nextval``: назад он её не вернёт, и право нужно то же, что регистрации.
        Издалека — ``setval``: за эти мгновения никто другой так далеко не уйдёт, а догоняют по
        очереди. О той, из которой ещё ничего не брали, ``pg_sequence_last_value`` молчит, и она
        остаётся, где была.
        """
        return Statement(
            f"bring_ids_of_{self.table}_forward",
            f"""
            WITH locked AS MATERIALIZED (
                SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})
            ), reached AS MATERIALIZED (
                SELECT seqrelid, seqincrement, ({self.last_id}) AS last_id,
                    pg_sequence_last_value(seqrelid) AS last_value
                FROM locked, pg_sequence
                WHERE seqrelid = CAST(pg_get_serial_sequence('{self.table}', 'id') AS regclass)
            )
            SELECT CASE
                WHEN last_id - last_value > {_FAR} * seqincrement
                    AND has_sequence_privilege(seqrelid, 'UPDATE')
                THEN setval(seqrelid, last_id)
                ELSE (
                    SELECT max(number)
                    FROM (
                        SELECT nextval(seqrelid) AS number
                        FROM generate_series(last_value + 1, last_id, seqincrement)
                    ) AS taken
                )
            END
            FROM reached
            WHERE last_id > last_value
            """,  # noqa: S608 — складывается из своих же имён и чисел
        )


CUSTOMER_IDS = IdSequence("customers", "SELECT max(id) FROM customers")
EVENT_IDS = IdSequence(
    "waiting_events",
    # Прошедшее событие остаётся под тем же номером.
    "SELECT greatest((SELECT max(id) FROM waiting_events), (SELECT max(id) FROM past_events))",
)
SUBSCRIBER_IDS = IdSequence("event_subscribers", "SELECT max(id) FROM event_subscribers")

ID_SEQUENCES: Sequence[IdSequence] = (CUSTOMER_IDS, EVENT_IDS, SUBSCRIBER_IDS)
"""Все последовательности номеров этого сервиса."""
