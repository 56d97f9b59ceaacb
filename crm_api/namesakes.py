"""Чужие пакеты, которые зовутся как слои сервиса: Python нашёл бы их вместо наших.

Здесь только стандартная библиотека: этот модуль нужен как раз тогда, когда слои не импортируются.
"""

from importlib.machinery import ModuleSpec
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

LAYERS = ("domain", "application", "adapters", "entrypoints")
_DISTRIBUTION = "crm-api"
_HOME = Path(__file__).resolve().parents[1]
"""Папка, куда поставлен сервис: слои лежат рядом с этим пакетом."""


def namesakes() -> list[str]:
    """Говорит строкой на каждый слой, что стоит на его месте и как разойтись.

    Пакет узнаётся по месту: слой лежит рядом с ``crm_api``. Дистрибутив, который записал свои
    файлы поверх наших, узнаётся по описи установленного: ни pip, ни uv об этом не говорят.
    """
    told = []
    owners = packages_distributions()
    for layer in LAYERS:
        others = sorted({*owners.get(layer, ())} - {_DISTRIBUTION})
        found = _place(layer)
        if found != _HOME / layer:
            told.append(
                f"crm-api needs its own package {layer!r} ({_HOME / layer}), but Python finds"
                f" {found or 'none'}: rename that one or move it into a package of your own, or"
                " install crm-api into an environment of its own and call it over HTTP"
            )
        elif others:
            told.append(
                f"the package {layer!r} of crm-api has the files of {', '.join(others)} in it,"
                " which is installed over it: install crm-api into an environment of its own, or"
                f" uninstall {', '.join(others)} and reinstall crm-api"
            )
    return told


def _place(name: str) -> Path | None:
    """Находит папку или файл, откуда Python берёт пакет."""
    try:
        spec: ModuleSpec | None = find_spec(name)
    except ValueError:  # импортированное в обход importlib своего места не помнит
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))).resolve()
    return Path(spec.origin).resolve() if spec.origin else None
