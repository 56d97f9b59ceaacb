"""Файлы настроек: прочесть то, что бывает под их именем, ничего не ожидая без конца; и ``.env``."""

import io
import os
import re
import select
import stat
import time
from collections.abc import Callable
from pathlib import Path

from dotenv.parser import Binding, parse_stream

# Имя без значения — тоже строка: в Compose значение ему даёт окружение.
_WELL_FORMED = re.compile(r"\s*(?:export\s+)?('?)\w+\1(?:[^\S\n]*(?:=|$)|[^\S\n]+#)")
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
    own = re.compile(rf"^\s*(?:export\s+)?['\"]?(?P<name>{re.escape(prefix)}\w*)", re.MULTILINE)
    statements = list(parse_stream(io.StringIO(content)))
    for statement in statements:
        if found := _own_and_broken(statement, own, is_meant):
            before = statement.original.string[: found.start("name")]
            line = statement.original.line + before.count("\n")
            raise UnreadableFileError(
                f"line {line} is no NAME=value, or a quotation mark is not closed"
            )
    return {statement.key: statement.value for statement in statements if statement.key is not None}


def _own_and_broken(
    statement: Binding, own: re.Pattern[str], is_meant: Callable[[str], bool]
) -> re.Match[str] | None:
    text = statement.original.string
    if statement.error:
        return own.search(text)  # незакрытая кавычка бывает и у чужого, строкой выше
    found = None if _WELL_FORMED.match(text) else own.match(text)
    # CRM_PORT:3005 — настройка, CRM_Logging:Level — чужое.
    return found if found and is_meant(found["name"]) else None


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
