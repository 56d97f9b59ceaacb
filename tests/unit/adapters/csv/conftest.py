"""Чтение файла, которого ещё нет."""

from pathlib import Path

import pytest

from adapters.csv.file import CsvFile
from adapters.csv.file_options import CsvOptions
from adapters.csv.opening import opened_csv
from application.customer_rows import CustomerRow
from tests.support.csv_reading import Read


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Читает файл с таким содержанием до конца, как бы он ни назывался."""

    def read_content(content: bytes | str, **options: object) -> tuple[CsvFile, list[CustomerRow]]:
        path = tmp_path / "customers.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with opened_csv(str(path), CsvOptions(**options)) as file:  # type: ignore[arg-type]
            return file, list(iter(file.take, None))

    return read_content
