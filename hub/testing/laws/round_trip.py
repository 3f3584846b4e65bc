"""L20: what was read can be written back unchanged: to_native(map(row)) holds every writable part of the row."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hub.catalog.raw import unpack
from hub.ports import Resource, ShopSettings
from hub.testing.laws.book import law
from hub.testing.laws.enums import settings_of
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import Broken
from hub.testing.laws.pointers import exact
from hub.testing.laws.trial import Trial, trial

ROWS = 100
RAW = "select kind, vendor_id, parent_id, body, encoding from raw_object where installation = $1 and kind = $2 order by vendor_id"
NESTED = 40  # nested objects: explaining one takes a mapping per leaf


def lacking(wanted: Any, found: Any, at: str = "") -> Iterator[str]:
    """What of `wanted` is not in `found`, in words. Empties may be left out, numbers may be written as texts.

    >>> list(lacking({"a": "1", "b": "", "c": [{"d": 2}]}, {"a": 1, "c": [{"d": 3}]}))
    ['/c/0/d is 2, to be written 3']
    """
    if _empty(wanted) and _empty(found):
        return
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, value in wanted.items():
            if key.endswith("id") and value in (0, "0") and not found.get(key):
                continue  # an id of nothing
            yield from lacking(value, found.get(key), f"{at}/{key}")
    elif isinstance(wanted, list) and isinstance(found, list):
        kept = [one for one in wanted if not _empty(one)]
        if len(kept) != len(found):
            yield f"{at} has {len(kept)} entries, to be written {len(found)}"
        for index, (one, other) in enumerate(zip(kept, found, strict=False)):
            yield from lacking(one, other, f"{at}/{index}")
    elif not _same(wanted, found):
        yield f"{at} is {wanted!r}, to be written {found!r}"


def _empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, dict | list) and not any(not _empty(one) for one in _inner(value)))


def _inner(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other) or (isinstance(one, int | Decimal | str) and str(one) == str(other))


async def _back(shop: Trial, resource: Resource, settings: ShopSettings) -> list[str]:
    connector, seen = shop.ground.connector, []
    writable = getattr(connector, "writable", None)
    kinds = [resource.raw_kind, *([resource.child_kind] if resource.child_kind else [])]
    for kind in kinds:
        rows = await shop.fetch(RAW, shop.installation, kind)
        for row in rows if kind == resource.raw_kind else rows[:NESTED]:
            body = unpack(row["body"], row["encoding"])
            if kind == resource.raw_kind:
                doc = resource.map(body, await _children(shop, resource, row["vendor_id"]), settings).doc
            else:
                doc = connector.explain(kind, body, (), settings).canonical
            raw, native = exact(body), connector.to_native(kind, doc)
            # without the connector's word on what is writable: at least nothing is written that the shop does not have
            wrong = lacking(writable(kind, raw), native) if writable else lacking(native, raw)
            if (first := next(wrong, None)) is not None or not native:
                raise Broken(
                    f"{kind} {row['vendor_id']}: {first or 'nothing would be written back'}", f"{kind} {row['vendor_id']}"
                )
        seen.append(f"{len(rows)} {kind}s")
    return seen


async def _children(shop: Trial, resource: Resource, parent: str) -> list[bytes]:
    if resource.child_kind is None:
        return []
    sql = "select body, encoding from raw_object where installation = $1 and kind = $2 and parent_id = $3 order by vendor_id"
    return [unpack(*row) for row in await shop.fetch(sql, shop.installation, resource.child_kind, parent)]


@law("L20", "what was read can be written back unchanged")
async def round_trip(ground: Ground) -> str:
    """Every row and nested object that the sandbox has. `connector.writable(kind, raw)` says what the vendor takes back."""
    seen = []
    async with trial(ground, ground.sandbox(ground.rows(ROWS))) as shop:
        settings = await settings_of(shop)
        for resource in ground.connector.resources:
            await shop.complete(resource.name)
            seen += await _back(shop, resource, settings)
    return f"{', '.join(seen)}"
