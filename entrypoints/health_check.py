"""Проверка здоровья контейнера: отвечает ли на ``GET /health`` сервис с тем же окружением.

``python -m entrypoints.health_check``: код выхода 0 или 1 и строка о причине. Кроме стандартной
библиотеки не импортирует ничего: её запускают каждые несколько секунд.
"""

import http.client
import os
import sys
from collections.abc import Mapping

_TIMEOUT = 2.0  # секунд; меньше, чем отводит проверке Dockerfile: причину надо успеть сказать
_ANY = {"0.0.0.0", "::"}  # noqa: S104 — здесь не слушают
_NAME = b'"CRM API"'
_ENOUGH = 1000  # байтов; наш ответ много короче, а чужой бывает любым


def failure(host: str, port: int) -> str | None:
    """Спрашивает, отвечает ли по этому адресу такой сервис, и возвращает, что не так.

    Args:
        host: узел, на котором сервису велено слушать; все адреса разом (``::``) — тоже.
        port: порт.
    """
    # Не urllib: он пошёл бы через прокси из окружения.
    service = http.client.HTTPConnection(
        "localhost" if host in _ANY else host, port, timeout=_TIMEOUT
    )
    try:
        service.request("GET", "/health")
        response = service.getresponse()
        is_healthy = response.status == http.client.OK and _NAME in response.read(_ENOUGH)
    except (OSError, http.client.HTTPException) as error:
        return f"no answer on {host}, port {port}: {error!r}"
    finally:
        service.close()
    return None if is_healthy else f"not healthy on {host}, port {port}: {response.status}"


def main(environ: Mapping[str, str] = os.environ) -> str | None:
    """Спрашивает сервис, у которого такое же окружение.

    ``CRM_HOST`` и ``CRM_PORT`` образ задаёт всегда, и они старше всех файлов настроек.
    """
    host = (environ.get("CRM_HOST") or "127.0.0.1").partition(",")[0].strip()
    return failure(host, int(environ.get("CRM_PORT") or "3001"))


if __name__ == "__main__":
    sys.exit(main())
