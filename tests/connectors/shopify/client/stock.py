"""Objects put straight into a sandbox's state, as large and as odd as a test needs them; served and opened like any shop."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLNonNull, GraphQLObjectType, get_named_type, is_list_type

from connectors.shopify.client.store import ShopifyStore
from connectors.shopify.connector import Shopify
from connectors.shopify.sandbox import Sandbox
from connectors.shopify.sandbox.execute import schema
from connectors.shopify.sandbox.state import State
from hub.http import guarded_client
from hub.ports import Opening, Page
from hub.testing.serving import serve
from tests.connectors.shopify.client.scripted import Account

PRODUCTS, ORDERS, CUSTOMERS = Shopify().resources
DATE = "2026-11-20T08:00:00Z"
SCALARS = {
    "Int": 1,
    "Float": 1.0,
    "Boolean": False,
    "Money": "1.00",
    "Decimal": "1.00",
    "DateTime": DATE,
    "URL": "https://shop.example/",
}


def filled(what: str, /, **given: Any) -> dict[str, Any]:
    """An object of a type with something in every field that must have something."""
    kind = schema().type_map[what]
    assert isinstance(kind, GraphQLObjectType)
    made: dict[str, Any] = {}
    for name, each in kind.fields.items():
        named = get_named_type(each.type)
        if name in given or name in ("id", "legacyResourceId", "metafields", "metafield", "inventoryLevel"):
            continue
        if named.name.endswith("Connection"):
            made[name] = []
        elif not isinstance(each.type, GraphQLNonNull):
            made[name] = None
        elif is_list_type(each.type.of_type):
            made[name] = []
        elif isinstance(named, GraphQLEnumType):
            made[name] = next(iter(named.values))
        elif isinstance(named, GraphQLObjectType) and "id" not in named.fields:  # what has a gid, a test gives
            made[name] = filled(named.name)
        elif not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            made[name] = SCALARS.get(named.name, f"{name} ✨")
    return made | given


def metafields(state: State, count: int, owner: str = "PRODUCT") -> list[str]:
    """Metafields of nobody yet; their gids."""
    made = (filled("Metafield", namespace="luneo", key=f"k{n}", type="json", value="{}", ownerType=owner) for n in range(count))
    return [str(state.put("Metafield", one)["id"]) for one in made]


def product(state: State, variants: int = 1, *, fields: int = 0, levels: int = 1, updated: str = DATE, **given: Any) -> str:
    """A product whose every variant has `fields` metafields and `levels` inventory levels."""
    own = state.put("Product", filled("Product", updatedAt=updated, metafields=metafields(state, fields), **given))
    for position in range(1, variants + 1):
        item = state.put("InventoryItem", filled("InventoryItem", measurement={"id": "gid://shopify/InventoryItemMeasurement/1"}))
        item["inventoryLevels"] = [
            state.put(
                "InventoryLevel",
                filled("InventoryLevel", isActive=True, location=filled("Location", id=f"gid://shopify/Location/{n}")),
            )["id"]
            for n in range(levels)
        ]
        variant = filled(
            "ProductVariant", position=position, product=own["id"], inventoryItem=item["id"], metafields=metafields(state, fields)
        )
        gid = state.put("ProductVariant", variant)["id"]
        item["variants"] = [gid]
        own["variants"].append(gid)
    return str(own["id"])


def order(state: State, lines: int = 1, *, updated: str = DATE, **given: Any) -> str:
    """An order; free shipping, so that nothing asks for its parts."""
    free = {"shopMoney": {"amount": "0.0", "currencyCode": "EUR"}, "presentmentMoney": {"amount": "0.0", "currencyCode": "EUR"}}
    made = filled("Order", updatedAt=updated, createdAt=updated, metafields=[], **{"totalShippingPriceSet": free, **given})
    made["lineItems"] = [state.put("LineItem", filled("LineItem", title=f"Line {n}"))["id"] for n in range(lines)]
    return str(state.put("Order", made)["id"])


def customer(state: State, addresses: int = 1, *, updated: str = DATE, **given: Any) -> str:
    """A customer with so many addresses."""
    made = filled("Customer", updatedAt=updated, metafields=[], firstName="Zoë", **given)
    made["addressesV2"] = [
        state.put("MailingAddress", filled("MailingAddress", city=f"City {n}"))["id"] for n in range(addresses)
    ]
    return str(state.put("Customer", made)["id"])


@dataclass
class Opened:
    sandbox: Sandbox
    store: ShopifyStore
    opening: Opening
    account: Account
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    @property
    def state(self) -> State:
        return self.sandbox.state

    def named(self, name: str) -> list[dict[str, Any]]:
        """The variables of every request of the operation `name`."""
        return [one["variables"] for one in self.asked if one["query"].partition("query ")[2].startswith(name)]


App = Callable[[Any, Any, Any], Any]


@asynccontextmanager
async def opened(
    wrap: Callable[[App], App] = lambda app: app, capabilities: dict[str, Any] | None = None, **scale: Any
) -> AsyncIterator[Opened]:
    """A served sandbox with points enough, and its store. `asked` and `tokens` collect what it is asked, and with which."""
    sandbox = Sandbox(**{"bucket": 1e7, "restore": 1e7, **scale})
    asked: list[dict[str, Any]] = []
    tokens: set[str] = set()
    inner = wrap(sandbox.app)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        tokens.update(value.decode() for name, value in scope.get("headers", ()) if name == b"x-shopify-access-token")

        async def listen() -> Any:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            if message["type"] == "http.request" and not message.get("more_body") and scope["path"].endswith("graphql.json"):
                asked.append(json.loads(body))
            return message

        await inner(scope, listen if scope["type"] == "http" else receive, send)

    async with serve(app) as url, guarded_client([url.removeprefix("http://")]) as http:
        account = Account()
        opening = Opening(url, sandbox.credentials(), http, account, capabilities or {}, allow_http=True)
        yield Opened(sandbox, ShopifyStore(opening), opening, account, asked, tokens)


def tree(page: Page, place: int = 0) -> Any:
    """The decoded body of a row."""
    return json.loads(page.rows[place].body)
