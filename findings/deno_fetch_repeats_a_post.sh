#!/usr/bin/env bash
# Deno 2.9.6: fetch() sends a POST twice, by itself, if the server reads all of it on a kept
# connection and closes without an answer; on a new connection it is sent once. Node's fetch() with
# the same code, on the same kept connection, sends it once and says "fetch failed".
# Needs Node and npm; tried with Node 20.20.2.
set -euo pipefail

cd "$(mktemp -d)"
npm install --silent --no-audit --no-fund deno@2.9.6

cat > server.mjs <<'JS'
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";

// Reads each request to its end; answers "/…/ok", closes on anything else.
const server = createServer((request, answer) => {
  request.resume().on("end", () => {
    if (request.url.endsWith("/ok")) return answer.end();
    appendFileSync("received", `${request.url}\n`);
    request.socket.end();
  });
});
server.keepAliveTimeout = 60000;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS

cat > client.mjs <<'JS'
import process from "node:process";

const [name, port] = process.argv.slice(2);
const post = async (path) => {
  try {
    const url = `http://127.0.0.1:${port}/${name}/${path}`;
    await (await fetch(url, { method: "POST", body: "once" })).text();
  } catch (error) {
    console.log(name, path, error.message);
  }
};
await post("new");
await post("ok");
// Node gives the connection back a moment after the answer was read.
await new Promise((resume) => setTimeout(resume, 300));
await post("kept");
process.exit(0);
JS

touch received
node server.mjs > port &
trap 'kill %1' EXIT
until [ -s port ]; do sleep 0.1; done
node client.mjs node "$(cat port)"
node_modules/.bin/deno run --quiet --allow-net client.mjs deno "$(cat port)"
sort received | uniq -c | sed 's/^ *//' > seen
cat seen
diff seen - <<'SEEN'
2 /deno/kept
1 /deno/new
1 /node/kept
1 /node/new
SEEN
echo 'as described: Deno sends the POST on the kept connection twice, Node once'
