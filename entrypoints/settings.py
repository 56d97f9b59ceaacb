"""Настройки: переменные окружения ``CRM_…``, файл ``.env`` или файл TOML.

Старше всех окружение, затем ``.env`` рабочей папки, затем ``crm-api.toml`` рабочей папки (или
файл из ``CRM_SETTINGS``), в котором имена те же, но строчные и без ``CRM_``.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from entrypoints import setting_values as parse
from entrypoints import subscriber_settings as parse_subscribers
from entrypoints.data_dir import default_data_dir
from entrypoints.foreign_variables import Variables, is_meant, near, sorted_out
from entrypoints.setting_values import WrongValueError
from entrypoints.settings_files import UnreadableFileError, dotenv_variables, read_settings_file
from entrypoints.subscriber_settings import SubscriberSettings

PREFIX = "CRM_"
_FILE_VARIABLE = "CRM_SETTINGS"
_DEFAULT_FILE = Path("crm-api.toml")
ENVIRONMENT = "environment"
_PARSE = "parse"
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_FORMATS = ("auto", "console", "json")
# Не настройки сервиса: их читают тесты и docker-compose.yml.
_FOREIGN = ("CRM_TEST_", "CRM_POSTGRES_", "CRM_PUBLISH")


class SettingsError(Exception):
    """Настройки неверны; текст — одна строка для оператора, без значений секретов."""


@frozen(kw_only=True)
class Settings:
    """Настройки сервиса; имя переменной — ``CRM_`` и имя поля прописными.

    Attributes:
        database_url: адрес libpq, можно с несколькими узлами; ``None`` — встроенный PostgreSQL,
            ``database_url.IN_MEMORY`` — хранилище в памяти.
        data_dir: папка встроенного PostgreSQL.
        host: узлы и адреса, на которых слушать; ``::`` — на всех, и IPv6, и IPv4.
        port: порт; 0 — любой свободный.
        workers: число процессов.
        public_url: под каким адресом сервис видят снаружи, без косой черты в конце; он назван в
            описании OpenAPI. ``None`` — описание отвечает за тот узел, с которого его взяли.
        operations_port: порт, на который уходит всё, что не для покупателей; ``None`` — оно там же.
        cors_origins: разрешённые источники; ``*`` — любой, без учётных данных.
        rate_limit: сколько регистраций принимать с одного адреса; ``None`` — сколько угодно.
        trusted_proxies: сети прокси, которым верят, от кого запрос.
        strict_fields: отказывать ли в регистрации по HTTP за неизвестные поля тела.
        reveal_taken: говорить ли по HTTP, что адрес занят; иначе ответ на всякую верную просьбу
            один и тот же, а исход узнают подписчики.
        repeated_hours: сколько часов после события о повторной регистрации не слать о том же
            покупателе ещё одного.
        log_level: порог журнала.
        log_format: вид журнала; ``auto`` — ``console`` на терминале, иначе ``json``.
        log_sql: писать ли в журнал каждую команду SQL (параметры не пишутся никогда).
        auto_migrate: приводить ли схему базы данных к текущей при запуске.
        webhook_url: куда слать события одному подписчику; нескольких называет ``subscribers``.
        webhook_secret: чем их подписывать.
        subscribers: подписчики из файла TOML.
        delivered_days: сколько дней помнить доставленные события; 0 — не помнить.
        prometheus_url: где Prometheus, который собирает замеры; его спрашивает ``crm-api report``.
        drain_seconds: сколько после SIGTERM ещё принимать соединения, уже отвечая балансировщику,
            что сервис не готов. Остановке с терминала ждать некого.
    """

    database_url: str | None = field(
        default=None, repr=False, metadata={_PARSE: parse.database_url}
    )
    data_dir: Path = field(factory=default_data_dir, metadata={_PARSE: parse.folder})
    host: tuple[str, ...] = field(default=("127.0.0.1",), metadata={_PARSE: parse.hosts})
    port: int = field(default=3001, metadata={_PARSE: parse.whole_number(0, 65535)})
    workers: int = field(default=1, metadata={_PARSE: parse.whole_number(1, 64)})
    public_url: str | None = field(default=None, metadata={_PARSE: parse.public_url})
    operations_port: int | None = field(
        default=None, metadata={_PARSE: parse.whole_number(1, 65535)}
    )
    cors_origins: tuple[str, ...] = field(default=("*",), metadata={_PARSE: parse.origins})
    rate_limit: parse.Rate | None = field(default=None, metadata={_PARSE: parse.rate})
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = field(
        default=(), metadata={_PARSE: parse.networks}
    )
    strict_fields: bool = field(default=False, metadata={_PARSE: parse.switch})
    reveal_taken: bool = field(default=True, metadata={_PARSE: parse.switch})
    repeated_hours: int = field(default=24, metadata={_PARSE: parse.whole_number(1, 8760)})
    log_level: str = field(
        default="INFO", metadata={_PARSE: parse.one_of(*_LEVELS, normal=str.upper)}
    )
    log_format: str = field(
        default="auto", metadata={_PARSE: parse.one_of(*_FORMATS, normal=str.lower)}
    )
    log_sql: bool = field(default=True, metadata={_PARSE: parse.switch})
    auto_migrate: bool = field(default=True, metadata={_PARSE: parse.switch})
    webhook_url: str | None = field(
        default=None, repr=False, metadata={_PARSE: parse_subscribers.webhook_url}
    )
    webhook_secret: tuple[bytes, ...] | None = field(
        default=None, repr=False, metadata={_PARSE: parse_subscribers.webhook_secrets}
    )
    subscribers: tuple[SubscriberSettings, ...] = field(
        default=(), metadata={_PARSE: parse_subscribers.subscribers}
    )
    delivered_days: int = field(default=1, metadata={_PARSE: parse.whole_number(0, 3650)})
    prometheus_url: str | None = field(default=None, metadata={_PARSE: parse.public_url})
    drain_seconds: int = field(default=5, metadata={_PARSE: parse.whole_number(0, 300)})

    def all_subscribers(self) -> tuple[SubscriberSettings, ...]:
        """Возвращает всех подписчиков, как бы они ни были заданы.

        Raises:
            SettingsError: так их задать нельзя.
        """
        try:
            return parse_subscribers.all_subscribers(
                self.subscribers, self.webhook_url, self.webhook_secret
            )
        except WrongValueError as error:
            raise SettingsError(str(error)) from None


_PARSERS: dict[str, Callable[[object], Any]] = {
    PREFIX + attribute.name.upper(): attribute.metadata[_PARSE]
    for attribute in attrs.fields(Settings)
}


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Собирает настройки из всех источников.

    Пустое значение — то же, что незаданное: так их передаёт Compose.

    Raises:
        SettingsError: имя или значение неверно; названы все ошибки сразу.
    """
    return settings_of(given_settings(environ))


