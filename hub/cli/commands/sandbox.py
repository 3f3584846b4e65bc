"""`luneo sandbox`: a small honest fake of a vendor's shop over real HTTP, to try things on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options

if TYPE_CHECKING:
    from hub.ports import Connector

Count = Annotated[int, typer.Option(min=0)]


def _switch(words: str, *names: str, **more: Any) -> Any:
    return typer.Option(*names, help=words, show_default=False, **more)


def command(
    connector: Annotated[str, typer.Argument(metavar="CONNECTOR", help="Whose shop: woocommerce, shopify.")],
    products: Count = 200,
    orders: Count = 100,
    customers: Count = 50,
    seed: Annotated[int, typer.Option(help="The same seed makes the same shop.")] = 1,
    currency: Annotated[str | None, _switch("The shop's currency: EUR, JPY, KWD…")] = None,
    shop: Annotated[str | None, _switch("Shopify: its domain, NAME.myshopify.com.", metavar="DOMAIN")] = None,
    variants: Annotated[int | None, _switch("Shopify: the most variants that one product has.", min=1, max=2048)] = None,
    bucket: Annotated[float | None, _switch("Shopify: points that its bucket holds (Standard 2000, Plus 20000).", min=1)] = None,
    restore: Annotated[float | None, _switch("Shopify: points a second (Standard 100, Plus 1000).", min=0.001)] = None,
    bulk_seconds: Annotated[float | None, _switch("Shopify: how long a bulk operation takes.", min=0)] = None,
    client_credentials: Annotated[
        bool, _switch("Shopify: an app of the merchant's own, with client id and secret instead of a token.")
    ] = False,
    protected_data: Annotated[
        bool | None, _switch("Shopify: whether customers' data are shown.", "--protected-data/--no-protected-data")
    ] = None,
    all_orders: Annotated[
        bool | None, _switch("Shopify: whether orders older than 60 days are.", "--all-orders/--no-all-orders")
    ] = None,
    port: options.Port = 0,
    host: options.Host = "127.0.0.1",
    leash: Annotated[bool, typer.Option("--leash", hidden=True, help="Take orders on stdin, stop when it closes.")] = False,
    as_json: options.Json = False,
) -> None:
    """Run a sandbox shop until Ctrl-C and print how to connect it."""
    from hub import registry
    from hub.cli.run import run

    chosen = registry.load().get(connector)
    scale = {"products": products, "orders": orders, "customers": customers, "seed": seed}
    switches = {
        "currency": currency, "shop": shop, "variants": variants, "bucket": bucket, "restore": restore,
        "bulk_seconds": bulk_seconds, "token_kind": "client_credentials" if client_credentials else None,
        "protected_data": protected_data, "all_orders": all_orders,
    }  # fmt: skip
    given = {name: value for name, value in switches.items() if value is not None}
    run(_serve(chosen, scale, given, host, port, leash, as_json))


async def _serve(
    connector: Connector, scale: dict[str, int], given: dict[str, Any], host: str, port: int, leash: bool, as_json: bool
) -> None:
    import asyncio

    from hub.cli.house import until_stopped
    from hub.cli.listen import address_of, bind, serving
    from hub.cli.remote import obey

    stop = until_stopped()
    with bind(host, port) as sock:
        shop = stocked(connector, getattr(connector, "on_show", {}) | scale | given)
        async with serving(shop.app, sock, interface="asgi3", date_header=False) as server:  # it keeps its own clock
            _tell(connector.manifest.name, address_of(sock), shop.credentials(), scale, as_json)
            ends = {server, asyncio.create_task(obey(shop) if leash else stop.wait())}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)


def stocked(connector: Connector, wanted: dict[str, Any]) -> Any:
    """The shop. Raises ConfigurationError for a switch that this vendor's sandbox does not have."""
    from hub.errors import ConfigurationError

    name = connector.manifest.name
    try:
        return connector.sandbox(**wanted)
    except TypeError as error:
        unknown = [each for each in wanted if f"unexpected keyword argument '{each}'" in str(error)]
        if not unknown:
            raise
        raise ConfigurationError(f"A sandbox of {name} has no {options.dashed(unknown[0])}.", hint="Leave it out.") from None


def _tell(name: str, url: str, credentials: dict[str, str], scale: dict[str, int], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"connector": name, "url": url, "credentials": credentials, **scale}), flush=True)
        return
    from hub.cli.show import say

    where = url.removeprefix("http://")
    words = " ".join(f"{options.dashed(field)} {value}" for field, value in credentials.items())
    say(f"A {name} shop with {scale['products']} products listens on [bold]{url}[/]. Connect it from another terminal:\n")
    say(f"  LUNEO_EGRESS_ALLOW={where} luneo connect {name} {url} {words} --allow-http\n")
    say("Ctrl-C ends it; nothing of it is kept.")
