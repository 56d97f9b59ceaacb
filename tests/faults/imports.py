"""Загрузка, которая идёт, пока что-то ломается: сколько обещано и сколько записано."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import psycopg
from attrs import define, field

from tests.faults.stage import Stage
from tests.support.project import ROOT

_DONE = 0
_GOES_ON = {1, 4}  # базы данных нет в начале или больше минуты: та же команда продолжит
_DEADLINE = 600.0  # секунд на один файл, сколько бы раз его ни начинали
_PAUSE = 0.2


@define
class ImportsUnderWay:
    """Файлы, которые ``crm-api import`` загружает один за другим, пока открыт контекст.

    Attributes:
        folder: где лежат файлы.
        rows: сколько строк в каждом.
        is_news: рассказывать ли о загруженных подписчикам (``--events``).
        imported: сколько строк загружено по словам команды.
        lost: сколько из них не записано.
        doubled: скольких записано больше, чем было строк.
        refused: сколько файлов загружено не целиком или кончилось непредвиденным.
    """

    folder: Path
    rows: int
    is_news: bool = field(default=False, kw_only=True)
    imported: int = 0
    lost: int = 0
    doubled: int = 0
    refused: int = 0

    @contextmanager
    def beside(self, stage: Stage) -> Iterator[None]:
        """Загружает; в конце доводит начатый файл до конца и сверяет всё с таблицей."""
        prefix = f"import{uuid.uuid4().hex[:12]}-"
        stopping = Event()
        thread = Thread(target=self._work, args=[stage, prefix, stopping], name="imports")
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()
        with psycopg.connect(stage.database) as connection:
            stored, customers = connection.execute(
                "SELECT count(*), count(DISTINCT email) FROM customers"
                " WHERE starts_with(email, %s)",
                [prefix],
            ).fetchone() or (0, 0)
        self.lost += max(self.imported - customers, 0)
        self.doubled += stored - customers

    def _work(self, stage: Stage, prefix: str, stopping: Event) -> None:
        number = 0
        while not stopping.is_set():
            number += 1
            name = f"{prefix}{number}"
            file = self.folder / f"{name}.csv"
            lines = [f"Ivan,{name}-{row}@checker.example\n" for row in range(self.rows)]
            file.write_text("name,email\n" + "".join(lines))
            if self._import(stage, file, stopping) == _DONE:
                self.imported += self.rows
            else:
                self.refused += 1
            file.unlink()

    def _import(self, stage: Stage, file: Path, stopping: Event) -> int:
        """Повторяет команду, пока она не загрузит файл или не откажется; даёт код выхода."""
        deadline = time.monotonic() + _DEADLINE
        while True:
            with (self.folder / "imports.log").open("ab") as log:
                code = subprocess.run(  # noqa: S603 — запускается свой же код
                    [
                        *(sys.executable, "-m", "entrypoints.cli", "import", file),
                        *(["--events"] if self.is_news else []),
                    ],
                    cwd=self.folder,
                    env={
                        "PATH": os.defpath,
                        "PYTHONPATH": str(ROOT),
                        "CRM_DATABASE_URL": stage.link.url,
                    },
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    check=False,
                    timeout=_DEADLINE,
                ).returncode
            if code not in _GOES_ON or time.monotonic() > deadline:
                return code
            stopping.wait(_PAUSE)
