"""Вывод команд: таблицы для людей, строки JSON для программ, язык читателя."""

import io
import logging
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf
from typing import TextIO

import click

from entrypoints.texts import Language

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")

_WIDE = 10_000  # знаков: строку, которую читает программа, переносить незачем


def prepare_streams(*, is_log_shown: bool) -> None:
    """Готовит потоки: знак, которого нет в кодировке терминала, пишется его кодом.

    Args:
        is_log_shown: показывать журнал; иначе всё важное скажет сама команда. Журнал сервиса
            (``serve``) от этого не зависит.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if is_log_shown:
        from entrypoints.logs import log_to_standard_error

        log_to_standard_error("INFO", "auto", patience=inf)
    else:
        logging.getLogger().addHandler(logging.NullHandler())


def reader_language(environ: Mapping[str, str] = os.environ) -> Language:
    """Выбирает язык по переменным окружения (POSIX, 8.2): если назван русский, то его."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return Language.RU if value.lower().startswith("ru") else Language.EN
    return Language.EN


def is_confirmed(question: str) -> bool:
    """Спрашивает человека; вопрос идёт в поток ошибок.

    Raises:
        click.ClickException: отвечать некому.
        click.Abort: он прервал команду.
    """
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo(err=True)  # вопрос остался без ответа посреди строки
        raise click.ClickException("nobody answers; --yes does it without asking") from None


@contextmanager
def printing() -> Iterator[None]:
    """Печатает; о полном диске скажет строкой.

    Raises:
        click.ClickException: печатать некуда.
    """
    try:
        yield
    except BrokenPipeError:
        raise  # читатель ушёл: это знает click
    except OSError as error:
        forget_unprinted()
        raise click.ClickException(
            f"cannot print the answer: {error.strerror}; what the command did is done"
        ) from None


def forget_unprinted(stream: TextIO | None = None) -> None:
    """Выбрасывает несказанное: оно осталось в буфере, и при выходе Python сказал бы о нём сам.

    Args:
        stream: поток, который ничего не принял; если не назван, то вывода.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), (stream or sys.stdout).fileno())


def print_text(text: str | bytes) -> None:
    """Печатает строку; байты — как есть, какой бы ни была кодировка терминала."""
    with printing():
        click.echo(text)


def print_json(document: Mapping[str, object]) -> None:
    """Печатает документ строкой JSON в UTF-8, какой бы ни была кодировка терминала."""
    from entrypoints.json_line import json_line

    with printing():
        click.echo(json_line(document).encode())


def printable(text: str) -> str:
    """Возвращает чужой текст одной строкой, из которой терминал не исполнит ничего."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def folded(text: str, *, indent: int = 0) -> str:
    """Переносит строку, которая уйдёт на терминал ошибок, по словам; в файл она идёт целиком.

    Args:
        text: строка.
        indent: сколько знаков перед нею уже будет.
    """
    if not sys.stderr.isatty():
        return text
    width = shutil.get_terminal_size().columns
    blank = " " * indent
    return textwrap.fill(
        text, width, initial_indent=blank, break_long_words=False, break_on_hyphens=False
    )[indent:]


def print_table(rows: Iterable[Sequence[str]]) -> None:
    """Печатает строки столбцами; первый столбец — названия."""
    print_text("\n".join(table_lines(rows)))


def table_lines(rows: Iterable[Sequence[str]], *, is_error_stream: bool = False) -> list[str]:
    """Раскладывает строки столбцами по ширине терминала; первый столбец — названия."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    for row in rows:
        # Text, а не str: в чужом тексте разметки rich быть не должно. Узкий терминал переносит
        # строку, а не отрезает: из неё копируют имя файла.
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    console = Console(highlight=False, stderr=is_error_stream)
    if not console.is_terminal:
        console.width = _WIDE
    with printing(), console.capture() as printed:  # и пойманное rich заканчивает записью
        console.print(table)
    return [line.rstrip() for line in printed.get().splitlines()]
