"""L18: texts arrive as they were written: any script, any direction, emoji, and even NUL."""

from __future__ import annotations

import json
from typing import Any

from hub.catalog.raw import unpack
from hub.ports import Resource
from hub.testing.laws.altering import Altered
from hub.testing.laws.book import law
from hub.testing.laws.enums import settings_of
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must, some
from hub.testing.laws.pointers import at, explained, put, sources
from hub.testing.laws.trial import Trial, trial

ROWS = 12
#: Latin with a combining accent, Hebrew and Arabic with marks of direction, a family of emoji, a flag, rare CJK, NUL, quotes.
ODD = "Zoe\u0301 \u2067עברית\u2069 العربية 👨‍👩‍👧‍👦 🇫🇷 𠮷野家 a\u0000b \u2028 “\\\"' <b>&amp;</b> \U0010ffff"
KEPT = ODD.replace("\0", "\ufffd")  # PostgreSQL's texts cannot hold NUL; the raw bytes do
FREE = frozenset({"title", "note", "first_name", "last_name", "company", "description", "name"})
CODED = frozenset({"levels"})  # lists in which a name is the word for what is counted
FOUND = """
select r.doc, w.body, w.encoding from record r
join raw_object w on w.installation = r.installation and w.kind = $3 and w.vendor_id = r.vendor_id
where r.installation = $1 and r.kind = $2 and r.vendor_id = $4
"""


async def _places(shop: Trial, resource: Resource) -> tuple[str, dict[str, str]]:
    """A row and where free text of it goes: canonical pointer → raw pointer."""
    settings = await settings_of(shop)
    for id in shop.sandbox.ids(resource.name):
        row = shop.sandbox.record(resource.name, id)
        found = explained(shop.ground.connector, resource, row, settings)
        places = {
            path: origin
            for path, origin in sources(found)
            if path.rpartition("/")[2] in FREE
            and not CODED & set(path.split("/"))
            and isinstance(at(found.canonical, path), str)
            and at(found.canonical, path) == at(row, origin)
        }
        if places:
            return id, places
    return "", {}


async def _odd(shop: Trial, resource: Resource) -> str:
    id, places = await _places(shop, resource)
    must(places, f"no free text of {resource.name} reaches the canonical form: {', '.join(sorted(FREE))}")

    reached: set[str] = set()  # a shop may send the rest of a row's lists with other answers, where nothing is altered

    def spoil(row: dict[str, Any]) -> None:
        if str(row["id"]) == id:
            reached.update(origin for origin in places.values() if put(row, origin, ODD))

    with shop.tape.through(Altered(shop.sandbox, spoil)):
        await shop.complete(resource.name)
    rows = await shop.fetch(FOUND, shop.installation, resource.kind, resource.raw_kind, id)
    must(rows, f"{resource.name} {id} with odd text is not in the catalog")
    doc, raw = json.loads(rows[0]["doc"]), json.loads(unpack(rows[0]["body"], rows[0]["encoding"]))
    altered = {path: origin for path, origin in places.items() if origin in reached}
    must(altered, f"{resource.name} {id}: the shop never sent {', '.join(places.values())} with the row itself")
    for path, origin in altered.items():
        must(at(doc, path) == KEPT, f"{resource.name} {id}: {path} is {at(doc, path)!r}", f"{origin} was {ODD!r}")
        must(at(raw, origin) == ODD, f"{resource.name} {id}: raw {origin} is {at(raw, origin)!r}", f"it was {ODD!r}")
    return f"{resource.name} {some(altered, most=8)}"


@law("L18", "any text arrives as written: accents, right to left, emoji, NUL")
async def any_text(ground: Ground) -> str:
    """In the canonical form (U+FFFD for NUL) and in the raw bytes (NUL and all)."""
    async with trial(ground, ground.sandbox(ground.rows(ROWS))) as shop:
        return "; ".join([await _odd(shop, resource) for resource in ground.connector.resources])
