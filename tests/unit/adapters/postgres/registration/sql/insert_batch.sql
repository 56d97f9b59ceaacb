WITH looked AS (
    -- Хозяина адреса находит подзапрос, а не NOT EXISTS: тот планировщик превратил бы в соединение,
    -- которое на таблице, выросшей с последнего ANALYZE, читает её целиком; у подзапроса один путь
    -- — по индексу.
    SELECT given.name AS name, given.email AS email, given.age AS age, given.gender AS gender,
        given.country AS country, given.address AS address, given.phone AS phone,
        given.registered_at AS registered_at, given.source AS source, given.trace AS trace,
        given.position AS position, (
        SELECT customers.id
        FROM customers
        WHERE customers.email = given.email
    ) AS owner_id
    FROM unnest($1::VARCHAR[], $2::character varying[], $3::INTEGER[], $4::VARCHAR[], $5::VARCHAR[],
        $6::VARCHAR[], $7::VARCHAR[], $8::TIMESTAMP WITHOUT TIME ZONE[], $9::VARCHAR[],
        $10::VARCHAR[]) WITH ORDINALITY AS given(name, email, age, gender, country, address, phone,
        registered_at, source, trace, position)
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
    RETURNING customers.id, CAST(customers.email AS TEXT) COLLATE "C" AS letters
), told AS (
    -- Событие записывается с покупателем или никак. Данных покупателя в нём нет: их читают при
    -- отправке, и удалённого не пошлют. Внешнего ключа тоже нет: он блокировал бы строку
    -- подписчика, одну на всех.
    INSERT INTO waiting_events (subscriber_id, type, customer_id, source, trace)
    SELECT event_subscribers.id AS id, 'customer.registered', stored.id AS id_1, looked.source AS
        source, looked.trace AS trace
    FROM looked
    JOIN stored ON stored.letters = (CAST(looked.email AS TEXT) COLLATE "C")
    JOIN event_subscribers ON 'customer.registered' = ANY (event_subscribers.types)
    WHERE looked.source IS NOT NULL
)
-- Записанная строка и просьба узнают друг друга по буквам адреса. Строка, которая не ответила
-- никому, отменяет всё: её адрес изменила сама таблица. У кого нет ни номера, ни хозяина, тот
-- проиграл гонку, или его строку не пустил триггер.
SELECT CASE WHEN (looked.position IS NOT NULL) THEN looked.position ELSE width_bucket(CAST(stored.id
    AS FLOAT), 0, 0, 1) END AS anon_1, stored.id, looked.owner_id
FROM looked
FULL OUTER JOIN stored ON stored.letters = (CAST(looked.email AS TEXT) COLLATE "C");
