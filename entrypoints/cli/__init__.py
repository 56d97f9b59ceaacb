"""Командная строка ``crm-api``; коды выхода — в ``entrypoints.cli.exit_codes``."""

import os
from collections.abc import Callable, Iterable

from entrypoints.cli.loading import begin_loading

# Оба имени, под которыми prometheus-client при импорте ищет папку общих замеров.
_FOREIGN_METRICS = ("PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir")


def main(namesakes: Callable[[], Iterable[str]] = tuple) -> None:
    """Исполняет команду из ``sys.argv``; здесь начинается процесс ``crm-api``.

    Args:
        namesakes: находит чужие пакеты на месте слоёв; их назовёт ``check``.
    """
    begin_loading()
    for name in _FOREIGN_METRICS:
        os.environ.pop(name, None)  # своя папка, если она нужна, будет сделана (container.py)
    from entrypoints.cli.crm_api import crm_api

    crm_api(obj=namesakes)
