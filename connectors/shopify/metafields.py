"""Write-back: metafields by `metafieldsSet`, only those whose value differs, each against the digest of what we last saw.

A value that somebody else changed between our look and our write is refused by the shop (the digest is stale); then it is
looked at again. Objects are merged: what we changed is ours, the rest is theirs. Anything else is set to what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.shopify.client.graph import Graph, UserError, UserErrors
from connectors.shopify.client.pages import pages
from connectors.shopify.namespaces import spelled
from connectors.shopify.values import merged, same, text_of, type_for
from hub.errors import PermanentError, RetryableError
from hub.ports import Json, MetafieldWrite, Resource, Row, Store
from schemas.exact import NotJson, decode

BATCH: Final = 25  # metafields of one call, says Shopify
TRIES: Final = 5  # times that somebody else may come between our look and our write
STALE: Final = frozenset({"INVALID_COMPARE_DIGEST", "STALE_OBJECT"})

Name = tuple[str, str]  # (namespace as the shop is told, key)
Held = Mapping[Name, Json]


class ShopifyMetafields:
    """Metafields of any record."""

    def __init__(self, store: Store, graph: Graph) -> None:
        self._store = store
        self._graph = graph

    async def write(self, resource: Resource, vendor_id: str, fields: Sequence[MetafieldWrite]) -> Row:
        """Set or remove metafields of one record; the row as the shop holds it afterwards.

        Raises PermanentError when the record is gone or the shop refuses a value, RetryableError when others never stop
        changing the same metafield.
        """
        wanted = {(spelled(field.namespace), field.key): field for field in fields}  # of two writes to one the last counts
        base = await self._held(vendor_id, wanted)
        held = base
        for _ in range(TRIES):
            try:
                await self._set(vendor_id, changes(vendor_id, wanted, held, base))
            except Overtaken:
                held = await self._held(vendor_id, wanted)
            else:
                break
        else:
            raise RetryableError(f"{self._graph.shop}: others changed the metafields of {vendor_id} {TRIES} times in a row.")
        await self._remove(vendor_id, [name for name, field in wanted.items() if field.value is None and name in held])
        page = await self._store.fetch(resource, [vendor_id])
        for row in page.rows:
            if row.id == vendor_id:
                return row
        raise PermanentError(f"{self._graph.shop} has no {vendor_id} any more.", hint="Its next sync will say so.")

    async def _held(self, owner: str, names: Mapping[Name, object]) -> dict[Name, Json]:
        """What the shop holds of these namespaces. An app's own namespace is answered with its long name: it is asked alone."""
        found: dict[Name, Json] = {}
        for namespace in dict.fromkeys(namespace for namespace, _ in names):
            asked = {"id": owner, "namespace": namespace, "first": 100}
            async for page in pages(self._graph, "metafields", asked, lambda data: self._listed(data, owner)):
                found |= {(namespace, one["key"]): one for one in page}
        return found

    def _listed(self, data: Json, owner: str) -> Any:
        node = data.get("node")
        if not isinstance(node, dict) or "metafields" not in node:
            raise PermanentError(f"{self._graph.shop} has no {owner} any more.", hint="Its next sync will say so.")
        return node["metafields"]

    async def _set(self, owner: str, sets: Sequence[Json]) -> None:
        for start in range(0, len(sets), BATCH):
            some = list(sets[start : start + BATCH])
            try:
                await self._graph.change("metafields_set", {"metafields": some}, "metafieldsSet")
            except UserErrors as error:
                if any(one.code in STALE for one in error.errors):
                    raise Overtaken from error
                raise refused(self._graph.shop, owner, some, error.errors) from None

    async def _remove(self, owner: str, names: Sequence[Name]) -> None:
        for start in range(0, len(names), BATCH):
            some = [{"ownerId": owner, "namespace": ns, "key": key} for ns, key in names[start : start + BATCH]]
            await self._graph.change("metafields_delete", {"metafields": some}, "metafieldsDelete")


class Overtaken(Exception):
    """Somebody else wrote the same metafield between our look and our write."""


def changes(owner: str, wanted: Mapping[Name, MetafieldWrite], held: Held, base: Held) -> list[Json]:
    """The inputs of `metafieldsSet`. `base`: what the shop held when we first looked; `held`: what it holds now.

    A metafield that exists keeps its type; one that does not gets the type that its value asks for. `compareDigest` null
    means: it must not exist.
    """
    sent: list[Json] = []
    for name, field in wanted.items():
        if field.value is None:
            continue
        now = held.get(name)
        value = field.value
        if now is not None and held is not base:
            value = merged(_value(base.get(name)), value, _value(now))
        type = type_for(field.type, value, now["type"] if now else None)
        if now is not None and now["type"] == type and same(type, value, now["value"]):
            continue
        one: Json = {"ownerId": owner, "key": name[1], "type": type, "value": text_of(type, value)}
        if name[0] != "$app":  # an absent namespace is the app's own
            one["namespace"] = name[0]
        sent.append(one | {"compareDigest": now["compareDigest"] if now else None})
    return sent


def _value(held: Json | None) -> Any:
    """A held value, read if it is JSON."""
    if held is None:
        return None
    if held["type"] != "json":
        return held["value"]
    try:
        return decode(held["value"].encode())
    except NotJson:
        return held["value"]


def refused(shop: str, owner: str, sent: Sequence[Json], errors: Sequence[UserError]) -> PermanentError:
    """The shop will not take a value: which, and why."""
    told = []
    for error in errors:
        index = error.index if error.index is not None else next((int(part) for part in error.field if part.isdecimal()), None)
        one = sent[index] if index is not None and index < len(sent) else None
        name = f"{one.get('namespace', '$app')}.{one['key']} ({one['type']})" if one else ".".join(error.field)
        told.append(f"{name}: {error.message}" if name else error.message)
    return PermanentError(f"{shop} does not take metafields of {owner}: {'; '.join(told)}")
