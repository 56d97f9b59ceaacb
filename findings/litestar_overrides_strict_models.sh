#!/usr/bin/env bash
# Litestar 2.25.0 checks a Pydantic model leniently even when the model itself says strict=True: its
# plugin passes strict=False to model_validate, and that argument beats the model's own
# configuration. So {"age": "33"} is accepted as the number 33, and {"name": "N", "age": true} as 1,
# by a model that Pydantic alone refuses them for. PydanticPlugin(validate_strict=True) is needed.
# FastAPI with the same model answers 422.
set -euo pipefail

cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    litestar==2.25.0 pydantic==2.14.4 httpx==0.28.1 fastapi==0.121.0

cat > probe.py <<'PYTHON'
import fastapi
import fastapi.testclient
from litestar import Litestar, post
from litestar.plugins.pydantic import PydanticPlugin
from litestar.testing import TestClient
from pydantic import BaseModel, ConfigDict, ValidationError


class Customer(BaseModel):
    model_config = ConfigDict(strict=True)
    age: int


@post("/register")
async def register(data: Customer) -> dict[str, int]:
    return {"age": data.age}


def answer(client, body):
    response = client.post("/register", json=body)
    return response.status_code, response.json().get("age")


other = fastapi.FastAPI()


@other.post("/register", status_code=201)
def register_there(data: Customer) -> dict[str, int]:
    return {"age": data.age}


try:
    Customer.model_validate({"age": "33"})
    print("pydantic alone: accepted")
except ValidationError:
    print("pydantic alone: refused")
with TestClient(Litestar([register])) as client:
    print("litestar:", answer(client, {"age": "33"}), answer(client, {"age": True}))
strict = Litestar([register], plugins=[PydanticPlugin(validate_strict=True)])
with TestClient(strict) as client:
    print("litestar, validate_strict:", answer(client, {"age": "33"}), answer(client, {"age": 33}))
print("fastapi:", answer(fastapi.testclient.TestClient(other), {"age": "33"}))
PYTHON
venv/bin/python probe.py > seen
cat seen
diff seen - <<'SEEN'
pydantic alone: refused
litestar: (201, 33) (201, 1)
litestar, validate_strict: (400, None) (201, 33)
fastapi: (422, None)
SEEN
echo 'as described: the model says strict, Litestar decides otherwise'
