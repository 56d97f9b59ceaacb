"""База данных сервиса одним файлом: ``pg_dump`` и ``pg_restore`` из колеса.

Файл — в собственном формате ``pg_dump``: его примет и другая версия PostgreSQL, и другая машина.
"""

import os
import re
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from adapters.postgres.embedded.binaries import client_programs
from adapters.postgres.embedded.cluster import dies_with_parent
from adapters.postgres.embedded.instance import EmbeddedPostgresError
from adapters.postgres.embedded.server_files import complaint

# Быстрое сжатие: медленное вчетверо дольше, а файл меньше на шестую часть.
_DUMP = ("--format=custom", "--compress=gzip:1", "--no-password")
_LOAD = ("--exit-on-error", "--single-transaction", "--no-password")
_FOREIGN_OWNERS = ("--no-owner", "--no-acl")
# Чем не подошли строки, сервер говорит, повторяя и сами значения.
_ROWS = re.compile(r'(COPY failed for table "[^"]*"):.*')
_CUSTOMERS = re.compile(rb"^\d+; .* TABLE \S+ customers ", re.MULTILINE)


def dump(url: str, target: Path) -> None:
    """Пишет базу данных в файл, открытый только хозяину: такой, какой она была в начале.

    Когда вызов кончился, файл уже на диске: об этом заботится сама ``pg_dump``.

    Args:
        url: адрес libpq.
        target: файл; если он есть, пишется он же.

    Raises:
        EmbeddedPostgresError: не вышло; файл негоден.
    """
    # Именем, а не потоком вывода: тот pg_dump переводит в режим дописывания, и оглавление
    # оказалось бы в файле дважды, а обрезанный хвост остался бы незамеченным.
    _run("pg_dump", [*_DUMP, f"--dbname={url}", f"--file={target}"])


def load(url: str, archive: Path, *, is_own: bool) -> None:
    """Записывает содержимое файла в пустую базу данных: всё или ничего.

    Args:
        url: адрес libpq.
        archive: файл.
        is_own: права и хозяева в файле — этого же сервера; иначе всё получает тот, кто в адресе:
            других ролей на новом сервере нет.

    Raises:
        EmbeddedPostgresError: не вышло.
    """
    owners = () if is_own else _FOREIGN_OWNERS
    _run("pg_restore", [*_LOAD, *owners, f"--dbname={url}", str(archive)])


def check(archive: Path) -> None:
    """Проверяет, что это файл ``pg_dump`` и таблица покупателей в нём есть.

    Raises:
        EmbeddedPostgresError: нет.
    """
    with suppress(OSError):  # о файле, до которого не дойти, скажет pg_restore
        if archive.is_fifo():
            # Читается он дважды, а канала, в который никто не пишет, ждали бы без конца.
            raise EmbeddedPostgresError(
                f"{archive} is a pipe: write what comes from it into a file"
            )
    try:
        contents = _run("pg_restore", ["--list", str(archive)])
    except EmbeddedPostgresError as error:
        raise EmbeddedPostgresError(
            f"{archive} is no backup of crm-api database backup, or it is damaged: {error}"
        ) from None
    if _CUSTOMERS.search(contents) is None:
        raise EmbeddedPostgresError(f"{archive} holds no table customers")


def _run(program: str, arguments: Sequence[str]) -> bytes:
    result = subprocess.run(  # noqa: S603 — файл из нашей же зависимости
        [client_programs() / program, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        umask=0o077,
        # Переменных PG… здесь нет: всё, что надо, сказано в адресе.
        env={"PATH": os.defpath, "LC_ALL": "C"},
        check=False,
        preexec_fn=dies_with_parent(signal.SIGTERM),
    )
    if result.returncode != 0:
        told = complaint(result.stderr.decode(errors="replace"))
        raise EmbeddedPostgresError(_ROWS.sub(r"\1; the file holds rows that it refuses", told))
    return bytes(result.stdout)
