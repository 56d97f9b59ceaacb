"""Отказы самого соединения (``entrypoints.server``): отвечает на них приложение, как на прочие.

Так у запроса, который не разобрать, есть problem+json, CORS, язык, номер и строка журнала.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http.paths import REGISTER
from entrypoints.http.problems import problem_response
from entrypoints.problem_error import ProblemError

REFUSAL_SCOPE_KEY = "crm_api.refusal"
"""Ключ области запроса (ASGI scope), под которым соединение оставляет вид отказа.

Появиться он может и тогда, когда запрос уже у приложения и ждёт своего тела.
"""

_REGISTRATION = ("POST", REGISTER)


class ProtocolRefusals:
    """Слой ASGI: отвечает на запрос, которому соединение уже отказало."""

    def __init__(self, app: ASGIApp, count_refusal: Callable[[Exception], None]) -> None:
        """Создаёт слой.

        Args:
            app: отвечает на остальные запросы.
            count_refusal: узнаёт об отказе в регистрации, до которой дело не дошло.
        """
        self._app = app
        self._count_refusal = count_refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Отвечает отказом или пропускает запрос дальше; отказать ему могут и на полпути."""
        if (code := scope.get(REFUSAL_SCOPE_KEY)) is not None:
            refused = ProblemError(code)
            if (scope["method"], scope["path"]) == _REGISTRATION:
                self._count_refusal(refused)
            await problem_response(Request(scope), refused)(scope, receive, send)
            return

        async def receive_unless_refused() -> Message:
            message = await receive()
            if (code := scope.get(REFUSAL_SCOPE_KEY)) is not None:
                raise ProblemError(code)
            return message

        await self._app(scope, receive_unless_refused, send)
