#!/usr/bin/env bash
# rich 15.0.0: two bars of one library treat a stream without Unicode differently. ProgressBar and
# the box of a Table fall back to ASCII there by themselves; rich.bar.Bar has no such signs and draws
# its blocks all the same. So on a stream that writes what it cannot encode by codes
# (errors="backslashreplace"), ProgressBar is a line of the width that was asked for, and each sign
# of Bar becomes the six letters \u2588, a line six times as long.
set -euo pipefail

cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check rich==15.0.0

cat > probe.py <<'PYTHON'
import io

from rich.bar import Bar
from rich.console import Console
from rich.progress_bar import ProgressBar


def printed(renderable):
    stream = io.TextIOWrapper(
        io.BytesIO(), encoding="ascii", newline="", errors="backslashreplace"
    )
    Console(file=stream, width=8).print(renderable)
    stream.flush()
    return stream.buffer.getvalue().decode().rstrip()


print("ProgressBar:", printed(ProgressBar(total=8, completed=4, width=8)))
print("Bar:", printed(Bar(8, 0, 4, width=8)))
PYTHON
venv/bin/python probe.py | tee seen
diff seen - <<'SEEN'
ProgressBar: ----
Bar: \u2588\u2588\u2588\u2588
SEEN
echo 'as described: ProgressBar falls back to ASCII, Bar does not'
