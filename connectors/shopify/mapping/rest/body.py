"""A REST-shaped body (webhooks still send them) turned into the tree that GraphQL would give, so that one mapping does for both.

What has no counterpart keeps its own snake_case key and ends up in ext as it is. Nothing is judged here: a value of a wrong type
is handed on unchanged, for the mapping to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from hub.mapping import decimal_text
from hub.ports import Json


def gid_of(kind: str, id: Any) -> Any:
    """The gid of a numeric id; nothing for null, what is no id stays what it is."""
    if type(id) is int or (type(id) is str and id.isascii() and id.isdigit()):
        return f"gid://shopify/{kind}/{id}"
    return id


class Body:
    """One object on its way: `left` is what was not taken yet, `tree` what was."""

    def __init__(self, raw: Json, kind: str | None = None) -> None:
        self.left = dict(raw)
        self.tree: Json = {}
        if kind is None:
            return
        gid, own = self.left.pop("admin_graphql_api_id", None), self.left.pop("id", None)
        self.tree["id"] = gid if gid is not None else gid_of(kind, own)
        if gid is not None and own is not None and not (type(gid) is str and gid.endswith(f"/{own}")):
            self.tree["legacyResourceId"] = own

    def move(self, table: Iterable[tuple[str, str]], change: Callable[[Any], Any] = lambda value: value) -> None:
        """Take keys under their GraphQL names."""
        for key, name in table:
            if key in self.left:
                self.tree[name] = change(self.left.pop(key))

    def point(self, key: str, name: str, kind: str) -> None:
        """A bare id becomes an object with a gid; null stays null."""
        if key in self.left:
            id = self.left.pop(key)
            self.tree[name] = None if id is None else {"id": gid_of(kind, id)}

    def money(self, key: str, name: str, currency: Any) -> None:
        """`key` and `key_set` say the same twice: the set is taken, the plain text stays where it says something else."""
        plain, both = self.left.get(key), self.left.pop(f"{key}_set", None)
        if both is not None:
            self.tree[name] = bag(both)
            told = _shop_amount(self.tree[name])
            if plain is not None and told is not None and _equal(plain, told):
                del self.left[key]
        elif plain is not None:
            self.tree[name] = {"shopMoney": {"amount": self.left.pop(key), "currencyCode": currency}}

    def done(self) -> Json:
        return {**self.left, **self.tree}


def _shop_amount(both: Any) -> Any:
    shop = both.get("shopMoney") if type(both) is dict else None
    return shop.get("amount") if type(shop) is dict else None


def _equal(plain: Any, told: Any) -> bool:
    one, other = decimal_text(plain), decimal_text(told)
    return one is not None and other is not None and Decimal(one) == Decimal(other)


def bag(both: Any) -> Any:
    """A money set of a webhook as a money bag."""
    if type(both) is not dict:
        return both
    names = {"shop_money": "shopMoney", "presentment_money": "presentmentMoney"}
    return {names.get(key, key): _money(value) for key, value in both.items()}


def _money(value: Any) -> Any:
    if type(value) is not dict:
        return value
    return {"currencyCode" if key == "currency_code" else key: inner for key, inner in value.items()}


def times(both: Any, count: Any) -> Any:
    """A money bag so many times; nothing when it cannot be counted."""
    if type(both) is not dict or type(count) is not int:
        return None
    found = {}
    for name, value in both.items():
        amount = decimal_text(value.get("amount")) if type(value) is dict else None
        if amount is None:
            return None
        found[name] = {"amount": format(Decimal(amount) * count, "f"), "currencyCode": value.get("currencyCode")}
    return found


def each(value: Any, change: Callable[[Json], Any]) -> Any:
    """A list with every object in it changed."""
    return [change(item) if type(item) is dict else item for item in value] if type(value) is list else value


def connected(value: Any, change: Callable[[Json], Any]) -> Any:
    """A list as a drained connection."""
    return {"nodes": each(value, change)} if type(value) is list else value


def metafield_trees(value: Any) -> Any:
    """Metafields, for subscriptions that asked for some."""

    def tree(raw: Json) -> Json:
        body = Body(raw, "Metafield")
        body.move((("created_at", "createdAt"), ("updated_at", "updatedAt")))
        return body.done()

    return connected(value, tree)


def word(value: Any) -> Any:
    """An enum's word as GraphQL writes it. A word that is not all lower case is none of the vendor's, and stays."""
    return value.upper() if type(value) is str and value.upper().lower() == value else value


def split(value: Any) -> Any:
    """Tags: one text here, a list there."""
    return [tag for part in value.split(",") if (tag := part.strip())] if type(value) is str else value
