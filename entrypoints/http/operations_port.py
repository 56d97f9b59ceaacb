"""Порт тех, кто держит сервис: метрики, готовность и страница документации не видны снаружи."""

from starlette.types import ASGIApp, Receive, Scope, Send


class OperationsApart:
    """Слой ASGI: выбирает приложение по порту, на который пришёл запрос.

    На порту для своих отвечает всё: страница документации пробует регистрацию там же, где открыта.
    """

    def __init__(self, app: ASGIApp, *, public: ASGIApp, port: int) -> None:
        """Создаёт слой.

        Args:
            app: отвечает на всё.
            public: отвечает на то, что видно снаружи.
            port: порт для своих.
        """
        self._app = app
        self._public = public
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Пропускает запрос дальше."""
        is_public = scope["type"] == "http" and (scope["server"] or ("", 0))[1] != self._port
        await (self._public if is_public else self._app)(scope, receive, send)
