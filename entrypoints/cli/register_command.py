"""``crm-api register``: зарегистрировать одного покупателя."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from domain.customer import REQUIRED_FIELDS, RULES
from domain.rules import WholeNumber
from entrypoints.cli.ascii_int import AsciiInt
from entrypoints.cli.exit_codes import ANSWER_IS_NO, failures_in_one_line
from entrypoints.cli.terminal import as_json, print_json, print_table, reader_language

if TYPE_CHECKING:
    from domain.customer import Customer
    from entrypoints.problem_error import ProblemError


class _WholeNumber(AsciiInt):
    """Целое число или пустой текст: чего нет, то для домена одно у всех полей."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 — так у click
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401 — пустой текст остаётся собой
        """Разбирает число."""
        return "" if value == "" else super().convert(value, param, ctx)


def _customer_options(command: Callable[..., None]) -> Callable[..., None]:
    """Даёт команде по параметру на каждое поле покупателя."""
    for name, rule in reversed(list(RULES.items())):
        is_number = isinstance(rule, WholeNumber)
        option = click.option(
            f"--{name.replace('_', '-')}",
            required=name in REQUIRED_FIELDS,
            type=_WholeNumber() if is_number else str,
        )
        command = option(command)
    return command


@click.command
@_customer_options
@click.option("--idempotency-key", help="Repeat a command with the same key: it registers once.")
@as_json
@click.pass_context
def register(context: click.Context, /, *, as_json: bool, **fields: Any) -> None:  # noqa: ANN401 — поля покупателя
    """Register one customer.

    Prints the customer, or in words why it is refused (exit code 3).
    """
    from domain.errors import DomainError
    from entrypoints.container import process_container
    from entrypoints.problem_error import known_problem
    from entrypoints.python import registration

    with failures_in_one_line():
        try:
            with registration(container=process_container()) as register_customer:
                customer = register_customer(**fields)
        except DomainError as error:
            problem = known_problem(error)
            if problem is None:
                raise
            _print_problem(problem, as_json=as_json)
            context.exit(ANSWER_IS_NO)
    _print_customer(customer, as_json=as_json)


def _print_customer(customer: "Customer", *, as_json: bool) -> None:
    from entrypoints.customer_document import customer_document

    document = customer_document(customer)
    if as_json:
        print_json(document)
    else:
        print_table([name, str(value)] for name, value in document.items() if value is not None)


def _print_problem(problem: "ProblemError", *, as_json: bool) -> None:
    language = reader_language()
    detail, errors = problem.detail(language), problem.errors(language)
    if as_json:
        print_json({"code": problem.code, "detail": detail, "errors": errors})
        return
    click.echo(detail, err=True)
    for error in errors:
        click.echo(f"  {error['field']}: {error['detail']}", err=True)
