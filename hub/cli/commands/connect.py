"""`luneo connect`: join a shop to an organisation."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli import options


def command(
    connector: Annotated[str, typer.Argument(metavar="CONNECTOR", help="Whose shop it is: woocommerce, shopify.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="The shop's address.")],
    key: options.Key = "",
    secret: options.Secret = "",
    token: options.Token = "",
    app_secret: options.AppSecret = "",
    client_id: options.ClientId = "",
    client_secret: options.ClientSecret = "",
    name: Annotated[str | None, typer.Option("--name", help="What you call the shop (default: its own name).")] = None,
    allow_http: options.AllowHttp = False,
    org: options.Org = None,
    as_json: options.Json = False,
) -> None:
    """Check the address and the credentials, then connect the shop. After an error nothing is stored.

    A shop that refuses the credentials it was connected with takes the new ones, and keeps its data.
    """
    from hub.cli.run import run
    from hub.cli.show import answer

    given = options.credentials(
        key=key, secret=secret, token=token, app_secret=app_secret, client_id=client_id, client_secret=client_secret
    )
    made = run(_connect(org, connector, url, given, name, allow_http))
    answer(made, as_json, lambda: _show(made))


async def _connect(
    org: str | None, connector: str, url: str, credentials: dict[str, str], name: str | None, allow_http: bool
) -> dict[str, Any]:
    from hub.cli.house import open_house
    from hub.installations.connect import connect
    from hub.installations.reconnect import reconnect, waiting

    async with open_house() as house:
        # an unknown connector and a wrong address are told before an organisation is made for them
        address = house.registry.get(connector).normalise_url(url)
        organisation = await house.organisation(org, make=True)
        public_url, inside = house.settings.public_url, (house.db, house.registry, house.http)
        refusing = await waiting(house.db, organisation.id, connector, address)
        if refusing is not None:
            shop = await reconnect(
                *inside, org=organisation.id, installation=refusing, credentials=credentials, public_url=public_url
            )
        else:
            shop = await connect(
                *inside,
                org=organisation.id,
                connector=connector,
                url=url,
                credentials=credentials,
                name=name,
                allow_http=allow_http or house.settings.allow_http,
                public_url=public_url,
            )
    return {
        "id": shop.id,
        "name": shop.name,
        "connector": shop.connector,
        "shop": shop.shop,
        "url": shop.url,
        "api_version": shop.api_version,
        "organisation": organisation.slug,
        "inbound": shop.inbound,
    }


def _show(made: dict[str, Any]) -> None:
    from hub.cli.show import say

    say(f"[bold]{made['name']}[/] ({made['url']}) is connected.")
    if made["inbound"]["mode"] == "webhooks":
        say("The shop tells us of changes as they happen.")
    else:
        say(f"Changes are found by asking every few minutes: {made['inbound'].get('reason', 'it sends no webhooks')}.")
    say(f"Next: luneo sync '{made['name']}'")
