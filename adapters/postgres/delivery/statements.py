"""Команды SQL рассылки: взять события, отметить посланные, услышать о новых."""

from adapters.postgres.statement import Statement
from adapters.postgres.tables import REGISTERED_AT
from domain.customer import RULES

_VALUES = {name: f"customers.{name}" for name in RULES} | {
    "email": (
        "coalesce((SELECT given.email::text FROM emails_as_given AS given"
        " WHERE given.customer_id = customers.id AND given.compared = customers.email),"
        " customers.email::text)"
    )
}
_CUSTOMER = ", ".join(f"'{name}', {value}" for name, value in _VALUES.items())

TAKE = Statement(
    "take_events",
    f"""
    WITH due AS MATERIALIZED (
        SELECT id, customer_id, next_attempt_at AS due_at
        FROM waiting_events
        WHERE subscriber_id = (
            SELECT id FROM event_subscribers WHERE name = $1::varchar AND NOT is_paused
        )
        AND next_attempt_at >= to_timestamp($2::float8) AND next_attempt_at <= now()
        ORDER BY next_attempt_at
        LIMIT $3::integer
        FOR UPDATE SKIP LOCKED
    ), erased AS (
        DELETE FROM waiting_events USING due
        WHERE waiting_events.id = due.id AND NOT row_security_active('customers')
        AND NOT EXISTS (SELECT FROM customers WHERE customers.id = due.customer_id)
    ), taken AS (
        UPDATE waiting_events SET
            next_attempt_at = now() + make_interval(secs => $4::float8),
            attempts = least(waiting_events.attempts + 1, 32767)
        FROM due LEFT JOIN customers ON customers.id = due.customer_id
        WHERE waiting_events.id = due.id
        AND (customers.id IS NOT NULL OR row_security_active('customers'))
        RETURNING waiting_events.*, {REGISTERED_AT} AS registered_at,
            CASE WHEN customers.id IS NOT NULL
                THEN json_build_object({_CUSTOMER})::text
            END AS customer
    )
    SELECT taken.id, (SELECT id FROM event_database), taken.customer_id, source, trace, attempts,
        extract(epoch FROM clock_timestamp() - written_at)::float8,
        (extract(epoch FROM registered_at) * 1000000)::bigint,
        customer, extract(epoch FROM due_at)::float8,
        type, (extract(epoch FROM coalesce(happened_at, written_at)) * 1000000)::bigint
    FROM due LEFT JOIN taken ON taken.id = due.id ORDER BY due_at, due.id
    """,  # noqa: S608 — имена полей покупателя
)
"""Берёт события подписчика ``$1``, которым пора и было пора не раньше ``$2``, не больше ``$3``.

Взятое до конца срока ``$4`` не достанется никому: замка сеанса для этого не надо, и за пулом в
режиме транзакций всё то же. MATERIALIZED: иначе планировщик мог бы исполнить LIMIT не один раз.

В ответе строка и о тех, чей покупатель удалён: события в ней нет, и его самого больше нет. Где
строки скрывает политика (row security), там удалённого от скрытого не отличить: такое событие
берут как все, но покупателя в строке нет.
"""

SETTLE = Statement(
    "settle_events",
    """
    WITH given AS (
        SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::varchar[], $4::float8[])
            AS given(id, attempts, failure, retry_in)
    ), postponed AS (
        UPDATE waiting_events SET next_attempt_at = now() + make_interval(secs => retry_in)
        FROM given
        WHERE waiting_events.id = given.id AND waiting_events.attempts = given.attempts
        AND retry_in IS NOT NULL
    ), ended AS (
        DELETE FROM waiting_events USING given
        WHERE waiting_events.id = given.id AND retry_in IS NULL
        AND (failure IS NULL OR waiting_events.attempts = given.attempts)
        RETURNING waiting_events.*, failure
    )
    INSERT INTO past_events
        (id, subscriber_id, type, customer_id, source, trace, happened_at, attempts, failure)
    SELECT
        CASE WHEN EXISTS (SELECT FROM past_events AS past WHERE past.id = ended.id)
            THEN -id ELSE id END,
        subscriber_id, type, customer_id, source, trace, happened_at, attempts, failure
    FROM ended WHERE failure IS NOT NULL OR $5::boolean
    """,
)
"""Отмечает посланные ``$1``; доставленные остаются среди прошлых, если ``$5``.

Отложить и отступиться может только тот, чья попытка ``$2`` последняя; а принятое принято, кто бы
его ни послал. Номер, под которым среди прошлых уже лежит другое (последовательность отстала от
строк, которые принесла репликация), становится отрицательным: таких она не даёт.
"""

CHANNEL = "crm_events"
"""Канал NOTIFY: по нему рассылки узнают, что появились события."""

LISTEN = Statement("listen_for_events", f"LISTEN {CHANNEL}")

NOTIFY = Statement(
    "notify_relays",
    f"""
    SELECT pg_notify('{CHANNEL}', '') FROM event_subscribers
    WHERE name <> ALL ($1::varchar[]) LIMIT 1
    """,  # noqa: S608 — имя своего же канала
)
"""Говорит, что появились события, если есть подписчики кроме ``$1``; иначе в ответе нет строк."""

