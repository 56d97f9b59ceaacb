"""Строки долгих проверок: видны сразу, куда бы ни шёл вывод."""

import sys


def say(line: str) -> None:
    """Печатает строку, не дожидаясь, пока наберётся буфер."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
