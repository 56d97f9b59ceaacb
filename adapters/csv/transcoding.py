"""Байты файла в иной кодировке, чем UTF-8, — как байты UTF-8."""

import codecs
import io
from typing import Any

from adapters.csv.source import Source

UTF_8 = "utf-8"

CHUNK = 1 << 16
"""Байтов, которые переводятся за раз."""

_BAD_SEQUENCE = "\udcff"  # в UTF-8 его не записать, и строка с ним будет отклонена
_BAD_HANDLER = "adapters.csv.bad_sequence"

codecs.register_error(_BAD_HANDLER, lambda error: (_BAD_SEQUENCE, error.end))  # type: ignore[attr-defined]


class Transcoded(io.RawIOBase):
    r"""Те же байты в UTF-8, с ``\n`` на месте одинокого CR.

    Негодная последовательность становится негодной и в UTF-8: отклонят одну её строку.
    """

    def __init__(self, source: Source, encoding: str, *, has_lone_cr: bool) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)(_BAD_HANDLER)
        self._has_lone_cr = has_lone_cr
        self._rest = b""
        self._is_ended = False

    def readable(self) -> bool:
        """Отвечает ``io``, что отсюда можно читать."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 — так в io
        """Кладёт в ``buffer`` следующие байты UTF-8; ноль — файл кончился."""
        while not self._rest and not self._is_ended:
            part = self._source.read(CHUNK)
            self._is_ended = not part
            text = self._decoder.decode(part, final=self._is_ended)
            if self._has_lone_cr:
                text = text.replace("\r", "\n")
            self._rest = text.encode(UTF_8, "surrogatepass")
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)
