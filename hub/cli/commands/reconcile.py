"""`luneo reconcile`: compare a shop's list of ids with the catalog, and repair what webhooks and runs have missed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli import options


def command(
    shop: options.MaybeShop = None,
    resource: Annotated[str | None, typer.Option("--resource", help="Only this one, such as products.")] = None,
    org: options.Org = None,
    as_json: options.Json = False,
) -> int:
    """Find and repair what webhooks and syncs have missed. Exit code 0: every run COMPLETE, 2: some PARTIAL, 1: some FAILED."""
    from hub.cli.commands.sync import sync_shops
    from hub.cli.run import run
    from hub.cli.show import answer
    from hub.cli.verdicts import exit_code

    runs = run(sync_shops(org, shop, resource, "sweep", silent=as_json))
    repaired = {verb: sum(one["evidence"].get("repaired", {}).get(verb, 0) for one in runs) for verb in VERBS}
    answer({"runs": runs, "repaired": repaired}, as_json, lambda: _show(runs, repaired))
    return exit_code(runs)


VERBS = ("created", "updated", "deleted")


def _show(runs: list[dict[str, Any]], repaired: dict[str, int]) -> None:
    from hub.cli.show import console
    from hub.cli.verdicts import show

    show(runs)
    console().print(f"  Repaired: {repaired['created']:,} new, {repaired['updated']:,} changed, {repaired['deleted']:,} deleted.")
