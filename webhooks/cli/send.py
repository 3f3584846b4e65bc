"""`luneo webhooks send`: a test message to one endpoint, or an event of one's own to an application; and what became of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options
from webhooks.cli import meant

if TYPE_CHECKING:
    from uuid import UUID

    from hub.cli.house import House

DELIVERED, FAILED, WAITING = 0, 1, 2  # exit codes
LOOK = 0.05  # seconds between two looks
EXAMPLE = "product.updated"  # what a test sends when nobody says
ENABLE = "luneo webhooks endpoints enable"
NOT_PUBLIC = ". It is no public address: start the hub (luneo up, luneo dispatch) with its host:port in LUNEO_EGRESS_ALLOW"

Data = Annotated[
    str | None, typer.Option("--data", metavar="JSON", help="Publish an event with this data (@FILE reads it; - reads stdin).")
]


def command(
    endpoint: meant.MaybeEndpoint = None,
    type: Annotated[
        str, typer.Option("--type", help="Its type; a test sends the type's example (default: product.updated).")
    ] = "",
    data: Data = None,
    order_key: Annotated[str | None, typer.Option("--order-key", help="With --data: events of one key keep their order.")] = None,
    application: meant.Application = None,
    wait: Annotated[float, typer.Option("--wait", min=0, metavar="SECONDS", help="How long to watch what becomes of it.")] = 10,
    org: options.Org = None,
    as_json: options.Json = False,
) -> int:
    """Send a test message to an endpoint, or with --data publish an event.

    Exit code 0: delivered, or not watched (--wait 0), 1: it failed, 2: it waits.
    """
    from hub.cli.run import run
    from hub.cli.show import answer
    from hub.errors import ConfigurationError

    if data is not None and endpoint is not None:
        raise ConfigurationError("--data publishes to an application, not to one endpoint:", hint="leave out ENDPOINT or --data.")
    if data is not None and not type:
        raise ConfigurationError(
            "--data needs --type:", hint="name an event type of your own; the hub's are told by the hub alone."
        )
    if data is None and (order_key is not None or application is not None):
        raise ConfigurationError("--order-key and --application go with --data:", hint="a test goes to one endpoint.")
    text = None if data is None else given(data)
    told = run(_send(org, endpoint, type or EXAMPLE, text, order_key, application, wait))
    answer(told, as_json, lambda: _words(told))
    states = {each["state"] for each in told["messages"]}
    if wait == 0 or states <= {"delivered"}:
        return DELIVERED
    return WAITING if "waiting" in states and not any(each["error"] or each["status"] for each in told["messages"]) else FAILED


def given(data: str) -> bytes:
    """What was typed, or what stands in the file or on stdin. Raises OSError."""
    import sys
    from pathlib import Path

    if data == "-":
        return sys.stdin.buffer.read()
    return Path(data[1:]).read_bytes() if data.startswith("@") else data.encode()


async def _send(
    org: str | None,
    endpoint: str | None,
    type: str,
    data: bytes | None,
    order_key: str | None,
    application: str | None,
    wait: float,
) -> dict[str, Any]:
    from hub.cli.house import open_house
    from webhooks.partners import testing

    async with open_house() as house:
        organisation = (await house.organisation(org)).id
        if data is not None:
            event = await _publish(house, organisation, type, data, order_key, application)
        else:
            async with house.db.org(organisation) as unit:
                event = await testing.send(unit, await meant.endpoint(unit, endpoint), type)
        return {"event": event, "type": type, "messages": await _watched(house, organisation, event, wait)}


async def _publish(house: House, org: UUID, type: str, data: bytes, order_key: str | None, application: str | None) -> UUID:
    """As POST /v1/events does it, with the same checks."""
    from uuid import UUID

    import msgspec

    from webhooks.desk import desk_of
    from webhooks.publish.group import committer_of
    from webhooks.publish.item import Item
    from webhooks.publish.read import single
    from webhooks.publish.sound import explained

    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise explained(data, "--data", str(error)) from None
    async with house.db.org(org) as unit:
        chosen = await meant.application(unit, application)
    head = msgspec.json.encode({"type": type, "application": str(chosen)} | ({"order_key": order_key} if order_key else {}))
    body = b'%b,"data":%b}' % (head[:-1], data)
    item = Item(single(body), await desk_of(house.db).book.partners(org), batch=False, size=len(body), key=None)
    done = await committer_of(house.db).publish(org, item)
    return UUID(msgspec.json.decode(done.body)["id"])


async def _watched(house: House, org: UUID, event: UUID, wait: float) -> list[dict[str, Any]]:
    """The event's messages, once each has been tried, save those of disabled endpoints, or the time is over."""
    import asyncio

    deadline = time.monotonic() + wait
    while True:
        async with house.db.org(org) as unit:
            rows = await unit.fetch(MESSAGES, org, event)
        if time.monotonic() >= deadline or all(row["at"] is not None or not row["enabled"] for row in rows):
            return [_shown(row) for row in rows]
        await asyncio.sleep(LOOK)


MESSAGES = """
select m.endpoint, m.event, m.state, e.url, e.enabled, a.at, a.status, a.error, a.ms
from message m join endpoint e on e.id = m.endpoint
left join lateral (
    select at, status, error, ms from attempt a where a.endpoint = m.endpoint and a.event = m.event order by at desc limit 1
) a on true
where m.org = $1 and m.event = $2 order by m.endpoint
"""


def _shown(row: Any) -> dict[str, Any]:
    from webhooks.log.bounds import message_id
    from webhooks.states import State

    state = State(row["state"])
    word = "waiting" if state in (State.WAITING, State.HELD) else state.name.lower()
    return {
        "id": message_id(row["event"]), "endpoint": row["endpoint"], "url": row["url"], "state": word,
        "status": row["status"], "error": row["error"], "ms": row["ms"], "enabled": row["enabled"],
    }  # fmt: skip


def _words(told: dict[str, Any]) -> None:
    from rich.text import Text

    from hub.cli.show import console, say

    if not told["messages"]:
        say(f"{told['type']} is published as {told['event']}, but no endpoint of the application asks for it.")
    for each in told["messages"]:
        line = Text(f"{each['id']} ")
        if each["state"] == "delivered":
            line.append("delivered", style="green").append(f" to {each['url']}: {each['status']} in {each['ms']} ms")
        elif each["status"] or each["error"]:
            line.append("failed", style="red").append(f" at {each['url']}: {each['status'] or each['error']}")
            line.append("; it is tried again" if each["state"] == "waiting" else "; it is given up")
            if each["error"] == "address":
                line.append(NOT_PUBLIC)
        elif each["enabled"]:
            line.append("waits", style="yellow").append(" for a dispatcher. Is one running? luneo up, or luneo dispatch")
        else:
            line.append("waits", style="yellow").append(f" until its endpoint is enabled: {ENABLE} {each['endpoint']}")
        console().print(line)
