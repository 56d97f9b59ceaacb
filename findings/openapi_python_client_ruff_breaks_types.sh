#!/usr/bin/env bash
# openapi-python-client 0.29.1 with ruff 0.16 or newer, which is what pip installs beside it: the
# client that was clean under mypy --strict is not any more, 12 errors of arg-type. The generator
# runs "ruff check . --fix-only" on what it has written, with whatever ruff is in PATH. Up to 0.15
# the rules of ruff's default were pycodestyle and Pyflakes; 0.16 has more, PYI036 among them, whose
# fix makes "*args: Any" of __exit__ and __aexit__ "*args: object". These arguments go on to httpx,
# which wants an exception. Without ruff in PATH (the generator started by its full path, no venv
# activated), or with ruff 0.15, nothing is wrong, so two people get two clients of one command.
set -euo pipefail

cd "$(mktemp -d)"
echo '{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{}}' > openapi.json
for ruff in 0.15.20 0.16.0; do
    python3 -m venv "venv-$ruff"
    "venv-$ruff/bin/pip" install --quiet --disable-pip-version-check \
        openapi-python-client==0.29.1 ruff=="$ruff" mypy==2.4.1
    PATH="$PWD/venv-$ruff/bin:$PATH" openapi-python-client generate --path openapi.json \
        --meta none --output-path "client_${ruff//./_}"
    "venv-$ruff/bin/mypy" --strict "client_${ruff//./_}" > "mypy-$ruff.log" || true
    echo "ruff $ruff: $(grep -c arg-type "mypy-$ruff.log" || true) errors of arg-type"
    echo "ruff $ruff: $(grep -m 1 -o 'def __exit__.*' "client_${ruff//./_}/client.py")"
done | tee seen
diff <(grep '^ruff' seen) - <<'SEEN'
ruff 0.15.20: 0 errors of arg-type
ruff 0.15.20: def __exit__(self, *args: Any, **kwargs: Any) -> None:
ruff 0.16.0: 12 errors of arg-type
ruff 0.16.0: def __exit__(self, *args: object, **kwargs: Any) -> None:
SEEN
echo 'as described: what the generator formats its client with decides whether the types fit'
