"""Асинхронный сервис: покупатели приходят строками JSON по TCP, ответ на каждую — строка.

Запуск: ``python examples/async_service.py [ПОРТ]``; где база данных, говорит ``CRM_DATABASE_URL``.
"""

import asyncio
import json
import sys
from asyncio import StreamReader, StreamWriter
from functools import partial

from crm_api import AsyncRegister, DomainError, RepositoryUnavailableError, async_registration


async def answer(register: AsyncRegister, line: bytes) -> dict[str, object]:
    """Регистрирует покупателя из сообщения; номер сообщения узнаёт его повтор."""
    message = json.loads(line)
    try:
        customer = await register(**message["customer"], idempotency_key=message["id"])
    except DomainError as error:
        return {"id": message["id"], "refused": str(error)}
    except RepositoryUnavailableError:
        return {"id": message["id"], "again": True}  # тот же номер ещё раз — безопасно
    return {"id": message["id"], "customer": customer.id}


async def talk(register: AsyncRegister, reader: StreamReader, writer: StreamWriter) -> None:
    """Ведёт одно соединение."""
    async for line in reader:
        writer.write(json.dumps(await answer(register, line)).encode() + b"\n")
        await writer.drain()
    writer.close()


async def main(port: int) -> None:
    """Открывает регистрацию один раз на всю жизнь сервиса: соединения делят её пачки."""
    async with async_registration() as register:
        server = await asyncio.start_server(partial(talk, register), "127.0.0.1", port)
        print("listening on", server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else 8765))
