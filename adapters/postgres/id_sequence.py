"""Последовательность номеров покупателей: отставшую от строк догоняют, назад не возвращают."""

from adapters.postgres.statement import Statement

# Произвольное число; одно на все процессы этого сервиса в одной базе данных.
_ADVISORY_LOCK = 3_001_2027
_FAR = 10_000  # номеров: столько берётся по одному за доли секунды

WAS_BEHIND = "the sequence of customers.id was behind its rows: it is at %s now"
"""Строка журнала о том, что её догнали."""

BRING_IDS_FORWARD = Statement(
    "bring_ids_forward",
    f"""
    WITH locked AS MATERIALIZED (
        SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})
    ), reached AS MATERIALIZED (
        SELECT seqrelid, seqincrement, (SELECT max(id) FROM customers) AS last_id,
            pg_sequence_last_value(seqrelid) AS last_value
        FROM locked, pg_sequence
        WHERE seqrelid = CAST(pg_get_serial_sequence('customers', 'id') AS regclass)
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
    """,  # noqa: S608 — складывается из своих же чисел
)
"""Догоняет; в ответе новое значение последовательности, а если она не отстала, строк нет.

Последовательность отстаёт, когда строки вставляют с номерами: логическая репликация, ``\\copy``.
Догоняют её ``nextval``: назад он её не вернёт, и право нужно то же, что регистрации. Издалека —
``setval``: за эти мгновения никто другой так далеко не уйдёт, а догоняют по очереди. О той, из
которой ещё ничего не брали, ``pg_sequence_last_value`` молчит, и она остаётся, где была.
"""
