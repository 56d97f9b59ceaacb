"""`make audit`: сначала лицензии, без сети, потом известные уязвимости."""

import sys
from pathlib import Path

from tests.supply.licences import refused
from tests.supply.vulnerabilities import ask
from tests.support.locks import locked_here
from tests.support.project import ROOT
from tests.support.said import say


def main(programs: str, advisories: str, *locks: str) -> int:
    """Проверяет и то и другое, даже если первое не удалось; возвращает код выхода."""
    names = locked_here(ROOT / "requirements" / "dev.txt")
    verdicts = refused(names)
    for name, verdict in verdicts.items():
        say(f"{name}: {verdict}")
    say(f"licences: {len(names)} packages, {len(verdicts)} refused")
    return max(bool(verdicts), ask(Path(programs), map(Path, locks), advisories))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
