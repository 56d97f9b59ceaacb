WITH looked AS (
    -- Хозяина адреса находит подзапрос, а не NOT EXISTS: тот планировщик превратил бы в соединение,
    -- которое на таблице, выросшей с последнего ANALYZE, читает её целиком; у подзапроса один путь
    -- — по индексу.
    SELECT given.name AS name, given.email AS email, given.age AS age, given.gender AS gender,
        given.country AS country, given.address AS address, given.phone AS phone,
        given.registered_at AS registered_at, given.position AS position, (
        SELECT customers.id
        FROM customers
        WHERE customers.email = given.email
    ) AS owner_id
    FROM unnest($1::VARCHAR[], $2::character varying[], $3::INTEGER[], $4::VARCHAR[], $5::VARCHAR[],
        $6::VARCHAR[], $7::VARCHAR[], $8::TIMESTAMP WITHOUT TIME ZONE[]) WITH ORDINALITY AS
        given(name, email, age, gender, country, address, phone, registered_at, position)
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
)
-- Записанная строка и просьба узнают друг друга по буквам адреса. Строка, которая не ответила
-- никому, отменяет всё: её адрес изменила сама таблица. У кого нет ни номера, ни хозяина, тот
-- проиграл гонку, или его строку не пустил триггер.
SELECT CASE WHEN (looked.position IS NOT NULL) THEN looked.position ELSE width_bucket(CAST(stored.id
    AS FLOAT), 0, 0, 1) END AS anon_1, stored.id, looked.owner_id
FROM looked
FULL OUTER JOIN stored ON stored.letters = (CAST(looked.email AS TEXT) COLLATE "C");
