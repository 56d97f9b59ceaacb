"""Всё, что нужно чужой программе, одним импортом: ``from crm_api import registration``."""

from importlib import import_module
from typing import TYPE_CHECKING

from crm_api.namesakes import namesakes

if TYPE_CHECKING:
    from crm_api.public import *  # noqa: F403 — список имён там
else:  # с этой функцией проверка типов сочла бы верным любое имя

    def __getattr__(name: str) -> object:
        """Даёт открытое имя, когда его спросят (PEP 562): ``crm-api --help`` обходится без них.

        Raises:
            AttributeError: такого имени нет.
            ImportError: на месте одного из слоёв чужой пакет.
        """
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        try:
            public = import_module("crm_api.public")
        except ImportError:
            if told := namesakes():
                raise ImportError(told[0]) from None
            raise
        if name != "__all__" and name not in public.__all__:
            raise AttributeError(f"module 'crm_api' has no attribute {name!r}")
        return getattr(public, name)
