WITH looked AS (
    -- Хозяина адреса находит подзапрос, а не NOT EXISTS: тот планировщик превратил бы в соединение,
    -- которое на таблице, выросшей с последнего ANALYZE, читает её целиком; у подзапроса один путь
    -- — по индексу.
    SELECT $1::VARCHAR AS name, $2::character varying AS email, $3::INTEGER AS age, $4::VARCHAR AS
        gender, $5::VARCHAR AS country, $6::VARCHAR AS address, $7::VARCHAR AS phone, $8::TIMESTAMP
        WITHOUT TIME ZONE AS registered_at, $9::VARCHAR AS source, $10::VARCHAR AS trace, (
        SELECT customers.id
        FROM customers
        WHERE customers.email = $2::character varying
    ) AS owner_id
), stored AS (
    -- Занятый отсеивается до вставки: голый ON CONFLICT тратит номер на каждый повтор, и повтором
    -- одного адреса можно исчерпать INTEGER. ON CONFLICT остаётся для настоящей гонки. Порядок один
    -- у всех пачек: иначе две встречные заблокировали бы друг друга.
    INSERT INTO customers (name, email, age, gender, country, address, phone, registered_at)
    SELECT looked.name AS name, looked.email AS email, looked.age AS age, looked.gender AS gender,
        looked.country AS country, looked.address AS address, looked.phone AS phone,
        looked.registered_at AS registered_at
    FROM looked
    WHERE looked.owner_id IS NULL
    ORDER BY looked.email
    ON CONFLICT (email) DO NOTHING
    RETURNING CASE WHEN ((CAST(customers.email AS TEXT) COLLATE "C") = (CAST($2::character varying
        AS TEXT) COLLATE "C")) THEN customers.id ELSE width_bucket(CAST(customers.id AS FLOAT), 0,
        0, 1) END AS id
), told AS (
    -- Событие записывается с покупателем или никак. Данных покупателя в нём нет: их читают при
    -- отправке, и удалённого не пошлют. Внешнего ключа тоже нет: он блокировал бы строку
    -- подписчика, одну на всех.
    INSERT INTO waiting_events (subscriber_id, type, customer_id, source, trace)
    SELECT event_subscribers.id AS id, 'customer.registered', stored.id AS id_1, looked.source AS
        source, looked.trace AS trace
    FROM looked
    JOIN stored ON true
    JOIN event_subscribers ON 'customer.registered' = ANY (event_subscribers.types)
    WHERE looked.source IS NOT NULL
)
-- У кого нет ни номера, ни хозяина, тот проиграл гонку, или его строку не пустил триггер. Чей адрес
-- изменила сама таблица, того строка отменена.
SELECT 1, stored.id, looked.owner_id
FROM looked
LEFT OUTER JOIN stored ON true;
