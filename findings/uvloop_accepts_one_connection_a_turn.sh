#!/usr/bin/env bash
# uvloop 0.23.0 accepts one connection per listening socket and turn of the event loop,
# whatever the backlog holds; asyncio's own loop accepts up to the whole backlog in one turn. So on a
# loop whose turns take 50 ms a server takes 20 new connections a second, whatever their number.
# Copies of the socket (dup) are watched each for itself: sixty-four of them accept sixty-four
# connections a turn.
set -euo pipefail

cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check uvloop==0.23.0

cat > probe.py <<'PYTHON'
import asyncio
import socket
from collections import Counter

import uvloop

COUNT = 128


async def most_in_one_turn(copies: int) -> int:
    turn, accepted = 0, Counter()

    class Accepted(asyncio.Protocol):
        def connection_made(self, transport):
            accepted[turn] += 1
            transport.close()

    listening = socket.create_server(("127.0.0.1", 0), backlog=COUNT)
    clients = []
    for _ in range(COUNT):
        client = socket.socket()
        client.settimeout(0)
        client.connect_ex(listening.getsockname())
        clients.append(client)
    loop = asyncio.get_running_loop()
    sockets = [listening, *(listening.dup() for _ in range(copies))]
    servers = [await loop.create_server(Accepted, sock=one, backlog=COUNT) for one in sockets]
    while accepted.total() < COUNT:
        turn += 1
        await asyncio.sleep(0)
    for server in servers:
        server.close()
    for client in clients:
        client.close()
    return max(accepted.values())


print("asyncio:", "many" if asyncio.run(most_in_one_turn(0)) >= 64 else "few")
with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    print("uvloop:", runner.run(most_in_one_turn(0)))
with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    print("uvloop, 63 copies:", "many" if runner.run(most_in_one_turn(63)) >= 32 else "few")
PYTHON
venv/bin/python probe.py > seen
cat seen
diff seen - <<'SEEN'
asyncio: many
uvloop: 1
uvloop, 63 copies: many
SEEN
echo 'as described: uvloop accepts one connection a turn, asyncio the whole backlog'
