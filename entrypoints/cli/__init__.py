"""Командная строка ``crm-api``; коды выхода — в ``entrypoints.cli.outcome``."""

from entrypoints.cli.loading import begin_loading


def main() -> None:
    """Исполняет команду из ``sys.argv``; здесь начинается процесс ``crm-api``."""
    begin_loading()
    from entrypoints.cli.commands import crm_api

    crm_api()
