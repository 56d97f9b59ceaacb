"""Известные уязвимости закреплённых версий, по одному вопросу о пакете.

Спрашивает pip-audit, ничего не скачивая и не ставя. Пакет, о котором ответа нет, — неудача
(`--strict`): молчание не говорит, что уязвимостей нет.
"""

import subprocess
from collections.abc import Iterable
from pathlib import Path


def ask(programs: Path, locks: Iterable[Path], advisories: str = "") -> int:
    """Печатает известные уязвимости.

    Args:
        programs: папка, где лежит pip-audit.
        locks: файлы с закреплённым.
        advisories: адрес OSV, которого спросить вместо PyPI.

    Returns:
        Код выхода pip-audit: 0, если о каждом пакете ответ есть и уязвимостей нет.
    """
    service = ("--vulnerability-service=osv", f"--osv-url={advisories}") if advisories else ()
    run = subprocess.run(  # noqa: S603 — программа установлена нами
        [
            *(programs / "pip-audit", "--strict", "--progress-spinner=off"),
            *("--disable-pip", "--require-hashes", *service),
            *(f"--requirement={lock}" for lock in locks),
        ],
        check=False,
    )
    return run.returncode
