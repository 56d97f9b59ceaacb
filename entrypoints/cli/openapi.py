"""``crm-api openapi``: описание сервиса для программ."""

import click


@click.command
def openapi() -> None:
    """Print the OpenAPI document.

    It is the same as /openapi.json.
    """
    from entrypoints.http.openapi.document import openapi_json

    click.echo(openapi_json())
