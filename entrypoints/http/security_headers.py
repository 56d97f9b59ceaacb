"""Заголовки безопасности каждого ответа (OWASP, REST Security Cheat Sheet).

Strict-Transport-Security здесь нет: он имеет смысл только поверх TLS, и ставит его тот, кто TLS
завершает. Нет и Cross-Origin-Resource-Policy: сервис зовут с чужих страниц.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = b"content-security-policy"

# Кэшировать ответы нельзя: в них личные данные.
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (_POLICY, b"default-src 'none'; frame-ancestors 'none'"),
)


class SecurityHeaders:
    """Слой ASGI снаружи всего; заголовок, который ответ поставил сам, не трогает."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Пропускает запрос дальше."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                names = {name for name, _ in given}
                missing = [header for header in SECURITY_HEADERS if header[0] not in names]
                message["headers"] = [*given, *missing]
            await send(message)

        if scope["type"] == "http":
            await self._app(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send)
