#!/usr/bin/env bash
# standardwebhooks 1.1.0 (Python): Webhook.sign() takes an aware datetime and replaces its zone by
# UTC instead of converting it, so the same instant gets another signature in each zone. A sender
# that keeps its time in +03:00 and sends the right Unix time in webhook-timestamp signs a moment
# three hours later, and every receiver answers "No matching signature found". A naive datetime is
# taken for UTC, not for local time, as datetime.timestamp() would.
set -euo pipefail

cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.1.0

cat > probe.py <<'PYTHON'
from datetime import UTC, datetime, timedelta, timezone

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

webhook = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
now = datetime.now(UTC)
there = now.astimezone(timezone(timedelta(hours=3)))
assert now == there
for name, moment in (("UTC", now), ("+03:00", there)):
    headers = {
        "webhook-id": "1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": webhook.sign("1", moment, "{}"),
    }
    try:
        webhook.verify("{}", headers)
        print(name, "accepted")
    except WebhookVerificationError as error:
        print(name, error)
PYTHON
venv/bin/python probe.py | tee seen
diff seen - <<'SEEN'
UTC accepted
+03:00 No matching signature found
SEEN
echo 'as described: the zone is replaced, not converted'
