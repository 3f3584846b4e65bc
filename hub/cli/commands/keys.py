"""`luneo keys`: API keys for the HTTP API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from hub.cli import options
from hub.cli.frame import group as make_group
from hub.errors import NotFound

if TYPE_CHECKING:
    from hub.access import ApiKey

group = make_group("API keys: create, list, revoke.", bare=True)

Scopes = Annotated[
    list[str] | None, typer.Option("--scope", help="What it may do, such as products:read (repeat it; default: everything).")
]


@group.callback()
def _keys(context: typer.Context, org: options.Org = None, as_json: options.Json = False) -> None:
    """API keys: create, list, revoke."""
    if context.invoked_subcommand is None:
        listing(org, as_json)


@group.command("create")
def create(
    name: Annotated[str, typer.Option("--name", help="What it is for.")] = "command line",
    scope: Scopes = None,
    org: options.Org = None,
    as_json: options.Json = False,
) -> None:
    """Make a key. It is shown once and kept nowhere."""
    from hub.cli.run import run
    from hub.cli.show import answer, say

    made = run(_create(org, name, scope))

    def words() -> None:
        say(f"\n  [bold]{made['key']}[/]\n")
        say(f"This is key {made['id']} ({', '.join(made['scopes'])}). It is shown this once: keep it well.")

    answer(made, as_json, words)


@group.command("list")
def listing(org: options.Org = None, as_json: options.Json = False) -> None:
    """The keys of an organisation, without their secrets."""
    from hub.cli.run import run
    from hub.cli.show import answer, table

    rows = run(_list(org))
    answer(
        {"keys": rows},
        as_json,
        lambda: table(
            ("id", "name", "key", "scopes", "last used", "state"),
            [
                (r["id"], r["name"], f"{r['prefix']}…{r['last4']}", " ".join(r["scopes"]), r["last_used_at"], _state(r))
                for r in rows
            ],
            empty="No key yet. Make one: luneo keys create",
        ),
    )


@group.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `luneo keys list` shows it.")],
    org: options.Org = None,
    as_json: options.Json = False,
) -> None:
    """Make a key worthless, at once."""
    from hub.cli.run import run
    from hub.cli.show import answer, say

    gone = run(_revoke(org, key))
    answer({"revoked": gone}, as_json, lambda: say(f"Key {gone} is revoked: it opens nothing any more."))


async def _create(org: str | None, name: str, scopes: list[str] | None) -> dict[str, Any]:
    from hub import access
    from hub.cli.house import open_house

    async with open_house() as house:
        organisation = await house.organisation(org)
        async with house.db.org(organisation.id) as unit:
            key, plain = await access.issue_key(unit, name, scopes or access.ALL_SCOPES)
    return {"id": key.id, "name": key.name, "key": plain.reveal(), "scopes": key.scopes, "organisation": organisation.slug}


async def _list(org: str | None) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from hub import access
    from hub.cli.house import open_house

    async with open_house() as house:
        organisation = await house.organisation(org)
        async with house.db.org(organisation.id) as unit:
            return [asdict(key) for key in await access.list_keys(unit)]


async def _revoke(org: str | None, key: str) -> UUID:
    from hub import access
    from hub.cli.house import open_house

    async with open_house() as house:
        organisation = await house.organisation(org)
        async with house.db.org(organisation.id) as unit:
            wanted = _meant(key, await access.list_keys(unit))
            return (await access.revoke(unit, wanted)).id


def _meant(key: str, known: Sequence[ApiKey]) -> UUID:
    """The id that was typed: whole, or its last digits as far as they mean one key."""
    found = [each.id for each in known if str(each.id).endswith(key.lower())]
    if len(found) != 1:
        raise NotFound(f"{key!r} means {len(found)} keys.", hint="Take the id from: luneo keys list")
    return found[0]


def _state(row: dict[str, Any]) -> str:
    if row["revoked_at"]:
        return "revoked"
    return "expired" if row["expires_at"] and row["expires_at"] < datetime.now(UTC) else "good"
