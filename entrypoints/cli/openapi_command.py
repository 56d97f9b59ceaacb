"""``crm-api openapi``: описание сервиса для программ."""

import click

from entrypoints.cli.terminal import print_text


@click.command
def openapi() -> None:
    """Print the OpenAPI document.

    It is the same as /openapi.json.
    """
    from entrypoints.http.openapi.document import openapi_json

    print_text(openapi_json())
