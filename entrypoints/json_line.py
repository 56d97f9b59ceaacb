"""Документ строкой JSON, даже если в нём имя файла, записанное не в UTF-8."""

import json
from collections.abc import Mapping

import orjson


def json_line(document: Mapping[str, object]) -> str:
    r"""Записывает документ одной строкой JSON.

    Имя файла — любые байты; те, что не UTF-8, Python держит в половинках суррогатных пар (PEP
    383), и в JSON они записаны как ``\udcff``: прочитав строку, Python получит то же имя.
    """
    try:
        return orjson.dumps(document).decode()
    except orjson.JSONEncodeError:
        return json.dumps(document, separators=(",", ":"))
