"""`luneo webhooks endpoints`: where messages go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options
from hub.cli.frame import group as make_group
from webhooks.cli import meant

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

    one = _on(endpoint, org, work)
    _show(one, as_json)


@group.command("enable")
def enable(endpoint: meant.Endpoint, org: options.Org = None, as_json: options.Json = False) -> None:
    """Send to it again, beginning with what waits."""

    async def work(unit: Unit, id: UUID) -> Endpoint:
        from webhooks.partners import endpoints

        return await endpoints.enable(unit, id)

    _show(_on(endpoint, org, work), as_json)


@group.command("disable")
def disable(endpoint: meant.Endpoint, org: options.Org = None, as_json: options.Json = False) -> None:
    """Send it nothing more; its messages wait until it is enabled."""

    async def work(unit: Unit, id: UUID) -> Endpoint:
        from webhooks.partners import endpoints

        return await endpoints.disable(unit, id, "operator")

    _show(_on(endpoint, org, work), as_json)


@group.command("rotate")
def rotate(
    endpoint: meant.Endpoint,
    secret: Secret = "",
    hours: Annotated[float, typer.Option("--overlap", metavar="HOURS", help="How long the old secret signs beside it.")] = 24,
    org: options.Org = None,
    as_json: options.Json = False,
) -> None:
    """Give it a new secret, shown once. Until the overlap ends every message bears the signatures of both."""
    from hub.cli.show import answer, say

    async def work(unit: Unit, id: UUID) -> dict[str, Any]:
        from datetime import timedelta

        from webhooks.partners import secrets

        given = options.credentials(secret=secret).get("secret")
        key = await secrets.rotate(unit, id, given=given, overlap=timedelta(hours=hours))
        return {"id": id, "secret": key.reveal(), "overlap_hours": hours}

    made = _on(endpoint, org, work)

    def words() -> None:
        say(f"\n  [bold]{made['secret']}[/]\n")
        say(
            f"The new secret of {made['id']}, shown this once. The old one signs for {hours:g} h more: change it there meanwhile."
        )

    answer(made, as_json, words)


@group.command("delete")
def delete(
    endpoint: meant.Endpoint,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    org: options.Org = None,
    as_json: options.Json = False,
) -> None:
    """Remove it: what waits is cancelled, its log stays for a while."""
    from hub.cli.show import answer, say

    async def work(unit: Unit, id: UUID) -> UUID:
        from webhooks.partners import endpoints

        await endpoints.delete(unit, id)
        return id

    if not yes:
        typer.confirm(f"Delete the endpoint {endpoint}, and cancel what waits for it?", abort=True)
    gone = _on(endpoint, org, work)
    answer({"deleted": gone}, as_json, lambda: say(f"Endpoint {gone} is deleted."))


async def within(org: str | None, work: Callable[[Unit], Awaitable[Any]], *, make: bool = False) -> Any:
    """Run something in one unit of work of the organisation."""
    from hub.cli.house import open_house

    async with open_house() as house:
        organisation = await house.organisation(org, make=make)
        async with house.db.org(organisation.id) as unit:
            return await work(unit)


def _on(named: str, org: str | None, work: Callable[[Unit, UUID], Awaitable[Any]]) -> Any:
    from hub.cli.run import run

    async def chosen(unit: Unit) -> Any:
        return await work(unit, await meant.endpoint(unit, named))

    return run(within(org, chosen))


def public(one: Endpoint) -> dict[str, Any]:
    """An endpoint as it is shown: its custom headers by name only."""
    from dataclasses import asdict

    return asdict(one)


def state(row: dict[str, Any]) -> str:
    """`enabled`, or why not."""
    return "enabled" if row["enabled"] else f"disabled: {row['disabled_reason']}"


def _show(one: Endpoint, as_json: bool) -> None:
    from hub.cli.show import answer, table

    row = public(one)
    shown = {
        name: value
        for name, value in row.items()
        if name not in ("enabled", "disabled_reason") and value not in (None, [], {}, "")
    }
    lines = [("state", state(row)), *((name.replace("_", " "), value) for name, value in shown.items())]
    answer(row, as_json, lambda: table(("", ""), lines, empty=""))
