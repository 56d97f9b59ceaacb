"""Команда ``crm-api``: начинается здесь, чтобы и о чужих пакетах сказать одной строкой."""

import sys

from crm_api.namesakes import namesakes


def main() -> None:
    """Исполняет команду из ``sys.argv``."""
    try:
        from entrypoints.cli import main as run  # noqa: PLC0415 — слой бывает чужим
    except ImportError:
        if told := namesakes():
            sys.exit(f"Error: {told[0]}")
        raise
    run(namesakes)
