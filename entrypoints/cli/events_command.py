"""``crm-api events``: подписчики и то, что их ждёт."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from entrypoints.cli.ascii_int import AsciiIntRange
from entrypoints.cli.database import database
from entrypoints.cli.exit_codes import ANSWER_IS_NO, failures_in_one_line
from entrypoints.cli.terminal import as_json, is_confirmed, print_json, print_table, print_text

if TYPE_CHECKING:
    from entrypoints.delivery_container import PastEvent, SubscriberStatus

_LOOK_EVERY = 0.5  # секунд

_name = click.argument("name", metavar="SUBSCRIBER")


@click.group
def events() -> None:
    """Look after the events that subscribers are told."""


@events.command
@as_json
def status(*, as_json: bool) -> None:
    """Show the subscribers and how many events wait for them."""
    with database() as container:
        found = container.delivery.statuses()
    if as_json:
        for one in found:
            print_json(
                {
                    "subscriber": one.name,
                    "events": list(one.types),
                    "is_paused": one.is_paused,
                    "paused_because": one.paused_because,
                    "waiting": one.waiting,
                    "oldest_seconds": one.oldest and round(one.oldest, 3),
                    "failed": one.failed,
                }
            )
    elif found:
        print_table(_status_row(one) for one in found)
    else:
        print_text("There are no subscribers: no events are written.")


def _status_row(one: "SubscriberStatus") -> list[str]:
    oldest = f"{one.waiting} waiting, the oldest for {one.oldest:.0f} s" if one.oldest else ""
    because = f" ({one.paused_because})" if one.paused_because else ""
    return [
        one.name,
        oldest or "nothing waits",
        f"{one.failed} failed",
        f"paused{because}" if one.is_paused else "",
    ]


@events.command
@_name
def pause(*, name: str) -> None:
    """Send a subscriber nothing for now; its events wait."""
    with database() as container:
        container.delivery.set_paused(name=name, is_paused=True)
    print_text(f"{name} is paused.")


@events.command
@_name
def resume(*, name: str) -> None:
    """Send a paused subscriber what waits for it."""
    with database() as container:
        container.delivery.set_paused(name=name, is_paused=False)
    print_text(f"{name} goes on.")


@events.command
@_name
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def remove(context: click.Context, *, name: str, yes: bool) -> None:
    """Remove a subscriber and all that waits for it.

    Take it out of the settings of every process first: those register it anew when they start.
    Asks before it does; exit code 3 if the answer was no.
    """
    with database() as container:
        waiting = {one.name: one.waiting for one in container.delivery.statuses()}
        # О неизвестном скажет само удаление.
        if not yes and name in waiting:
            question = f"The {waiting[name]} events that wait for {name} are lost. Remove it?"
            if not is_confirmed(question):
                print_text("Nothing is removed.")
                context.exit(ANSWER_IS_NO)
        lost = container.delivery.remove(name=name)
    print_text(f"{name} is removed; {lost} events were waiting for it.")


@events.command
@_name
@click.option("--failed", is_flag=True, help="Those that were given up.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]),
    help="Everyone registered since then (UTC), however they came.",
)
@click.option("--all", "is_all", is_flag=True, help="Everyone.")
@as_json
def replay(*, name: str, failed: bool, since: datetime | None, is_all: bool, as_json: bool) -> None:
    """Send a subscriber events again, or those from before its time.

    Each has the same webhook-id as ever, so the subscriber can tell repeats.
    """
    if [failed, since is not None, is_all].count(True) != 1:
        raise click.UsageError("give one of --failed, --since and --all")
    with database() as container:
        if failed:
            told = container.delivery.replay_failed(name=name)
        else:
            moment = since.replace(tzinfo=UTC) if since else None
            told = sum(container.delivery.replay_since(name=name, since=moment))
    if as_json:
        print_json({"subscriber": name, "events": told})
    else:
        print_text(f"{told} events wait for {name}.")


@events.command
@as_json
def tail(*, as_json: bool) -> None:
    """Show events as they are delivered or given up, until Ctrl-C.

    With CRM_DELIVERED_DAYS=0 the delivered ones are not kept, so only the others are shown.
    """
    seen: set[int] = set()
    with suppress(KeyboardInterrupt), database() as container:
        while True:
            for one in container.delivery.tail(seen=seen):
                _print_past(one, as_json=as_json)
            time.sleep(_LOOK_EVERY)


def _print_past(one: "PastEvent", *, as_json: bool) -> None:
    from entrypoints.customer_document import told_moment

    moment = told_moment(one.ended_at)
    if as_json:
        print_json(
            {
                "ended_at": moment,
                "subscriber": one.subscriber,
                "type": one.type,
                "event_id": str(one.event_id),
                "customer_id": one.customer_id,
                "source": one.source,
                "attempts": one.attempts,
                "failure": one.failure,
            }
        )
    else:
        outcome = f"failed ({one.failure})" if one.failure else "delivered"
        print_text(
            f"{moment}  {one.subscriber}  {one.event_id}  {one.type}"
            f"  customer {one.customer_id}  {outcome}, attempt {one.attempts}"
        )


@events.command
@click.option(
    "--port", type=AsciiIntRange(min=1, max=65_535), help="Where to listen; that of the settings."
)
@as_json
def listen(*, port: int | None, as_json: bool) -> None:
    """Be a subscriber to try it with: print what comes, check its signature.

    The secret is that of CRM_WEBHOOK_SECRET; without one, the lines to set are printed.
    """
    from entrypoints.cli.events_listener import listen_for_events

    try:
        with suppress(KeyboardInterrupt), failures_in_one_line():
            listen_for_events(port, is_json=as_json)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen: {error.strerror}; --port names another port"
        ) from None
