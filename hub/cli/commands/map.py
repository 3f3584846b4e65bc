"""`luneo map`: what the hub makes of a vendor's object, and why; no database, no network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli import options

File = Annotated[Path, typer.Argument(metavar="FILE", help="One vendor object, an array, JSON lines, an answer, or a capture.")]


def command(
    connector: Annotated[str, typer.Argument(metavar="CONNECTOR", help="Whose object it is: woocommerce or shopify.")],
    resource: Annotated[
        str, typer.Argument(metavar="RESOURCE", help="product, order, customer, variation or variant, refund… or their plurals.")
    ],
    file: File,
    settings: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="The shop's currency, units and zone, as JSON (else null).")
    ] = None,
    as_json: options.Json = False,  # noqa: ARG001 - the lines are JSON anyhow
) -> None:
    """Print {"canonical", "provenance", "unmapped"}, one line per object."""
    import sys

    from hub import registry
    from hub.cli.map import run_map

    raise typer.Exit(run_map(registry.load().get(connector), resource, file, settings, sys.stdout))
