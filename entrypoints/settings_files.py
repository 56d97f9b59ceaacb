"""Файлы настроек: прочесть то, что бывает под их именем, ничего не ожидая без конца; и ``.env``."""

import io
import os
import re
import select
import stat
import time
from collections.abc import Callable
from pathlib import Path

from dotenv.parser import parse_stream

# Имя без значения — тоже строка: в Compose значение ему даёт окружение.
_WELL_FORMED = re.compile(r"\s*(?:export\s+)?('?)\w+\1(?:\s*(?:=|$)|\s+#)")
_MOST = 1 << 20  # байтов; настройкам хватает тысячной доли
_PATIENCE = 5.0  # секунд того, кто пишет в канал; другие программы пишут туда сразу


class UnreadableFileError(Exception):
    """Файла настроек не прочесть; в тексте — почему."""


def read_settings_file(path: Path) -> str | None:
    """Читает файл целиком; ``None``, если его нет.

    Кроме обычного файла бывает канал, через который настройки отдаёт хранитель секретов или
    оболочка (``<(…)``). Его ждут, пока хватает терпения, и всякий файл читают, пока он не слишком
    велик: у ``/dev/zero`` конца нет.

    Raises:
        UnreadableFileError: не прочесть.
    """
    try:
        with open(path, "rb", buffering=0, opener=_opened) as file:
            content = _all(file)
        # С BOM сохраняет Блокнот.
        return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig").read()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UnreadableFileError(str(error)) from None


def dotenv_variables(
    content: str, prefix: str, is_meant: Callable[[str], bool]
) -> dict[str, str | None]:
    """Разбирает ``.env``; у имени без значения оно ``None``.

    Своей строки, которой не разобрать, не пропускает: она увела бы покупателей в другую базу
    данных. Строки других программ, которые читают тот же файл, — дело их самих.

    Args:
        content: что в нём написано.
        prefix: с чего начинаются свои имена; чужие с него начинаются тоже.
        is_meant: говорит, что это имя настройки или описка в нём.

    Raises:
        UnreadableFileError: своей строки не разобрать.
    """
    own = re.compile(rf"\s*(?:export\s+)?['\"]?(?P<name>{re.escape(prefix)}[^\s:=#'\"]*)")
    statements = list(parse_stream(io.StringIO(content)))
    for statement in statements:
        lines = [
            (number, line)
            for number, line in enumerate(statement.original.string.split("\n"))
            if line.strip()
        ]
        if not statement.error:
            # Дальше первой строки — значение, и в нём бывает что угодно. А где кавычка не закрыта,
            # там в чужом значении могла остаться своя строка.
            lines = [one for one in lines[:1] if not _WELL_FORMED.match(one[1])]
        for number, line in lines:
            found = own.match(line)
            # CRM_PORT:3005 — настройка, CRM_Logging:Level — чужое.
            if found and (statement.error or is_meant(re.sub(r"\W", "_", found["name"]))):
                raise UnreadableFileError(
                    f"line {statement.original.line + number} is no NAME=value,"
                    " or a quotation mark is not closed"
                )
    return {statement.key: statement.value for statement in statements if statement.key is not None}


def _opened(name: str, flags: int) -> int:
    # Иначе канал, в который никто не пишет, не открылся бы никогда (fifo(7)).
    return os.open(name, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _all(file: io.FileIO) -> bytes:
    deadline = time.monotonic() + _PATIENCE
    ready = select.poll()
    ready.register(file, select.POLLIN)
    read = bytearray()
    while len(read) <= _MOST:
        if not ready.poll(max(deadline - time.monotonic(), 0) * 1000):
            raise UnreadableFileError(f"nobody has written all of it within {_PATIENCE:g} s")
        part = file.read(_MOST)
        if part == b"":
            if not read and stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
                raise UnreadableFileError("nothing was written to it")
            return bytes(read)
        read += part or b""  # None: другой читатель успел раньше
    raise UnreadableFileError(f"it is larger than {_MOST >> 20} MiB")
