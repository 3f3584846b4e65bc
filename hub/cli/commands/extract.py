"""`luneo extract`: a shop's rows as JSON lines on stdout, raw or canonical; with --url no database is needed."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli import options

if TYPE_CHECKING:
    from hub.cli.source import Source


def command(
    connector: Annotated[str, typer.Argument(metavar="CONNECTOR", help="Whose shop it is: woocommerce, shopify.")],
    resource: Annotated[str, typer.Argument(metavar="RESOURCE", help="products, orders, customers.")],
    raw: Annotated[bool, typer.Option("--raw", help="The vendor's own objects, as received.")] = False,
    canonical: Annotated[bool, typer.Option("--canonical", help="Mapped and validated.")] = False,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="The shop's address.")] = None,
    key: options.Key = "",
    secret: options.Secret = "",
    token: options.Token = "",
    client_id: options.ClientId = "",
    client_secret: options.ClientSecret = "",
    allow_http: options.AllowHttp = False,
    shop: Annotated[str | None, typer.Option("--shop", metavar="NAME", help="A connected shop instead of URL and key.")] = None,
    org: options.Org = None,
    as_json: Annotated[bool, typer.Option("--json", help="The summary on stderr as a JSON object.")] = False,
) -> int:
    """Print a resource as JSON lines. The verdict goes to stderr; exit code 0 complete, 2 partial, 1 failed."""
    from hub.cli.extracting import print_lines
    from hub.cli.run import run
    from hub.cli.source import at_address, connected
    from hub.errors import ConfigurationError

    if raw == canonical:
        raise ConfigurationError("raw or canonical?", hint="Say --raw or --canonical.")
    if (url is None) == (shop is None):
        raise ConfigurationError("Which shop?", hint="Give --url with --key and --secret (or --token), or --shop with its name.")
    source: AbstractAsyncContextManager[Source]
    if url is not None:
        given = options.credentials(key=key, secret=secret, token=token, client_id=client_id, client_secret=client_secret)
        source = at_address(connector, url, given, allow_http)
    else:
        source = connected(connector, str(shop), org)
    return run(print_lines(source, resource, "raw" if raw else "canonical", as_json))
