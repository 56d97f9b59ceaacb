#!/usr/bin/env bash
# openapi-python-client 0.29.1: whether an answer is in the client depends on the order of an enum.
# An answer narrows an enum of its schema by allOf. The values begin with no letter, so they become
# VALUE_0, VALUE_1, ... each by its own place in its own list. The narrowed list [a, b] of [a, b, c]
# has the same places and is taken; [b] is not (VALUE_0 is b here and a there: "can't redefine an
# enum property with incompatible lists of values"), and the whole answer is left out. The exit code
# is 0 all the same, the warning has an object's address in place of the status code, and the
# client's function returns None for that answer. With "x-enum-varnames" both are taken.
set -euo pipefail

cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openapi-python-client==0.29.1

cat > document.py <<'PYTHON'
import json
import sys


def kinds(*values):
    names = {"x-enum-varnames": [value[-1].upper() for value in values]}
    return {"type": "string", "enum": list(values)} | (names if sys.argv[1] == "named" else {})


def problem(*values):
    return {"type": "object", "required": ["type"], "properties": {"type": kinds(*values)}}


def answer(*values):
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, problem(*values)]}
    return {"description": "no", "content": {"application/problem+json": {"schema": schema}}}


print(json.dumps({
    "openapi": "3.1.0",
    "info": {"title": "x", "version": "1"},
    "paths": {"/x": {"get": {"operationId": "x", "responses": {
        "400": answer("/problems/a", "/problems/b"), "422": answer("/problems/b"),
    }}}},
    "components": {"schemas": {"Problem": problem("/problems/a", "/problems/b", "/problems/c")}},
}))
PYTHON
for kind in plain named; do
    venv/bin/python document.py "$kind" > "$kind.json"
    venv/bin/openapi-python-client generate --path "$kind.json" --meta none --output-path "$kind" \
        > "$kind.log" 2>&1 && echo "$kind: exit code 0"
    grep -o 'status_code == [0-9]*' "$kind/api/default/x.py" | sed "s/^/$kind: /"
done | tee seen
grep -h 'incompatible lists' plain.log
diff seen - <<'SEEN'
plain: exit code 0
plain: status_code == 400
named: exit code 0
named: status_code == 400
named: status_code == 422
SEEN
echo 'as described: the place of a value decides whether its answer is in the client'
