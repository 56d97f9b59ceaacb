WITH looked AS (
    -- Что известно о каждой просьбе до записи: хозяин её адреса и её ключ.
    SELECT given.name AS name, given.email AS email, given.age AS age, given.gender AS gender,
        given.country AS country, given.address AS address, given.phone AS phone,
        given.registered_at AS registered_at, given.key AS key, given.fingerprint AS fingerprint,
        given.is_first AS is_first, given.position AS position, owner.id AS owner_id, owner.is_same
        AS is_same, used.customer_id AS used_by, used.fingerprint AS used_with, used.registered_at
        AS used_at, used.stored AS used_for
    FROM unnest($1::VARCHAR[], $2::VARCHAR[], $3::INTEGER[], $4::VARCHAR[], $5::VARCHAR[],
        $6::VARCHAR[], $7::VARCHAR[], $8::TIMESTAMP WITHOUT TIME ZONE[], $9::VARCHAR[],
        $10::BYTEA[], $11::BOOLEAN[]) WITH ORDINALITY AS given(name, email, age, gender, country,
        address, phone, registered_at, key, fingerprint, is_first, position)
    LEFT OUTER JOIN LATERAL (
        -- FOR KEY SHARE: блокировка строки — тоже запись, и конец команды ждёт реплик, как ждал бы
        -- конец самой регистрации. Без неё повтор прочёл бы здесь строку, которой на репликах ещё
        -- нет, и назвал бы её надёжной. Удалить строку, пока о ней отвечают, тоже нельзя.
        SELECT customers.id AS id, customers.name IS NOT DISTINCT FROM given.name AND
            customers.email IS NOT DISTINCT FROM given.email AND customers.age IS NOT DISTINCT FROM
            given.age AND customers.gender IS NOT DISTINCT FROM given.gender AND customers.country
            IS NOT DISTINCT FROM given.country AND customers.address IS NOT DISTINCT FROM
            given.address AND customers.phone IS NOT DISTINCT FROM given.phone AND
            customers.registered_at IS NOT DISTINCT FROM given.registered_at AS is_same
        FROM customers
        WHERE customers.email = given.email
        FOR KEY SHARE
    ) AS owner ON true
    LEFT OUTER JOIN LATERAL (
        -- Ключ, известный до команды; блокировка та же и по той же причине.
        SELECT idempotency_keys.customer_id AS customer_id, idempotency_keys.fingerprint AS
            fingerprint, idempotency_keys.registered_at AS registered_at, (
            -- Покупатель нужен, только если отпечаток не тот: его могла записать прежняя версия.
            SELECT CAST(json_build_object('name', customers.name, 'email', customers.email, 'age',
                customers.age, 'gender', customers.gender, 'country', customers.country, 'address',
                customers.address, 'phone', customers.phone) AS TEXT) AS json_build_object_1
            FROM customers
            WHERE customers.id = idempotency_keys.customer_id AND idempotency_keys.fingerprint !=
                given.fingerprint
        ) AS stored
        FROM idempotency_keys
        WHERE idempotency_keys.key = given.key
        FOR KEY SHARE
    ) AS used ON true
), stored AS (
    -- Только первые среди повторов, у которых свободны и адрес, и ключ. Порядок тот же, что у пачек
    -- без ключей.
    INSERT INTO customers (name, email, age, gender, country, address, phone, registered_at)
    SELECT looked.name AS name, looked.email AS email, looked.age AS age, looked.gender AS gender,
        looked.country AS country, looked.address AS address, looked.phone AS phone,
        looked.registered_at AS registered_at
    FROM looked
    WHERE looked.is_first AND looked.owner_id IS NULL AND looked.used_by IS NULL
    ORDER BY looked.email
    ON CONFLICT (email) DO NOTHING
    RETURNING customers.email, customers.id
), kept AS (
    -- Без ON CONFLICT: ключ, который в тот же миг записал другой процесс, отменяет всю команду, и
    -- повтор уже видит его. Иначе здесь остался бы покупатель без ключа.
    INSERT INTO idempotency_keys (key, fingerprint, customer_id, registered_at)
    SELECT looked.key AS key, looked.fingerprint AS fingerprint, stored.id AS id,
        looked.registered_at AS registered_at
    FROM looked
    JOIN stored ON stored.email = looked.email
    WHERE looked.is_first AND looked.key IS NOT NULL
)
-- Время — числом: вид его в тексте зависит от DateStyle базы данных.
SELECT 'key', looked.key, looked.used_by, CAST(NULL AS BOOLEAN) AS anon_1, encode(looked.used_with,
    'hex') AS encode_1, CAST(EXTRACT(epoch FROM looked.used_at) * 1000000 AS BIGINT) AS anon_2,
    looked.used_for
FROM looked
WHERE looked.used_by IS NOT NULL
UNION ALL
SELECT 'owner', CAST(looked.position AS VARCHAR) AS position, looked.owner_id, looked.is_same, NULL
    AS anon_1, NULL AS anon__1, NULL AS anon__2
FROM looked
WHERE looked.owner_id IS NOT NULL
UNION ALL
SELECT 'stored', stored.email, stored.id, NULL AS anon_1, NULL AS anon__1, NULL AS anon__2, NULL AS
    anon__3
FROM stored;
