"""``/docs``: Swagger UI из файлов установленного пакета, без обращений к другим узлам."""

import importlib.util
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Message, Receive, Scope, Send

# CSP Level 3. Только свои файлы; стили Swagger UI задаёт через CSSOM, а его картинки — data:.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    # Каждый раз спрашивать, не обновился ли сервис; ответ, если нет, — 304 без тела.
    "Cache-Control": "no-cache",
}
_PIECE = 64 * 1024  # байт; следующей части соединение не берёт, пока не забрали этой
_OWN = Path(__file__).with_name("static")
_MEDIA_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


@cache
def _files() -> dict[str, Path]:
    """Находит файлы страницы по именам; других отсюда не отдаётся."""
    # Не import: offapi при импорте собирает в памяти 9 МБ страниц, которые здесь не нужны.
    spec = importlib.util.find_spec("offapi")
    (swagger_ui,) = map(Path, (spec and spec.submodule_search_locations) or ())
    return {
        "docs.css": _OWN / "docs.css",
        "docs.html": _OWN / "docs.html",
        "docs.js": _OWN / "docs.js",
        "swagger_bundle.js": swagger_ui / "swagger_bundle.js",
        "swagger_style.css": swagger_ui / "swagger_style.css",
    }


async def to_docs(_request: Request) -> Response:
    """Отсылает с корня на страницу документации."""
    return RedirectResponse("docs")  # не с косой чертой: впереди бывает и путь прокси


async def docs(request: Request) -> Response:
    """Отвечает страницей Swagger UI."""
    return await _file(request, "docs.html")


async def docs_file(request: Request) -> Response:
    """Отвечает файлом, который нужен странице."""
    name: str = request.path_params["name"]
    if name not in _files():
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return await _file(request, name)


async def _file(request: Request, name: str) -> Response:
    """Отвечает файлом целиком.

    FileResponse не годится: на неверный Range он отвечает простым текстом, а не problem+json.
    """
    path = _files()[name]
    content, tag = _content(path)
    headers = _HEADERS | {"ETag": tag}
    known = request.headers.get("if-none-match", "")
    if tag in known or known.strip() == "*":  # RFC 9110, 13.1.2
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return _InPieces(content, headers=headers, media_type=_MEDIA_TYPES[path.suffix])


@cache
def _content(path: Path) -> tuple[bytes, str]:
    """Читает файл и даёт ему метку; один на всех: копий за молчащими читателями нет."""
    content = path.read_bytes()
    return content, f'"{sha256(content).hexdigest()[:32]}"'


class _InPieces(Response):
    """Посылает тело частями: кто не читает, за тем лежит не весь файл, а одна часть."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Отвечает."""
        del scope, receive
        start: Message = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        for sent in range(0, len(self.body), _PIECE):
            piece = bytes(self.body[sent : sent + _PIECE])
            is_last = sent + _PIECE >= len(self.body)
            await send({"type": "http.response.body", "body": piece, "more_body": not is_last})
