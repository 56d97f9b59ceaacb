"""Командная строка ``crm-api``; коды выхода — в ``entrypoints.cli.exit_codes``."""

import os
import sys
from collections.abc import Callable, Iterable
from errno import EDQUOT, EFBIG, ENOSPC

from entrypoints.cli.loading import begin_loading

_FULL = frozenset((ENOSPC, EDQUOT, EFBIG))  # диск, доля на нём или файл полны

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

    try:
        crm_api(obj=namesakes)
    except OSError as error:
        # Справку и версию печатает сам click; у прочих записей есть имя файла.
        if error.errno not in _FULL or error.filename is not None:
            raise
        from entrypoints.cli.terminal import forget_unprinted

        forget_unprinted()
        sys.exit(f"Error: cannot print: {error.strerror}")
