"""`luneo webhooks endpoints`: where messages go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options
from hub.cli.frame import group as make_group
from webhooks.cli import meant
from webhooks.cli.work import on, within

if TYPE_CHECKING:
    from uuid import UUID

    from hub.db.unit import Unit
    from webhooks.partners.endpoints import Endpoint

group = make_group("Endpoints: list, add, show, enable, disable, rotate, delete.", bare=True)

Secret = Annotated[str, typer.Option("--secret", metavar="SECRET", help="Its whsec_… secret (default: one is made; - asks).")]


@group.callback()
def _endpoints(
    context: typer.Context, application: meant.Application = None, org: options.Org = None, as_json: options.Json = False
) -> None:
    """Endpoints: list, add, show, enable, disable, rotate, delete."""
    if context.invoked_subcommand is None:
        listing(application, org, as_json)


@group.command("list")
def listing(application: meant.Application = None, org: options.Org = None, as_json: options.Json = False) -> None:
    """The endpoints of one application, or of all."""
    from hub.cli.run import run
    from hub.cli.show import answer, table

    async def work(unit: Unit) -> list[dict[str, Any]]:
        from webhooks.partners import endpoints

        chosen = await meant.application(unit, application) if application else None
        rows = await unit.fetch(meant.ENDPOINTS, unit.org, chosen)
        return [public(await endpoints.get(unit, row["id"])) for row in rows]

    rows = run(within(org, work))
    answer({"endpoints": rows}, as_json, lambda: table(
        ("id", "url", "types", "state"), [(r["id"], r["url"] or "pull", " ".join(r["types"]), state(r)) for r in rows],
        empty="No endpoint yet. Add one: luneo webhooks endpoints add URL",
    ))  # fmt: skip


@group.command("add")
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where its messages go.")],
    type: Annotated[
        list[str] | None, typer.Option("--type", help="product.updated, product.* (repeat it; default: all).")
    ] = None,
    secret: Secret = "",
    uid: Annotated[str | None, typer.Option("--uid", help="A name of your own for it.")] = None,
    ordered: Annotated[bool, typer.Option("--ordered", help="One after the other, for every order key.")] = False,
    rate: Annotated[int | None, typer.Option("--rate", help="At most so many attempts per second.")] = None,
    ed25519: Annotated[bool, typer.Option("--ed25519", help="Sign with ed25519 (v1a) too.")] = False,
    application: meant.Application = None,
    org: options.Org = None,
    as_json: options.Json = False,
) -> None:
    """Add an endpoint. Its secret is shown once."""
    from hub.cli.run import run
    from hub.cli.show import answer, say
    from hub.settings import get_settings

    async def work(unit: Unit) -> dict[str, Any]:
        from webhooks.partners import endpoints
        from webhooks.partners.draft import EndpointDraft, policy_of

        draft = EndpointDraft(
            url, type or ["*"], uid=uid, ordered=ordered, rate_limit=rate,
            secret=options.credentials(secret=secret).get("secret"),
            signatures=["v1", "v1a"] if ed25519 else ["v1"],
        )  # fmt: skip
        chosen = await meant.application(unit, application, make=True)
        made, key = await endpoints.create(unit, chosen, draft, policy=policy_of(get_settings()))
        return public(made) | {"secret": key.reveal(), "organisation": str(unit.org)}

    made = run(within(org, work, make=True))

    def words() -> None:
        say(f"Endpoint [bold]{made['id']}[/] gets {' '.join(made['types'])}. Its secret is shown this once: keep it well.")
        say(f"\n  [bold]{made['secret']}[/]\n")
        if ed25519:
            say(f"The public keys of its v1a signatures are at /jwks/{made['organisation']}")
        say(f"Try it: luneo webhooks send {made['id']}")

    answer(made, as_json, words)


@group.command("show")
def show(endpoint: meant.Endpoint, org: options.Org = None, as_json: options.Json = False) -> None:
    """Everything about an endpoint but its secrets."""

    async def work(unit: Unit, id: UUID) -> Endpoint:
        from webhooks.partners import endpoints

        return await endpoints.get(unit, id)

    one = on(endpoint, org, work)
    show_one(one, as_json)


def public(one: Endpoint) -> dict[str, Any]:
    """An endpoint as it is shown: its custom headers by name only."""
    from dataclasses import asdict

    return asdict(one)


def state(row: dict[str, Any]) -> str:
    """`enabled`, or why not."""
    return "enabled" if row["enabled"] else f"disabled: {row['disabled_reason']}"


def show_one(one: Endpoint, as_json: bool) -> None:
    """Print all that is to be shown of an endpoint."""
    from hub.cli.show import answer, table

    row = public(one)
    shown = {
        name: value
        for name, value in row.items()
        if name not in ("enabled", "disabled_reason") and value not in (None, [], {}, "")
    }
    lines = [("state", state(row)), *((name.replace("_", " "), value) for name, value in shown.items())]
    answer(row, as_json, lambda: table(("", ""), lines, empty=""))
