#!/bin/sh
# Делает то же, что docker-entrypoint.sh образа postgres: создаёт кластер и базу данных при первом
# запуске и передаёт управление команде. Пока база создаётся, сервер отвечает только в сокете.
set -eu
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /run/postgresql
    chown -R postgres:postgres "$PGDATA" /run/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    printf '%s\n' "$POSTGRES_PASSWORD" > /tmp/password
    initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile=/tmp/password --encoding=UTF8
    rm /tmp/password
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    pg_ctl --wait --options="-c listen_addresses= -k /run/postgresql" start
    psql --no-psqlrc --quiet --host=/run/postgresql --username="$POSTGRES_USER" \
        --dbname=postgres --command="CREATE DATABASE \"$POSTGRES_DB\""
    pg_ctl --wait --mode=fast stop
fi
exec "$@" -c 'listen_addresses=*' -k /run/postgresql
