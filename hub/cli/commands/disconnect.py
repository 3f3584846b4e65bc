"""`luneo disconnect`: take our webhooks out of a shop and let go of it; what was read is kept or purged."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli import options


def command(
    shop: options.Shop,
    purge: Annotated[bool, typer.Option("--purge", help="Also erase everything that was read from it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    org: options.Org = None,
    as_json: options.Json = False,
) -> None:
    """Disconnect a shop. Its records are kept unless --purge is given."""
    from hub.cli.run import run
    from hub.cli.show import answer

    report = run(_disconnect(org, shop, purge, ask=not (yes or as_json)))
    answer(report, as_json, lambda: _show(report))


async def _disconnect(org: str | None, shop: str, purge: bool, ask: bool) -> dict[str, Any]:
    from dataclasses import asdict

    from hub.cli.house import open_house
    from hub.cli.shops import chosen
    from hub.installations.disconnect import disconnect

    async with open_house() as house:
        organisation = await house.organisation(org)
        (known,) = await chosen(house, organisation, shop)
        if ask:
            fate = "and ERASE everything that was read from it" if purge else "and keep what was read from it"
            typer.confirm(f"Disconnect {known.name} ({known.url}) {fate}?", abort=True, err=True)
        report = await disconnect(
            house.db,
            house.registry,
            house.http,
            org=organisation.id,
            installation=known.id,
            purge=purge,
            public_url=house.settings.public_url,
        )
    return asdict(report)


def _show(report: dict[str, Any]) -> None:
    from hub.cli.show import remark, say

    say(f"[bold]{report['name']}[/] is disconnected; {report['webhooks_removed']} webhooks were removed from it.")
    if report["purged"]:
        say(f"Erased: {', '.join(f'{count:,} {table}' for table, count in report['purged'].items() if count)}.")
    for words in report["left"]:
        remark(words)
