"""`luneo sync`: pull what changed (or everything) from the connected shops, and prove that nothing is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options

if TYPE_CHECKING:
    from hub.sync.run import Mode


def command(
    shop: options.MaybeShop = None,
    resource: Annotated[str | None, typer.Option("--resource", help="Only this one, such as products.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Everything again, not only what changed.")] = False,
    sweep: Annotated[bool, typer.Option("--sweep", help="Everything; what the shop no longer has is marked deleted.")] = False,
    org: options.Org = None,
    as_json: options.Json = False,
) -> int:
    """Sync one shop or all of them. Exit code 0: every run COMPLETE, 2: some PARTIAL, 1: some FAILED."""
    from hub.cli.run import run
    from hub.cli.show import answer
    from hub.cli.verdicts import exit_code, show
    from hub.errors import ConfigurationError

    if full and sweep:
        raise ConfigurationError("--full and --sweep are two different things.", hint="Give one of them.")
    runs = run(sync_shops(org, shop, resource, "sweep" if sweep else "backfill" if full else "incremental", silent=as_json))
    answer({"runs": runs}, as_json, lambda: show(runs))
    return exit_code(runs)


async def sync_shops(
    org: str | None, shop: str | None, resource: str | None, mode: Mode, *, silent: bool
) -> list[dict[str, Any]]:
    """The results of one shop's syncs, or of all shops'."""
    from hub.cli.house import open_house
    from hub.cli.progress import progress
    from hub.cli.shops import chosen
    from hub.cli.syncing import sync_shop

    async with open_house() as house:
        shops = await chosen(house, await house.organisation(org), shop)
        runs = []
        with progress(silent) as bars:
            for each in shops:
                prefix = f"{each.name} " if len(shops) > 1 else ""
                runs += await sync_shop(house, each, resource, mode, bars, prefix=prefix)
    return runs
