"""L19: money is exact to the last digit, in currencies of no, two and three decimals, however large."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hub.errors import SkippedRecordError
from hub.ports import Resource, ShopSettings
from hub.testing.laws.altering import Altered
from hub.testing.laws.book import law
from hub.testing.laws.enums import DOC, settings_of
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must
from hub.testing.laws.pointers import at, exact, explained, put, sources
from hub.testing.laws.trial import Trial, trial
from schemas.money import exponent

ROWS = 40
TRACED = 5  # rows of each resource whose amounts are followed to their source
PROBE = "7654.321"
HUGE = "90071992547409931234.567"  # no float holds it
VENDORS = frozenset({"ext", "metafields"})  # what stands there is in the vendor's or a merchant's own form
ALL = "select vendor_id, doc from record where installation = $1 and kind = $2"


def amounts(doc: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every amount of money in a document, with its pointer."""
    if isinstance(doc, dict):
        if isinstance(doc.get("amount"), str):
            yield path, doc
        for key, inner in doc.items():
            if key not in VENDORS:
                yield from amounts(inner, f"{path}/{key}")
    elif isinstance(doc, list):
        for index, inner in enumerate(doc):
            yield from amounts(inner, f"{path}/{index}")


def _check(where: str, money: dict[str, Any], currency: str | None) -> None:
    amount = Decimal(money["amount"])
    minor = amount.scaleb(exponent(money.get("currency", "EUR")))
    shown_in_another = where.endswith("/presentment")  # what the buyer saw
    must(money.get("currency") == currency or shown_in_another, f"{where}: {money} is not in the shop's {currency}")
    told = money.get("minor")
    must(told is None or told == minor, f"{where}: {money}: the minor units are wrong")
    must(told is not None or minor != minor.to_integral_value(), f"{where}: {money} lacks its minor units")


async def _exact(shop: Trial, resource: Resource) -> int:
    """All amounts in the catalog are well formed; those that come from one place equal what stands there."""
    settings = await settings_of(shop)
    rows = await shop.fetch(ALL, shop.installation, resource.kind)
    docs = {row["vendor_id"]: exact(row["doc"]) for row in rows}
    count = 0
    for id, doc in docs.items():
        for path, money in amounts(doc):
            _check(f"{resource.name} {id} {path}", money, settings.currency)
            count += 1
    for id in list(docs)[:TRACED]:
        row = shop.sandbox.record(resource.name, id)
        for path, origin in sources(explained(shop.ground.connector, resource, row, settings)):
            if path.endswith("/amount") and isinstance(ours := at(docs[id], path), str):
                theirs = str(at(row, origin))
                good = ours.lstrip("-") == theirs.lstrip("-") or not _copied(resource, row, path, origin)
                must(good, f"{resource.name} {id} {path} is {ours}", f"{origin} is {theirs}")
    return count


def _copied(resource: Resource, row: dict[str, Any], path: str, origin: str) -> bool:
    """Whether a canonical amount is this raw one, exact or not, rather than computed with others: tried with another."""
    was = at(row, origin)
    put(row, origin, PROBE)
    try:
        now = at(resource.map(json.dumps(row).encode(), (), ShopSettings()).doc, path)
    except SkippedRecordError:
        return False
    finally:
        put(row, origin, was)
    return isinstance(now, str) and abs(Decimal(now) - Decimal(PROBE)) < 1


async def _huge(shop: Trial, resource: Resource) -> str | None:
    """An amount that no float holds goes through unharmed. None where no row has an amount of its own."""
    settings = await settings_of(shop)
    for id in shop.sandbox.ids(resource.name):
        row = shop.sandbox.record(resource.name, id)
        for path, origin in sources(explained(shop.ground.connector, resource, row, settings)):
            if not path.endswith("/amount") or not isinstance(at(row, origin), str):
                continue

            def spoil(row: dict[str, Any], id: str = id, origin: str = origin) -> None:
                if str(row["id"]) == id:
                    put(row, origin, HUGE)

            with shop.tape.through(Altered(shop.sandbox, spoil)):
                await shop.sync(resource.name, "backfill")
            docs = await shop.fetch(DOC, shop.installation, resource.kind, id)
            found = at(exact(docs[0]["doc"]), path) if docs else "not in the catalog"
            must(found == HUGE, f"{resource.name} {id} {path} is {found}", f"{origin} was {HUGE}")
            return f"{resource.name} {path}"
    return None


@law("L19", "money is exact to the last digit, JPY and KWD included")
async def exact_money(ground: Ground) -> str:
    """In each currency that `makes` names; and one amount of 23 digits."""
    seen, huge = [], None
    for make in ground.makes("L19"):
        async with trial(ground, ground.sandbox(ground.rows(ROWS), make)) as shop:
            count = 0
            for resource in ground.connector.resources:
                await shop.complete(resource.name)
                count += await _exact(shop, resource)
            seen.append(f"{count} amounts in {(await settings_of(shop)).currency}")
            if not make:
                huge = await _huge(shop, ground.connector.resources[0])
    return f"{', '.join(seen)}; {HUGE} in {huge}"
