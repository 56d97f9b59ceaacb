#!/usr/bin/env bash
# FastAPI 0.165.0 refuses an attrs class as a return annotation, and the remedy that its error names
# (response_model=None) works by the class's memory layout: jsonable_encoder falls back to vars(), so
# an instance of attrs.frozen(slots=False) is answered as JSON, while the same class as attrs makes
# it by default, with slots, is a 500 when the first answer is written. A dataclass with slots is
# fine both ways.
set -euo pipefail

cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    fastapi==0.165.0 starlette==1.10.0 pydantic==2.14.4 attrs==26.1.0 httpx2==2.16.2

cat > probe.py <<'PYTHON'
import dataclasses

import attrs
from fastapi import FastAPI
from fastapi.testclient import TestClient


@attrs.frozen
class Slotted:
    id: int


@attrs.frozen(slots=False)
class Plain:
    id: int


@dataclasses.dataclass(slots=True)
class Data:
    id: int


app = FastAPI()
for made in (Slotted, Plain, Data):
    app.get(f"/{made.__name__}", response_model=None)(lambda made=made: made(1))
    try:

        def annotated():
            return made(1)

        annotated.__annotations__["return"] = made
        app.get(f"/annotated/{made.__name__}")(annotated)
        print(made.__name__, "as the annotation: accepted")
    except Exception as error:
        print(made.__name__, "as the annotation:", str(error).partition("!")[0])

client = TestClient(app, raise_server_exceptions=False)
for made in (Slotted, Plain, Data):
    answer = client.get(f"/{made.__name__}")
    print(made.__name__, "with response_model=None:", answer.status_code)
PYTHON
venv/bin/python probe.py > seen
cat seen
diff seen - <<'SEEN'
Slotted as the annotation: Invalid args for response field
Plain as the annotation: Invalid args for response field
Data as the annotation: accepted
Slotted with response_model=None: 500
Plain with response_model=None: 200
Data with response_model=None: 200
SEEN
echo 'as described: an attrs class is answered only if it has no slots'
