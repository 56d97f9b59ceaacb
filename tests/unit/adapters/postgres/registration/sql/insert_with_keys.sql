WITH looked AS (
    -- Что известно о каждой просьбе до записи: хозяин её адреса и её ключ.
    SELECT given.name AS name, given.email AS email, given.age AS age, given.gender AS gender,
        given.country AS country, given.address AS address, given.phone AS phone,
        given.registered_at AS registered_at, given.source AS source, given.trace AS trace,
        given.email_as_given AS email_as_given, given.key AS key, given.fingerprint AS fingerprint,
        given.used_at AS used_at, given.is_first AS is_first, given.position AS position, owner.id
        AS owner_id, owner.is_same AS is_same, known.known_key AS known_key
    FROM unnest($1::VARCHAR[], $2::character varying[], $3::INTEGER[], $4::VARCHAR[], $5::VARCHAR[],
        $6::VARCHAR[], $7::VARCHAR[], $8::TIMESTAMP WITHOUT TIME ZONE[], $9::VARCHAR[],
        $10::VARCHAR[], $11::VARCHAR[], $12::VARCHAR[], $13::BYTEA[], $14::TIMESTAMP WITHOUT TIME
        ZONE[], $15::BOOLEAN[]) WITH ORDINALITY AS given(name, email, age, gender, country, address,
        phone, registered_at, source, trace, email_as_given, key, fingerprint, used_at, is_first,
        position)
    LEFT OUTER JOIN LATERAL (
        -- FOR KEY SHARE: блокировка строки — тоже запись, и конец команды ждёт реплик, как ждал бы
        -- конец самой регистрации. Без неё повтор прочёл бы здесь строку, которой на репликах ещё
        -- нет, и назвал бы её надёжной. Удалить строку, пока о ней отвечают, тоже нельзя.
        SELECT customers.id AS id, (CAST(coalesce((
            SELECT CAST(emails_as_given.email AS TEXT) AS email
            FROM emails_as_given
            WHERE emails_as_given.customer_id = customers.id AND emails_as_given.compared =
                customers.email
        ), CAST(customers.email AS TEXT)) AS TEXT) COLLATE "C") =
            (CAST(coalesce(given.email_as_given, CAST(given.email AS TEXT)) AS TEXT) COLLATE "C")
            AND (CAST(customers.name AS TEXT) COLLATE "C") IS NOT DISTINCT FROM (CAST(given.name AS
            TEXT) COLLATE "C") AND customers.age IS NOT DISTINCT FROM given.age AND
            (CAST(customers.gender AS TEXT) COLLATE "C") IS NOT DISTINCT FROM (CAST(given.gender AS
            TEXT) COLLATE "C") AND (CAST(customers.country AS TEXT) COLLATE "C") IS NOT DISTINCT
            FROM (CAST(given.country AS TEXT) COLLATE "C") AND (CAST(customers.address AS TEXT)
            COLLATE "C") IS NOT DISTINCT FROM (CAST(given.address AS TEXT) COLLATE "C") AND
            (CAST(customers.phone AS TEXT) COLLATE "C") IS NOT DISTINCT FROM (CAST(given.phone AS
            TEXT) COLLATE "C") AND customers.registered_at IS NOT DISTINCT FROM given.registered_at
            AS is_same
        FROM customers
        WHERE customers.email = given.email
        FOR KEY SHARE
    ) AS owner ON true
    LEFT OUTER JOIN LATERAL (
        -- Ключ, известный до команды; блокировка та же и по той же причине. Столбец один: ключ
        -- известен целиком или не известен вовсе.
        SELECT CAST(json_build_object('fingerprint', encode(idempotency_keys.fingerprint, 'hex'),
            'customer_id', idempotency_keys.customer_id, 'registered_at', CAST(EXTRACT(epoch FROM
            idempotency_keys.registered_at) * 1000000 AS BIGINT), 'used_at', CAST(EXTRACT(epoch FROM
            idempotency_keys.used_at) * 1000000 AS BIGINT), 'stored', (
            -- Покупатель нужен, только если отпечаток не тот: его могла записать прежняя версия,
            -- или у повтора другой регистр адреса.
            SELECT json_build_object('name', customers.name, 'email', coalesce((
                SELECT CAST(emails_as_given.email AS TEXT) AS email
                FROM emails_as_given
                WHERE emails_as_given.customer_id = customers.id AND emails_as_given.compared =
                    customers.email
            ), CAST(customers.email AS TEXT)), 'age', customers.age, 'gender', customers.gender,
                'country', customers.country, 'address', customers.address, 'phone',
                customers.phone) AS json_build_object_1
            FROM customers
            WHERE customers.id = idempotency_keys.customer_id AND idempotency_keys.fingerprint !=
                given.fingerprint
        )) AS TEXT) AS known_key
        FROM idempotency_keys
        WHERE idempotency_keys.key = given.key
        FOR KEY SHARE
    ) AS known ON true
), stored AS (
    -- Только первые среди повторов, у которых свободны и адрес, и ключ. Порядок тот же, что у пачек
    -- без ключей.
    INSERT INTO customers (name, email, age, gender, country, address, phone, registered_at)
    SELECT looked.name AS name, looked.email AS email, looked.age AS age, looked.gender AS gender,
        looked.country AS country, looked.address AS address, looked.phone AS phone,
        looked.registered_at AS registered_at
    FROM looked
    WHERE looked.is_first AND looked.owner_id IS NULL AND looked.known_key IS NULL
    ORDER BY looked.email
    ON CONFLICT (email) DO NOTHING
    RETURNING customers.id, CAST(customers.email AS TEXT) COLLATE "C" AS letters
), kept AS (
    -- Строку и просьбу сводят буквы адреса: под COLLATE столбца одной строке досталось бы два
    -- ключа. Без ON CONFLICT: ключ, который в тот же миг записал другой процесс, отменяет всю
    -- команду, и повтор уже видит его. Иначе здесь остался бы покупатель без ключа.
    INSERT INTO idempotency_keys (key, fingerprint, customer_id, registered_at, used_at)
    SELECT looked.key AS key, looked.fingerprint AS fingerprint, stored.id AS id,
        looked.registered_at AS registered_at, looked.used_at AS used_at
    FROM looked
    JOIN stored ON stored.letters = (CAST(looked.email AS TEXT) COLLATE "C")
    WHERE looked.is_first AND looked.key IS NOT NULL
), spelled AS (
    -- Каким адрес дан, если сравнивается не он сам. Строка под тем же номером могла остаться от
    -- того, кого удалили мимо сервиса.
    INSERT INTO emails_as_given (customer_id, compared, email)
    SELECT stored.id AS id, CAST(looked.email AS TEXT) COLLATE "C" AS anon_1, looked.email_as_given
        AS email_as_given
    FROM looked
    JOIN stored ON stored.letters = (CAST(looked.email AS TEXT) COLLATE "C") AND looked.is_first
    WHERE looked.email_as_given IS NOT NULL
    ON CONFLICT (customer_id) DO UPDATE SET compared = excluded.compared, email = excluded.email
), told AS (
    -- Событие записывается с покупателем или никак. Данных покупателя в нём нет: их читают при
    -- отправке, и удалённого не пошлют. Внешнего ключа тоже нет: он блокировал бы строку
    -- подписчика, одну на всех.
    INSERT INTO waiting_events (subscriber_id, type, customer_id, source, trace)
    SELECT event_subscribers.id AS id, 'customer.registered', stored.id AS id_1, looked.source AS
        source, looked.trace AS trace
    FROM looked
    JOIN stored ON stored.letters = (CAST(looked.email AS TEXT) COLLATE "C") AND looked.is_first
    JOIN event_subscribers ON 'customer.registered' = ANY (event_subscribers.types)
    WHERE looked.source IS NOT NULL
)
-- По строке на просьбу. Записанная строка, которая не ответила никому, отменяет всё: её адрес
-- изменила сама таблица.
SELECT CASE WHEN (looked.position IS NOT NULL) THEN looked.position ELSE width_bucket(CAST(stored.id
    AS FLOAT), 0, 0, 1) END AS anon_2, stored.id, looked.owner_id, looked.is_same, looked.known_key
FROM looked
FULL OUTER JOIN stored ON stored.letters = CASE WHEN looked.is_first THEN CAST(looked.email AS TEXT)
    COLLATE "C" END;
