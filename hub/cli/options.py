"""Options that many commands share, spelt once."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")]
Org = Annotated[str | None, typer.Option("--org", metavar="NAME", help="Organisation (default: the only one).")]
Shop = Annotated[str, typer.Argument(metavar="SHOP", help="The shop's name, address or id.")]
MaybeShop = Annotated[str | None, typer.Argument(metavar="[SHOP]", help="The shop's name, address or id (default: all).")]
Key = Annotated[str, typer.Option("--key", metavar="KEY", help="The shop's API key (WooCommerce: ck_…).")]
Secret = Annotated[str, typer.Option("--secret", metavar="SECRET", help="Its secret (WooCommerce: cs_…; - asks for it).")]
Token = Annotated[str, typer.Option("--token", metavar="TOKEN", help="Its access token (Shopify: shpat_…; - asks for it).")]
AppSecret = Annotated[
    str,
    typer.Option("--app-secret", metavar="SECRET", help="The secret of the token's app, which signs webhooks (- asks)."),
]
ClientId = Annotated[str, typer.Option("--client-id", metavar="ID", help="The app's client id (Shopify's Dev Dashboard).")]
ClientSecret = Annotated[str, typer.Option("--client-secret", metavar="SECRET", help="Its secret (- asks for it).")]
AllowHttp = Annotated[bool, typer.Option("--allow-http", help="Accept a shop address without TLS.")]
Host = Annotated[str, typer.Option("--host", help="Address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on (0: any free one).")]


def credentials(**given: str) -> dict[str, str]:
    """Those that were given. `-` is asked for, unseen: what stands on a command line can be read by others."""
    return {name: _asked(name) if value == "-" else value for name, value in given.items() if value}


def dashed(name: str) -> str:
    """The option that gives this credential: `app_secret` is `--app-secret`."""
    return "--" + name.replace("_", "-")


def _asked(name: str) -> str:
    import sys
    from getpass import getpass

    return getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
