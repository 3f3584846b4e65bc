"""`luneo sandbox`: a small honest fake of a vendor's shop over real HTTP, to try things on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli import options

if TYPE_CHECKING:
    from hub.ports import Connector

Count = Annotated[int, typer.Option(min=0)]


def command(
    connector: Annotated[str, typer.Argument(help="Whose shop: woocommerce.")],
    products: Count = 200,
    orders: Count = 100,
    customers: Count = 50,
    seed: Annotated[int, typer.Option(help="The same seed makes the same shop.")] = 1,
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
    run(_serve(chosen, scale, host, port, leash, as_json))


async def _serve(connector: Connector, scale: dict[str, int], host: str, port: int, leash: bool, as_json: bool) -> None:
    import asyncio

    from hub.cli.house import until_stopped
    from hub.cli.listen import address_of, bind, serving
    from hub.cli.remote import obey

    stop = until_stopped()
    with bind(host, port) as sock:
        shop = connector.sandbox(**scale)
        async with serving(shop.app, sock, interface="asgi3", date_header=False) as server:  # it keeps its own clock
            _tell(connector.manifest.name, address_of(sock), shop.credentials(), scale, as_json)
            ends = {server, asyncio.create_task(obey(shop) if leash else stop.wait())}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)


def _tell(name: str, url: str, credentials: dict[str, str], scale: dict[str, int], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"connector": name, "url": url, "credentials": credentials, **scale}), flush=True)
        return
    from hub.cli.show import say

    where = url.removeprefix("http://")
    words = " ".join(f"--{field} {value}" for field, value in credentials.items())
    say(f"A {name} shop with {scale['products']} products listens on [bold]{url}[/]. Connect it from another terminal:\n")
    say(f"  LUNEO_EGRESS_ALLOW={where} luneo connect {name} {url} {words} --allow-http\n")
    say("Ctrl-C ends it; nothing of it is kept.")
