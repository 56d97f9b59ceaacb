"""Позволена ли лицензия установленного пакета; сети не нужно."""

from collections.abc import Iterable
from importlib.metadata import Distribution, PackageMetadata, distributions

from license_expression import ExpressionError, get_spdx_licensing

from tests.supply.allowed_licences import ALLOWED, SPELT_OTHERWISE

_SPDX = get_spdx_licensing()


def refused(names: Iterable[str], path: list[str] | None = None) -> dict[str, str]:
    """Находит пакеты, лицензия которых не позволена или неизвестна.

    Args:
        names: пакеты; чего здесь нет, то тоже отказ: о нём ничего не известно.
        path: папки, где они установлены; по умолчанию — откуда импортирует сам Python.

    Returns:
        Имя пакета и что с его лицензией не так.
    """
    found = {name: _installed(name, path) for name in names}
    verdicts = {name: _verdict(one) for name, one in found.items()}
    return {name: verdict for name, verdict in verdicts.items() if verdict is not None}


def _installed(name: str, path: list[str] | None) -> Distribution | None:
    wanted = {"name": name} if path is None else {"name": name, "path": path}
    return next(iter(distributions(**wanted)), None)


def _verdict(distribution: Distribution | None) -> str | None:
    if distribution is None:
        return "is not installed: its licence is unknown"
    declared = _declared(distribution.metadata)
    if not declared:
        return "names no licence"
    allowed = all(_allows(expression) for expression in declared)
    return None if allowed else f"{' and '.join(declared)} is not in tests/supply/allowed_licences"


def _declared(metadata: PackageMetadata) -> list[str]:
    # По PEP 639 выражение главнее. До него писали название, весь текст или одни классификаторы.
    for field in ("License-Expression", "License"):
        stated = metadata.get(field) or ""
        if stated and "\n" not in stated:
            return [SPELT_OTHERWISE.get(stated, stated)]
    classifiers = metadata.get_all("Classifier") or []
    names = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License :: ")]
    return [SPELT_OTHERWISE.get(name, name) for name in names]


def _allows(expression: str) -> bool:
    try:
        tree = _SPDX.parse(expression, validate=True)
    except ExpressionError:
        return False
    return _holds(tree)


def _holds(node: object) -> bool:
    if isinstance(node, _SPDX.AND):
        return all(map(_holds, node.args))
    if isinstance(node, _SPDX.OR):  # выбираем мы
        return any(map(_holds, node.args))
    return str(node) in ALLOWED
