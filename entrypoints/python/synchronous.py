"""Регистрация из обычного кода, в том числе из многих потоков сразу.

Один цикл событий в своём потоке: вызовы всех потоков попадают в общие пачки. BlockingPortal из
anyio не подошёл: закрытый в потомке процесса, он ждёт потока, которого там нет.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from threading import Lock, Thread, current_thread
from typing import Never, Unpack

import uvloop

from domain.customer import Customer
from entrypoints.container import Container
from entrypoints.python.asynchronous import (
    NOT_PICKLED,
    AsyncRegister,
    async_registration,
    check_process,
)
from entrypoints.python.fields import CustomerFields

_CLOSED = "registration is closed"
_NOT_KEPT = (
    "registration is closed: nothing kept its context manager, so Python ended it; use"
    " with registration() as register, or contextlib.ExitStack().enter_context(registration())"
    " and keep the stack"
)


class Register:
    """Регистрирует покупателей, пока открыта регистрация; вызывать можно из любого потока."""

    def __init__(
        self, register: AsyncRegister, loop: asyncio.AbstractEventLoop, closing: asyncio.Event
    ) -> None:
        self._register = register
        self._loop = loop
        self._closing = closing
        self._lock = Lock()
        self._closed_because: str | None = None
        self._opened_by = os.getpid()

    def __call__(self, **fields: Unpack[CustomerFields]) -> Customer:
        """Записывает покупателя и возвращает его с номером.

        Аргументы и ошибки те же, что у ``AsyncRegister``.
        """
        check_process(self._opened_by)
        # Под замком: послать вызов циклу, который уже закрывается, значило бы ждать его вечно.
        with self._lock:
            if self._closed_because is not None:
                raise RuntimeError(self._closed_because)
            outcome = asyncio.run_coroutine_threadsafe(self._register(**fields), self._loop)
        return outcome.result()

    def __reduce__(self) -> Never:
        """Не даёт послать себя другому процессу: соединения и поток остались бы здесь.

        Raises:
            TypeError: всегда.
        """
        raise TypeError(NOT_PICKLED)

    def close(self, because: str = _CLOSED) -> None:
        """Перестаёт принимать вызовы и отвечает на них этой причиной; принятые ещё исполняются."""
        with self._lock:
            self._closed_because = because
            self._loop.call_soon_threadsafe(self._closing.set)


@contextmanager
def registration(
    database_url: str | None = None, *, container: Container | None = None
) -> Iterator[Register]:
    """Открывает регистрацию; в конце дожидается исхода принятых вызовов и закрывает всё.

    Можно оставить и открытой до конца процесса: кончиться она ему не мешает, а записанное надёжно.

    Аргументы и ошибки те же, что у ``async_registration``.
    """
    started: Future[Register] = Future()
    ended: Future[None] = Future()

    opening = async_registration(database_url, container=container)
    opened_by = os.getpid()
    thread = Thread(
        target=_hold_open,
        args=(opening, started, ended),
        name="crm-api registration",
        daemon=True,  # незакрытая регистрация не мешает процессу кончиться, записанное уже надёжно
    )
    try:
        thread.start()
        register = started.result()
    except BaseException:
        # Ctrl-C, пока поток запускался или регистрация открывалась: вызывающий её не получит,
        # поэтому она закроется, как только откроется.
        started.add_done_callback(_close_if_opened)
        raise
    because = _CLOSED
    try:
        yield register
    except GeneratorExit:  # так кончает брошенное сборщик мусора
        because = _NOT_KEPT
        raise
    finally:
        # У потомка (fork) закрывать нечего: поток и соединения остались у родителя. А кончающийся
        # процесс уже остановил все потоки, и ждать этого значило бы ждать вечно.
        if os.getpid() == opened_by and not sys.is_finalizing():
            register.close(because)
            if thread is not current_thread():  # мусор бывает собран и в нём самом
                thread.join()
                ended.result()


def _hold_open(
    opening: AbstractAsyncContextManager[AsyncRegister],
    started: Future[Register],
    ended: Future[None],
) -> None:
    """Открывает регистрацию в цикле событий своего потока и держит, пока её не закроют."""

    async def hold() -> None:
        async with opening as register:
            is_closing = asyncio.Event()
            started.set_result(Register(register, asyncio.get_running_loop(), is_closing))
            await is_closing.wait()

    try:
        # Не asyncio.Runner: тот, закрываясь, заводит поток, а в atexit (Python 3.12) их уже нельзя.
        with closing(uvloop.new_event_loop()) as loop, ThreadPoolExecutor() as threads:
            loop.set_default_executor(threads)
            try:
                loop.run_until_complete(hold())
            finally:
                # Как asyncio.run: чего ещё не прочли, о том цикл событий пожаловался бы сам.
                loop.run_until_complete(loop.shutdown_asyncgens())
    except BaseException as error:  # noqa: BLE001 — достанется тому, кто открывал
        if not started.done():
            started.set_exception(error)
        ended.set_exception(error)
    else:
        ended.set_result(None)


def _close_if_opened(started: Future[Register]) -> None:
    if started.exception() is None:
        started.result().close()
