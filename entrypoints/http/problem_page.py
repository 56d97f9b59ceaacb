"""``/problems/{code}``: что значит отказ этого вида; сюда ведёт ``type`` ответа об ошибке."""

from html import escape
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from entrypoints.http.accept_language import request_language
from entrypoints.problem_catalogue import PROBLEM_TYPES

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
    <p><a href="../docs">CRM API</a></p>
  </body>
</html>
"""
_POLICY = (
    "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def problem_page(request: Request) -> Response:
    """Отвечает страницей на языке читателя."""
    code: str = request.path_params["code"]
    if code not in PROBLEM_TYPES:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    problem_type = PROBLEM_TYPES[code]
    language = request_language(request.headers)
    page = _PAGE.format(
        language=language,
        title=escape(problem_type.title.text(language, {})),
        status=problem_type.status.value,
        code=code,
        advice=escape(problem_type.advice.text(language, {})),
    )
    headers = {
        "Content-Language": language,
        "Vary": "Accept-Language",
        "Content-Security-Policy": _POLICY,
    }
    return HTMLResponse(page, headers=headers)
