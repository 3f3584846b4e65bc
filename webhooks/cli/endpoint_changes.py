"""`luneo webhooks endpoints enable|disable|rotate|delete`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options
from webhooks.cli import meant
from webhooks.cli.endpoints import Secret, show_one
from webhooks.cli.work import on

if TYPE_CHECKING:
    from uuid import UUID

    from hub.db.unit import Unit
    from webhooks.partners.endpoints import Endpoint


def enable(endpoint: meant.Endpoint, org: options.Org = None, as_json: options.Json = False) -> None:
    """Send to it again, beginning with what waits."""

    async def work(unit: Unit, id: UUID) -> Endpoint:
        from webhooks.partners import endpoints

        return await endpoints.enable(unit, id)

    show_one(on(endpoint, org, work), as_json)


def disable(endpoint: meant.Endpoint, org: options.Org = None, as_json: options.Json = False) -> None:
    """Send it nothing more; its messages wait until it is enabled."""

    async def work(unit: Unit, id: UUID) -> Endpoint:
        from webhooks.partners import endpoints

        return await endpoints.disable(unit, id, "operator")

    show_one(on(endpoint, org, work), as_json)


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

    made = on(endpoint, org, work)

    def words() -> None:
        say(f"\n  [bold]{made['secret']}[/]\n")
        say(
            f"The new secret of {made['id']}, shown this once. The old one signs for {hours:g} h more: change it there meanwhile."
        )

    answer(made, as_json, words)


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
    gone = on(endpoint, org, work)
    answer({"deleted": gone}, as_json, lambda: say(f"Endpoint {gone} is deleted."))
