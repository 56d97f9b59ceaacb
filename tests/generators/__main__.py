"""Пробует генераторы и пишет таблицу в ``docs/openapi.md``; нужны npm и сеть, идёт минуты."""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from entrypoints.http.openapi.document import openapi_json
from tests.generators.tools import TOOLS, Tool
from tests.support.project import ROOT
from tests.support.required_programs import required

_PAGE = ROOT / "docs" / "openapi.md"
_HEAD = "| tool | version | |\n|---|---|---|\n"
_TABLE = re.compile(re.escape(_HEAD) + r"(?:\|.*\n)*")
_PUBLIC_URL = "https://api.shop.example/crm"
_STEP_SECONDS = 600
_AT_ONCE = 4  # больше ждут реестра пакетов, чем считают


def failure(tool: Tool) -> str | None:
    """Говорит, какая команда не удалась; ``None`` — удались все."""
    with tempfile.TemporaryDirectory(prefix="crm-api-generator-") as name:
        folder = Path(name)
        (folder / "openapi.json").write_bytes(openapi_json(_PUBLIC_URL))
        for file, content in tool.files:
            (folder / file).write_text(content)
        if tool.is_python:
            _run(f"{sys.executable} -m venv venv", folder)
            install = "pip install --quiet " + " ".join(tool.packages)
        else:
            (folder / "package.json").write_text('{"private": true}')
            npm = required("npm")
            install = f"{npm} install --ignore-scripts --no-audit --no-fund "
            install += " ".join(tool.packages)
        return next((step for step in (install, *tool.steps) if not _run(step, folder)), None)


def _run(command: str, folder: Path) -> bool:
    programs = f"{folder}/venv/bin:{folder}/node_modules/.bin:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S602 — команды написаны рядом
        command,
        shell=True,
        cwd=folder,
        env={"PATH": programs, "HOME": str(folder), "CI": "true", "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_STEP_SECONDS,
        check=False,
    )
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)  # noqa: T201
    return done.returncode == 0


def row(tool: Tool) -> tuple[str, str]:
    """Имя генератора и его строка таблицы."""
    separator = "==" if tool.is_python else "@"
    name, _, version = tool.packages[0].rpartition(separator)
    failed = failure(tool)
    if failed is None:
        verdict = f"works with {tool.note}" if tool.note else "works"
    else:
        verdict = f"does not: `{failed.split()[0]}` fails" + (f"; {tool.note}" * bool(tool.note))
    print(f"{name} {version}: {verdict}", flush=True)  # noqa: T201 — видно, что дело идёт
    return name, f"| {name} | {version} | {verdict} |\n"


def write(new: tuple[str, str]) -> None:
    """Заменяет в таблице одну строку: кого ещё не пробовали заново, у того остаётся прежняя."""
    page = _PAGE.read_text(encoding="utf-8")
    found = _TABLE.search(page)
    assert found, f"{_PAGE} has no table of tools"
    lines = found[0].removeprefix(_HEAD).splitlines(keepends=True)
    rows = {line.split("|")[1].strip(): line for line in lines} | dict([new])
    order = sorted(rows, key=str.lower)
    _PAGE.write_text(page.replace(found[0], _HEAD + "".join(rows[name] for name in order)))


with ThreadPoolExecutor(_AT_ONCE) as pool:
    for tried in as_completed(pool.submit(row, tool) for tool in TOOLS):
        write(tried.result())
