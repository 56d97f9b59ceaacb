"""``/problems/{code}``: что значит отказ этого вида; сюда ведёт ``type`` ответа об ошибке."""

from html import escape
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from entrypoints.http.accept_language import request_language
from entrypoints.http.problems import STATUSES
from entrypoints.texts import text

_PAGE = """<!doctype html>
<html lang="{language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{title}</title>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <h1>{title}</h1>
    <p>{status} <code>{code}</code></p>
    <p>{advice}</p>
    <p><a href="/docs">CRM API</a></p>
  </body>
</html>
"""
_POLICY = (
    "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def problem_page(request: Request) -> Response:
    """Отвечает страницей на языке читателя."""
    code: str = request.path_params["code"]
    if code not in STATUSES:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    language = request_language(request.headers)
    page = _PAGE.format(
        language=language,
        title=escape(text(f"{code}.title", language)),
        status=STATUSES[code].value,
        code=code,
        advice=escape(text(f"{code}.advice", language)),
    )
    headers = {
        "Content-Language": language,
        "Vary": "Accept-Language",
        "Content-Security-Policy": _POLICY,
    }
    return HTMLResponse(page, headers=headers)
