WITH looked AS (
    -- Хозяина адреса находит подзапрос, а не NOT EXISTS: тот планировщик превратил бы в соединение,
    -- которое на таблице, выросшей с последнего ANALYZE, читает её целиком; у подзапроса один путь
    -- — по индексу.
    SELECT given.name AS name, given.email AS email, given.age AS age, given.gender AS gender,
        given.country AS country, given.address AS address, given.phone AS phone,
        given.registered_at AS registered_at, (
        SELECT customers.id
        FROM customers
        WHERE customers.email = given.email
    ) AS owner_id
    FROM unnest($1::VARCHAR[], $2::VARCHAR[], $3::INTEGER[], $4::VARCHAR[], $5::VARCHAR[],
        $6::VARCHAR[], $7::VARCHAR[], $8::TIMESTAMP WITHOUT TIME ZONE[]) AS given(name, email, age,
        gender, country, address, phone, registered_at)
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
    RETURNING customers.email, customers.id
)
-- Записанные с номерами и, без номеров, занятые адреса. О ком здесь ничего нет, тот проиграл гонку,
-- или его строку не пустил триггер.
SELECT stored.email, stored.id
FROM stored
UNION ALL
SELECT looked.email, NULL AS anon_1
FROM looked
WHERE looked.owner_id IS NOT NULL;
