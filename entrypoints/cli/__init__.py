"""Командная строка ``crm-api``.

Коды выхода: 0 — сделано, 1 — не вышло (в одной строке сказано почему), 2 — неверны настройки
или сама команда.
"""

import click

from entrypoints.cli.serve import serve


@click.group(help="Customer registration service.")
@click.version_option(package_name="crm-api")
def main() -> None:
    """Корень команд; что делать, говорит подкоманда."""


main.add_command(serve)
