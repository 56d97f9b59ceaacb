"""Задачи Celery: регистрация открывается в каждом процессе prefork, а повтор узнаётся по номеру.

Запуск: ``celery -A shop_tasks worker``; брокер и ответы лежат в папках, сервера им не нужно. Где
база данных, говорит ``CRM_DATABASE_URL``.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.signals import worker_process_init, worker_process_shutdown

from crm_api import Register, RepositoryUnavailableError, registration

messages, results = Path("messages"), Path("results")
for folder in (messages, results):
    folder.mkdir(exist_ok=True)

app = Celery("shop", broker="filesystem://", backend=results.absolute().as_uri())
app.conf.broker_transport_options = {
    "data_folder_in": str(messages),
    "data_folder_out": str(messages),
    "control_folder": str(messages / "control"),
}
app.conf.task_acks_late = True  # убитый посреди задачи процесс её не теряет

_process: dict[str, Register] = {}
_opened = ExitStack()


@worker_process_init.connect
def open_registration(**_: object) -> None:
    """Открывает регистрацию после fork: открытое до него осталось бы у родителя."""
    _process["register"] = _opened.enter_context(registration())


@worker_process_shutdown.connect
def close_registration(**_: object) -> None:
    """Закрывает её, дождавшись начатых."""
    _opened.close()


@app.task(bind=True, max_retries=10, acks_late=True)
def sign_up(task: "Task[..., Any]", name: str, email: str) -> int:
    """Регистрирует покупателя и возвращает его номер; повтор задачи вернёт тот же."""
    try:
        customer = _process["register"](name=name, email=email, idempotency_key=task.request.id)
    except RepositoryUnavailableError as error:
        raise task.retry(exc=error, countdown=5) from None
    return customer.id
