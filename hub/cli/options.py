"""Options that many commands share, spelt once."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")]
Org = Annotated[str | None, typer.Option("--org", metavar="NAME", help="Organisation (default: the only one).")]
Shop = Annotated[str, typer.Argument(metavar="SHOP", help="The shop's name, address or id.")]
MaybeShop = Annotated[str | None, typer.Argument(metavar="[SHOP]", help="The shop's name, address or id (default: all).")]
Key = Annotated[str, typer.Option("--key", metavar="KEY", help="The shop's API key (WooCommerce: ck_…).")]
Secret = Annotated[str, typer.Option("--secret", metavar="SECRET", help="Its secret (WooCommerce: cs_…).")]
AllowHttp = Annotated[bool, typer.Option("--allow-http", help="Accept a shop address without TLS.")]
Host = Annotated[str, typer.Option("--host", help="Address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on (0: any free one).")]
