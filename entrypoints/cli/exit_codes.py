"""Чем кончилась команда: коды выхода и отказы в одну строку.

0 — сделано; 1 — не вышло, в одной строке сказано почему; 2 — неверны настройки, сама команда или
файл, который назвали загрузке; 3 — сделано, и ответ «нет»: покупатель отвергнут, схема не та,
нарушения нашлись; 4 — остановлено на середине, та же команда продолжит.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from entrypoints.cli.loading import end_loading

ANSWER_IS_NO = 3
HALF_DONE = 4


class WrongSettingsError(click.ClickException):
    """Настройки неверны: одна строка и тот же код выхода, что у неверной команды."""

    exit_code = 2


@contextmanager
def failures_in_one_line() -> Iterator[None]:
    """Превращает ожидаемые отказы в строку и код выхода; ошибки самой программы не трогает.

    Здесь же кончается загрузка команды и начинается её работа.
    """
    from application.customer_repository import RepositoryUnavailableError
    from entrypoints.database_container import STARTUP_ERRORS
    from entrypoints.settings import SettingsError

    end_loading()
    try:
        yield
    except SettingsError as error:
        raise WrongSettingsError(str(error)) from None
    except STARTUP_ERRORS as error:
        raise click.ClickException(str(error)) from None
    except RepositoryUnavailableError as error:
        raise click.ClickException(f"{error}; crm-api check tells more") from None