def settings_of(given: Mapping[str, tuple[object, str]]) -> Settings:
    """Проверяет то, что задано (``given_settings``).

    Raises:
        SettingsError: имя или значение неверно; названы все ошибки сразу.
    """
    errors = []
    values = {}
    for variable, (value, source) in given.items():
        try:
            parsed = _parser(variable)(value)
        except WrongValueError as error:
            where = "" if source == ENVIRONMENT else f" (in {source})"
            errors.append(f"{variable} {error}{where}")
        else:
            values[variable.removeprefix(PREFIX).lower()] = parsed
    if errors:
        raise SettingsError("; ".join(errors))
    settings = Settings(**values)
    settings.all_subscribers()
    return settings


def ignored_variables(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Говорит, по строке о каждой, какие ``CRM_…`` похожи на настройки, но не взяты.

    В файле TOML таких нет: там всё незнакомое — ошибка.

    Raises:
        SettingsError: файла ``.env`` не прочесть.
    """
    return [
        line
        for variables in (_from_dotenv(), environ)
        for line in _from_variables(variables).ignored
    ]


def given_settings(environ: Mapping[str, str] = os.environ) -> dict[str, tuple[object, str]]:
    """Что задано: значения и их источники по именам переменных; старший источник последним.

    Raises:
        SettingsError: файла настроек не прочесть.
    """
    dotenv = _from_dotenv()
    file = Path(environ.get(_FILE_VARIABLE) or dotenv.get(_FILE_VARIABLE) or _DEFAULT_FILE)
    sources = (
        (str(file), _from_file(file)),
        (".env", _from_variables(dotenv).given),
        (ENVIRONMENT, _from_variables(environ).given),
    )
    return {name: (value, source) for source, values in sources for name, value in values.items()}


def _parser(variable: str) -> Callable[[object], Any]:
    if variable in _PARSERS:
        return _PARSERS[variable]
    close = near(variable, _PARSERS)
    hint = f"did you mean {close}?" if close else f"known are {', '.join(_PARSERS)}"
    raise WrongValueError(f"is not a setting: {hint}")


def _from_variables(variables: Mapping[str, str | None]) -> Variables:
    own = {
        name: value
        for name, value in variables.items()
        if value and name.startswith(PREFIX) and not name.startswith((_FILE_VARIABLE, *_FOREIGN))
    }
    return sorted_out(own, _PARSERS)


def _is_meant(name: str) -> bool:
    return not name.startswith(_FOREIGN) and is_meant(name, {*_PARSERS, _FILE_VARIABLE})


def _from_dotenv() -> dict[str, str | None]:
    # Так называют и папку окружения Python. Path.is_dir бросил бы PermissionError.
    if os.path.isdir(".env"):  # noqa: PTH112 — см. выше
        return {}
    try:
        content = _read(Path(".env")) or ""
        return dotenv_variables(content, PREFIX, _is_meant)
    except UnreadableFileError as error:
        raise _unreadable(".env", error) from None


def _from_file(path: Path) -> dict[str, object]:
    content = _read(path)
    if content is None:
        if path == _DEFAULT_FILE:
            return {}
        raise _unreadable(path, "there is no such file")
    try:
        given = tomllib.loads(content)
    except ValueError as error:
        raise _unreadable(path, error) from None
    except RecursionError:
        raise _unreadable(path, "its values are nested too deeply") from None
    return {PREFIX + key.upper(): value for key, value in given.items() if value != ""}


def _read(path: Path) -> str | None:
    try:
        return read_settings_file(path)
    except UnreadableFileError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path | str, reason: object) -> SettingsError:
    return SettingsError(f"cannot read the settings file {path}: {reason}")
