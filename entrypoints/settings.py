"""Настройки: переменные окружения ``CRM_…``, файл ``.env`` или файл TOML.

Старше всех окружение, затем ``.env`` рабочей папки, затем ``crm-api.toml`` рабочей папки (или
файл из ``CRM_SETTINGS``), в котором имена те же, но строчные и без ``CRM_``.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen
from dotenv import dotenv_values

from adapters.postgres.connection import InvalidDatabaseUrlError, connection_arguments
from adapters.postgres.embedded import default_data_dir

_PREFIX = "CRM_"
_FILE_VARIABLE = "CRM_SETTINGS"
_DEFAULT_FILE = Path("crm-api.toml")
_PARSE = "parse"
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_FORMATS = ("auto", "console", "json")
_FEW_DIGITS = re.compile("[0-9]{1,20}")  # тысячи цифр int() не примет
# То, что браузер пришлёт в Origin (RFC 6454, 6.2): строчными, без пути, узел в punycode.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]+)?")
# Не настройки сервиса: их читают тесты и docker-compose.yml.
_FOREIGN = (_FILE_VARIABLE, "CRM_TEST_", "CRM_POSTGRES_")


class SettingsError(Exception):
    """Настройки неверны; текст — одна строка для оператора, без значений секретов."""


class WrongValueError(ValueError):
    """Значение одной настройки неверно; имени в тексте ещё нет."""


def _whole_number(minimum: int, maximum: int) -> Callable[[object], int]:
    def parse(value: object) -> int:
        if isinstance(value, str) and _FEW_DIGITS.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise WrongValueError(f"must be a whole number, not {value!r}")
        if not minimum <= value <= maximum:
            raise WrongValueError(f"must be from {minimum} to {maximum}, not {value}")
        return value

    return parse


def _one_of(*choices: str, normal: Callable[[str], str]) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if isinstance(value, str) and normal(value) in choices:
            return normal(value)
        raise WrongValueError(f"must be one of {', '.join(choices)}, not {value!r}")

    return parse


_SWITCH = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _SWITCH:
        return _SWITCH[value.lower()]
    raise WrongValueError(f"must be true or false, not {value!r}")


def _host(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise WrongValueError(f"must be a host name or an address, not {value!r}")
    try:
        value.encode("idna")  # так имя пойдёт в getaddrinfo
    except UnicodeError:
        raise WrongValueError(f"must be a host name or an address, not {value!r}") from None
    return value.strip()


def _folder(value: object) -> Path:
    if not isinstance(value, str | Path) or "\0" in str(value):
        raise WrongValueError(f"must be a path, not {value!r}")
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:
        raise WrongValueError(f"names the home folder of nobody: {value!r}") from None


def _origins(value: object) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise WrongValueError(f"must be origins separated by commas, not {value!r}")
    origins = tuple(str(part).strip().rstrip("/").lower() for part in parts if str(part).strip())
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise WrongValueError(f"must hold origins like https://shop.example, not {origin!r}")
    if "*" in origins and len(origins) > 1:
        raise WrongValueError("must be either * or a list of origins, not both")
    if not origins:
        raise WrongValueError("must name at least one origin, or * for any")
    return origins


def _database_url(value: object) -> str:
    try:
        connection_arguments(str(value))
    except InvalidDatabaseUrlError as error:
        # Самого адреса в тексте нет: в нём бывает пароль.
        raise WrongValueError(f"wrong value: {error}") from None
    return str(value)


@frozen(kw_only=True)
class Settings:
    """Настройки сервиса; имя переменной — ``CRM_`` и имя поля прописными.

    Attributes:
        database_url: адрес libpq, можно с несколькими узлами; ``None`` — встроенный PostgreSQL.
        data_dir: папка встроенного PostgreSQL.
        host: адрес, на котором слушать.
        port: порт; 0 — любой свободный.
        workers: число процессов.
        cors_origins: разрешённые источники; ``*`` — любой, без учётных данных.
        log_level: порог журнала.
        log_format: вид журнала; ``auto`` — ``console`` на терминале, иначе ``json``.
        log_sql: писать ли в журнал каждую команду SQL (параметры не пишутся никогда).
        auto_migrate: приводить ли схему базы данных к текущей при запуске.
        drain_seconds: сколько после сигнала остановиться ещё принимать соединения, уже отвечая
            балансировщику, что сервис не готов.
    """

    database_url: str | None = field(default=None, repr=False, metadata={_PARSE: _database_url})
    data_dir: Path = field(factory=default_data_dir, metadata={_PARSE: _folder})
    host: str = field(default="127.0.0.1", metadata={_PARSE: _host})
    port: int = field(default=3001, metadata={_PARSE: _whole_number(0, 65535)})
    workers: int = field(default=1, metadata={_PARSE: _whole_number(1, 64)})
    cors_origins: tuple[str, ...] = field(default=("*",), metadata={_PARSE: _origins})
    log_level: str = field(default="INFO", metadata={_PARSE: _one_of(*_LEVELS, normal=str.upper)})
    log_format: str = field(default="auto", metadata={_PARSE: _one_of(*_FORMATS, normal=str.lower)})
    log_sql: bool = field(default=True, metadata={_PARSE: _switch})
    auto_migrate: bool = field(default=True, metadata={_PARSE: _switch})
    drain_seconds: int = field(default=0, metadata={_PARSE: _whole_number(0, 300)})


_PARSERS: dict[str, Callable[[object], Any]] = {
    _PREFIX + attribute.name.upper(): attribute.metadata[_PARSE]
    for attribute in attrs.fields(Settings)
}


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Собирает настройки из всех источников.

    Пустое значение — то же, что незаданное: так их передаёт Compose.

    Raises:
        SettingsError: имя или значение неверно; названы все ошибки сразу.
    """
    dotenv = _from_dotenv()
    given = {
        **_from_file(environ.get(_FILE_VARIABLE) or dotenv.get(_FILE_VARIABLE)),
        **_from_variables(dotenv),
        **_from_variables(environ),
    }
    errors = []
    values = {}
    for variable, value in given.items():
        try:
            parsed = _parser(variable)(value)
        except WrongValueError as error:
            errors.append(f"{variable} {error}")
        else:
            values[variable.removeprefix(_PREFIX).lower()] = parsed
    if errors:
        raise SettingsError("; ".join(errors))
    return Settings(**values)


def _parser(variable: str) -> Callable[[object], Any]:
    if variable in _PARSERS:
        return _PARSERS[variable]
    close = difflib.get_close_matches(variable, _PARSERS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(_PARSERS)}"
    raise WrongValueError(f"is not a setting: {hint}")


def _from_variables(variables: Mapping[str, str | None]) -> dict[str, object]:
    return {
        name: value
        for name, value in variables.items()
        if value and name.startswith(_PREFIX) and not name.startswith(_FOREIGN)
    }


def _from_dotenv() -> Mapping[str, str | None]:
    try:
        return dotenv_values(".env", interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read the settings file .env: {error}") from None


def _from_file(name: str | None) -> dict[str, object]:
    path = Path(name) if name else _DEFAULT_FILE
    if not name and not path.exists():
        return {}
    try:
        # С BOM сохраняет Блокнот; OSError и ValueError — всё, чего не прочесть и не разобрать.
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot read the settings file {path}: {error}") from None
    return {_PREFIX + key.upper(): value for key, value in content.items() if value != ""}
