"""``/docs``: Swagger UI из файлов установленного пакета, без обращений к другим узлам."""

import asyncio
import importlib.util
from functools import cache
from http import HTTPStatus
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

# CSP Level 3. Только свои файлы; стили Swagger UI задаёт через CSSOM, а его картинки — data:.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Каждый раз спрашивать, не обновился ли сервис; ответ, если нет, — 304 без тела.
    "Cache-Control": "no-cache",
}
_OWN = Path(__file__).with_name("static")
_MEDIA_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


@cache
def _files() -> dict[str, Path]:
    """Находит файлы страницы по именам; других отсюда не отдаётся."""
    # Не import: offapi при импорте собирает в памяти 9 МБ страниц, которые здесь не нужны.
    spec = importlib.util.find_spec("offapi")
    (swagger_ui,) = map(Path, (spec and spec.submodule_search_locations) or ())
    return {
        "docs.html": _OWN / "docs.html",
        "docs.js": _OWN / "docs.js",
        "swagger_bundle.js": swagger_ui / "swagger_bundle.js",
        "swagger_style.css": swagger_ui / "swagger_style.css",
    }


async def to_docs(_request: Request) -> Response:
    """Отсылает с корня на страницу документации."""
    return RedirectResponse("/docs")


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
    stat = await asyncio.to_thread(path.stat)
    headers = _HEADERS | {"ETag": f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    content = await asyncio.to_thread(path.read_bytes)
    return Response(content, headers=headers, media_type=_MEDIA_TYPES[path.suffix])
