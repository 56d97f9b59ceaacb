"""``crm-api openapi``: описание сервиса для программ."""

import click

from entrypoints.cli.exit_codes import failures_in_one_line
from entrypoints.cli.terminal import print_text


@click.command
def openapi() -> None:
    """Print the OpenAPI document.

    It is the same as /openapi.json: CRM_PUBLIC_URL, CRM_STRICT_FIELDS and CRM_REVEAL_TAKEN change
    both.
    """
    from entrypoints.http.openapi.document import openapi_json
    from entrypoints.settings import load_settings

    with failures_in_one_line():
        settings = load_settings()
    print_text(
        openapi_json(
            settings.public_url,
            strict_fields=settings.strict_fields,
            reveal_taken=settings.reveal_taken,
        )
    )
