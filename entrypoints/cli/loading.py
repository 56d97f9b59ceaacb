"""Загрузка команды: пока импортируются библиотеки, Ctrl-C кончает процесс молча.

Закрывать тогда ещё нечего, а ``KeyboardInterrupt`` показал бы место, где он застал импорт.
Сам этот модуль поэтому не импортирует ничего медленного.
"""

import os
import signal
import sys

_INTERRUPTED = 128 + signal.SIGINT  # так о смерти от сигнала говорит оболочка (POSIX, 2.8.2)


def begin_loading() -> None:
    """С этого вызова Ctrl-C кончает процесс молча; если SIGINT пропускали, то и дальше пропускают.

    Закрытый поток ввода, вывода или ошибок заменяется пустым: иначе его номер получил бы первый
    открытый файл или сокет (POSIX, open: наименьший свободный).
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 — до конца процесса
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _quit)


def end_loading() -> None:
    """Возвращает обычный Ctrl-C: у начатой работы есть что закрыть, и это делает исключение."""
    if signal.getsignal(signal.SIGINT) is _quit:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _quit(*_: object) -> None:
    # Не SystemExit: его, как и всякое исключение, мог бы проглотить тот, кто импортируется.
    os._exit(_INTERRUPTED)
