"""``/problems/{code}``: что значит отказ этого вида; сюда ведёт ``type`` ответа об ошибке."""

import base64
from hashlib import sha256
from html import escape
from http import HTTPStatus

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from entrypoints.http.accept_language import request_language
from entrypoints.http.problem_examples import example_problem
from entrypoints.http.problems import problem_body
from entrypoints.problem_catalogue import PROBLEM_TYPES
from entrypoints.texts import Language, Phrase

_STYLE = """
:root {
  color-scheme: light dark;
  --page: #f3f1ec; --card: #fffefb; --ink: #1d2126; --faint: #565d66; --accent: #14594a;
  --code: #23272b; --on-code: #eceff1;
  font: 1.0625rem/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1e2327; --ink: #eceff1; --faint: #aab3bb; --accent: #7fd6bd;
    --code: #101315;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: clamp(1rem, 5vw, 4rem) 1rem;
  background: var(--page); color: var(--ink);
}
main {
  max-width: 44rem; margin: auto; padding: clamp(1.25rem, 5vw, 2.5rem);
  border-radius: 1rem; background: var(--card);
}
h1 { margin: 0.25rem 0 1rem; font-size: clamp(1.5rem, 5vw, 2rem); line-height: 1.2; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.0625rem; }
p { margin: 0; }
.status { color: var(--faint); }
pre {
  margin: 0; padding: 1rem; border-radius: 0.625rem; overflow-x: auto; white-space: pre-wrap;
  overflow-wrap: anywhere; background: var(--code); color: var(--on-code); font-size: 0.9375rem;
}
a { display: inline-block; margin-top: 1.5rem; color: var(--accent); }
"""
_PAGE = """<!doctype html>
<html lang="{language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="description" content="{advice}">
    <title>{title}</title>
    <link rel="icon" href="data:,">
    <style>{style}</style>
  </head>
  <body>
    <main>
      <p class="status">{status} <code>{code}</code></p>
      <h1>{title}</h1>
      <p>{advice}</p>
      <h2>{caption}</h2>
      <pre><code>{example}</code></pre>
      <a href="../docs">CRM API</a>
    </main>
  </body>
</html>
"""
_CAPTION = Phrase("Так выглядит ответ", "An answer looks like this")
# Стиль на странице один, и политика знает его в лицо (CSP Level 3, 6.7.3).
_STYLE_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}';"
    " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def problem_page(request: Request) -> Response:
    """Отвечает страницей на языке читателя."""
    code: str = request.path_params["code"]
    if code not in PROBLEM_TYPES:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    language = request_language(request.headers)
    headers = {
        "Content-Language": language,
        "Vary": "Accept-Language",
        "Content-Security-Policy": _POLICY,
    }
    return HTMLResponse(_page(code, language), headers=headers)


def _page(code: str, language: Language) -> str:
    problem_type = PROBLEM_TYPES[code]
    answer = orjson.loads(problem_body(example_problem(code), language))
    return _PAGE.format(
        language=language,
        style=_STYLE,
        title=escape(problem_type.title.text(language, {})),
        status=problem_type.status.value,
        code=code,
        advice=escape(problem_type.advice.text(language, {})),
        caption=_CAPTION.text(language, {}),
        example=escape(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()),
    )