PAUSE = Statement(
    "pause_subscriber",
    "UPDATE event_subscribers SET is_paused = true, paused_because = $2::varchar"
    " WHERE name = $1::varchar AND NOT is_paused",
)

LAG = Statement(
    "look_at_events",
    """
    SELECT name, waiting, greatest(extract(epoch FROM clock_timestamp() - oldest), 0)::float8,
        is_paused
    FROM event_subscribers CROSS JOIN LATERAL (
        SELECT count(*) AS waiting, min(written_at) AS oldest
        FROM (
            SELECT written_at FROM waiting_events
            WHERE subscriber_id = event_subscribers.id
            ORDER BY next_attempt_at LIMIT $1::integer
        ) AS nearest
    ) AS counted
    """,
)
"""Сколько событий ждёт каждый подписчик, сколько секунд самое старое, не приостановлен ли он.

У каждого смотрят не дальше ``$1`` ближайших, по указателю: сколько бы ни накопилось, ответ скор. За
ними среди отложенных бывают и старше: точно об этом говорит ``crm-api events status``.
"""

HASTEN = Statement(
    "hasten_events",
    """
    WITH misplaced AS MATERIALIZED (
        SELECT found.id FROM event_subscribers CROSS JOIN LATERAL (
            (
                SELECT id FROM waiting_events
                WHERE subscriber_id = event_subscribers.id
                AND next_attempt_at > now() + make_interval(secs => $1::float8)
                ORDER BY next_attempt_at DESC LIMIT 10000
            ) UNION (
                SELECT id FROM (
                    SELECT id, attempts FROM waiting_events
                    WHERE subscriber_id = event_subscribers.id
                    AND next_attempt_at > now() + interval '1 s'
                    ORDER BY next_attempt_at LIMIT 10000
                ) AS nearest WHERE attempts = 0
            )
        ) AS found
    ), hastened AS (
        UPDATE waiting_events SET next_attempt_at = now() WHERE id IN (
            SELECT id FROM waiting_events WHERE id IN (SELECT id FROM misplaced) AND (
                next_attempt_at > now() + make_interval(secs => $1::float8)
                OR attempts = 0 AND next_attempt_at > now() + interval '1 s'
            ) FOR UPDATE SKIP LOCKED
        ) RETURNING id
    )
    SELECT count(*) FROM hastened
    """,
)
"""Делает срочными события, чей срок верен быть не может: часы сервера перевели назад.

Это срок дальше, чем через ``$1`` секунд, на которые ничего не откладывают, и будущий срок того, что
ещё не слали. Смотрят по указателю и не всё сразу; других рассылок не ждут.
"""

HOLDER = Statement(
    "look_for_holder",
    """
    SELECT holder, xmin FROM (
        SELECT 'session ' || pid, coalesce(backend_xmin, backend_xid) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid()
        AND backend_type IS DISTINCT FROM 'autovacuum worker'
        AND (datname = current_database() OR backend_type = 'walsender')
        UNION ALL
        SELECT 'replication slot ' || slot_name, xmin FROM pg_replication_slots
        UNION ALL
        SELECT 'a prepared transaction', transaction FROM pg_prepared_xacts
        WHERE database = current_database()
    ) AS held (holder, xmin)
    WHERE xmin IS NOT NULL ORDER BY age(xmin) DESC LIMIT 1
    """,
)
"""Кто дольше всех не даёт убирать мёртвые строки и с какой транзакции; прав для этого не надо."""

FORGET = Statement(
    "forget_delivered_events",
    """
    WITH RECURSIVE told (subscriber) AS (
        SELECT min(subscriber_id) FROM waiting_events
        UNION ALL
        SELECT (SELECT min(subscriber_id) FROM waiting_events WHERE subscriber_id > subscriber)
        FROM told WHERE subscriber IS NOT NULL
    ), removed AS MATERIALIZED (
        SELECT subscriber FROM told WHERE subscriber IS NOT NULL
        AND NOT EXISTS (SELECT FROM event_subscribers WHERE event_subscribers.id = subscriber)
        AND NOT row_security_active('event_subscribers')
    ), left_behind AS (
        DELETE FROM waiting_events WHERE id IN (
            SELECT id FROM removed JOIN waiting_events ON subscriber_id = subscriber
            LIMIT 10000
            FOR UPDATE OF waiting_events SKIP LOCKED
        )
    )
    DELETE FROM past_events WHERE id IN (
        SELECT id FROM past_events
        WHERE failure IS NULL AND ended_at < now() - make_interval(days => $1::integer)
        ORDER BY ended_at LIMIT 10000
        FOR UPDATE SKIP LOCKED
    )
    """,
)
"""Удаляет доставленные раньше, чем ``$1`` дней назад, по частям; других рассылок не ждёт.

И те, чьего подписчика убрали, пока их записывали. Подписчиков ищет по указателю, перепрыгивая от
одного к другому: сколько бы событий ни ждало, ответ скор.
"""
