#!/usr/bin/env bash
# rich 15.0.0: two bars of one library treat a terminal without Unicode differently. ProgressBar and
# the box of a Table fall back to ASCII there by themselves; rich.bar.Bar draws its blocks all the
# same, and printing it raises UnicodeEncodeError (LC_ALL=C with PYTHONUTF8=0, a cp1251 console, an
# ASCII log). With errors="backslashreplace" on the stream nothing is raised, but each sign of the
# bar becomes the six letters \u2588, so the line is six times too long.
set -euo pipefail

cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check rich==15.0.0

cat > probe.py <<'PYTHON'
import io

from rich.bar import Bar
from rich.console import Console
from rich.progress_bar import ProgressBar


def printed(renderable, **how):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="", **how)
    try:
        Console(file=stream, width=8).print(renderable)
    except UnicodeEncodeError as error:
        return type(error).__name__
    stream.flush()
    return stream.buffer.getvalue().decode().rstrip()


print("ProgressBar:", printed(ProgressBar(total=8, completed=4, width=8)))
print("Bar:", printed(Bar(8, 0, 4, width=8)))
print("Bar, backslashreplace:", printed(Bar(8, 0, 4, width=8), errors="backslashreplace"))
PYTHON
venv/bin/python probe.py | tee seen
diff seen - <<'SEEN'
ProgressBar: ----
Bar: UnicodeEncodeError
Bar, backslashreplace: \u2588\u2588\u2588\u2588
SEEN
echo 'as described: Bar knows no terminal without Unicode'
