"""SIGTERM как Ctrl-C: программа кончается, убрав за собой."""

import signal
import sys


def clean_up_on_sigterm() -> None:
    """Велит SIGTERM кончать процесс исключением: контексты закроются, и запущенное остановится."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
