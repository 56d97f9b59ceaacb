"""Источник CSV из байтов, без файла."""

import io
from typing import Any

from adapters.csv.source import Source


def source_of(content: bytes) -> Source:
    """Даёт источник с таким содержимым."""
    file: io.BufferedReader[Any] = io.BufferedReader(io.BytesIO(content))
    return Source("test", b"", len(content), file, 0, file)
