"""Как покупатели пишут себя на самом деле: имена, адреса, телефоны трёх десятков стран.

Они выдуманы, но всё в них верно: ни о чём таком загрузка не предупреждает.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

WRITTEN: Mapping[str, Sequence[str]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)
"""Ячейки по полям покупателя."""
