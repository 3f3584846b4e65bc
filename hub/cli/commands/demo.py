"""`luneo demo`: see it all work on this machine, from an empty database to a proven sync."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import options

Count = Annotated[int, typer.Option(min=1)]


def command(
    once: Annotated[bool, typer.Option("--once", help="Do it all, then stop.")] = False,
    products: Annotated[int, typer.Option(min=3, help="In each shop: one is edited, one gets a metafield, one a model.")] = 2000,
    orders: Count = 500,
    customers: Count = 300,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Of the API and the page (default 8000; with --once any).")
    ] = None,
    as_json: options.Json = False,
) -> int:
    """A WooCommerce and a Shopify sandbox, connected, synced with proof, changed and written back to. Then they stay up."""
    from hub.cli.demo.story import tell
    from hub.cli.run import run

    scale = {"products": products, "orders": orders, "customers": customers}
    return run(tell(scale, port if port is not None else 0 if once else 8000, once=once, as_json=as_json))
