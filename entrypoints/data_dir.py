"""Папка данных по умолчанию."""

import os
import sys
from pathlib import Path


def default_data_dir() -> Path:
    """Даёт папку данных по умолчанию: своя у каждого пользователя.

    У root она в ``/var/lib``: домашняя папка root закрыта, а PostgreSQL под root не работает.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/crm-api")
    if sys.platform == "darwin":
        return _home() / "Library" / "Application Support" / "crm-api"
    # XDG Base Directory Specification: относительный путь не в счёт.
    data_home = Path(os.environ.get("XDG_DATA_HOME", ""))
    if not data_home.is_absolute():
        data_home = _home() / ".local" / "share"
    return data_home / "crm-api"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        # Домашней папки нет. Нужна она, только если база данных не задана: тогда и будет отказ.
        return Path("/nonexistent")
