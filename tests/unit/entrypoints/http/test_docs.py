"""Страница документации: только свои файлы и строгая политика."""

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from entrypoints.container import Container


def test_reader_that_does_not_read_holds_a_piece_and_not_the_file(container: Container) -> None:
    application = container.app()
    pieces: list[int] = []

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        async def note(message: Message) -> None:
            pieces.append(len(message.get("body", b"")))
            await send(message)

        await application(scope, receive, note)

    with TestClient(noted) as client:
        answer = client.get("/docs/swagger_bundle.js")
    assert len(answer.content) == int(answer.headers["content-length"]) == sum(pieces) > 1_000_000
    assert max(pieces) <= 64 * 1024


def test_root_leads_to_docs(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "docs")


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/docs", "text/html"),
        ("/docs/docs.js", "text/javascript"),
        ("/docs/docs.css", "text/css"),
        ("/docs/swagger_bundle.js", "text/javascript"),
        ("/docs/swagger_style.css", "text/css"),
    ],
)
def test_file_is_sent_once_and_not_again_while_unchanged(
    client: TestClient, path: str, media_type: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    for known in (answer.headers["etag"], f'"other", W/{answer.headers["etag"]}', "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")


def test_policy_allows_no_other_host_and_no_inline_script(client: TestClient) -> None:
    policy = client.get("/docs").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "://" not in policy


@pytest.mark.parametrize("name", ["redoc.js", "__init__.py", "..%2Fapp.py", "docs.html2"])
def test_other_files_of_the_package_are_404(client: TestClient, name: str) -> None:
    assert client.get(f"/docs/{name}").status_code == 404
