"""The Shopify rows: a backfill, wide products, a million lines, each ours beside airbyte-source-shopify's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from benchmarks.bench import Bench, interleave
from benchmarks.comparisons import Costs
from benchmarks.measure import Cost
from benchmarks.ours import Luneo
from benchmarks.peers.airbyte_shopify import NESTED, STREAMS, AirbyteShopify
from benchmarks.shopify.goods import Scale
from benchmarks.shopify.place import Place

LINES = 1_000_000
NESTED_TOO = """
select count(*), sum(json_array_length(doc->'variants')), sum(json_array_length(doc->'metafields')),
       (select count(*) from record r, json_array_elements(r.doc->'variants') v, json_array_elements(v->'metafields') m)
from record where kind = 'product' and deleted_at is null
"""


@dataclass(frozen=True)
class ShopSizes:
    """products: of the backfill, five variants and three metafields each; wide: products of B4; rounds of the backfill."""

    products: int = 50_000
    wide: int = 20
    lines: int = LINES
    rounds: int = 3


@dataclass(frozen=True)
class Sides:
    """Who takes part; who could not be made ready is None."""

    ours: Luneo | None
    peer: AirbyteShopify | None
    place: Place


def backfill(bench: Bench, sides: Sides, scale: Scale, streams: tuple[str, ...], name: str, rounds: int) -> Costs:
    """Every product with all that is in it. To JSON lines by both; ours into PostgreSQL, and once more, nothing changed."""
    token = sides.place.control("reset", **asdict(scale))["token"]
    tasks: dict[str, Callable[[], Cost]] = {}
    if peer := sides.peer:
        tasks[peer.name] = lambda: bench.measure(f"{name}-{peer.name}", peer.read(token, sides.place.way, streams))
    if ours := sides.ours:
        database = f"luneo_{name}"
        url = sides.place.url
        for form in ("--raw", "--canonical"):
            tasks[f"luneo extract {form}"] = partial(_extract, bench, ours, url, token, form)
        tasks["luneo sync"] = lambda: _first(bench, ours, url, token, database)
        tasks["luneo sync, unchanged"] = lambda: bench.measure(f"{name}-again", ours.sync(url, database, "--full"))
    return interleave(tasks, rounds)


def _extract(bench: Bench, ours: Luneo, url: str, token: str, form: str) -> Cost:
    return bench.measure(f"extract{form}", ours.read_shopify(url, token, form))


def _first(bench: Bench, ours: Luneo, url: str, token: str, database: str) -> Cost:
    ours.fresh(database)
    connected = bench.measure("connect-shopify", ours.connect_shopify(url, token, database))
    return connected if connected.status else bench.measure(f"{database}-sync", ours.sync(url, database))


def expected(scale: Scale) -> dict[str, int]:
    """What is in a shop of this scale."""
    variants = scale.products * scale.variants
    return {
        "products": scale.products,
        "variants": variants,
        "metafields": scale.products * scale.metafields + variants * scale.variant_metafields,
    }


def found(bench: Bench, sides: Sides, name: str) -> dict[str, dict[str, int]]:
    """party → what it has of it: ours in the database's documents, the peer's in its records, each id once."""
    parties: dict[str, dict[str, int]] = {}
    if sides.ours:
        row = bench.server.sql(NESTED_TOO, f"luneo_{name}").split("|")
        products, variants, own, below = (int(cell or 0) for cell in row)
        parties["luneo"] = {"products": products, "variants": variants, "metafields": own + below}
    if peer := sides.peer:
        counts = peer.counts(bench.output(f"{name}-{peer.name}"))
        metafields = sum(count for stream, count in counts.items() if stream.startswith("metafield"))
        parties[peer.name] = {
            "products": counts.get("products", 0),
            "variants": counts.get("product_variants", 0),
            "metafields": metafields,
        }
    return parties


def missing(bench: Bench, sides: Sides, scale: Scale, name: str) -> dict[str, int]:
    """party → rows that are in the shop and not in what it has; each kind that is short is noted."""
    there, lost = expected(scale), {}
    for party, seen in found(bench, sides, name).items():
        lost[party] = sum(max(0, there[kind] - seen[kind]) for kind in there)
        if seen != there:
            bench.note(f"{name}, {party}: {seen} of {there}")
    return lost


def ordinary(sizes: ShopSizes) -> tuple[Scale, tuple[str, ...]]:
    """The shop of the backfill, and the peer's streams that hold it."""
    return Scale(products=sizes.products), STREAMS


def wide(sizes: ShopSizes) -> tuple[Scale, tuple[str, ...]]:
    """B4: as many variants as Shopify allows, each with three metafields."""
    return Scale(products=sizes.wide, variants=2048, metafields=0, variant_metafields=3, samples=2), NESTED


def million_lines(bench: Bench, sides: Sides, lines: int) -> tuple[Cost, int]:
    """B5: an export of at least so many lines, put together and printed as whole products; its cost and the lines' number."""
    ours, few = sides.ours, Scale(products=24)
    assert ours is not None
    per_product = _lines(sides.place.control("reset", **asdict(few))) / few.products
    said = sides.place.control("reset", **asdict(replace(few, products=int(lines / per_product) + 24)))
    cost = bench.measure("lines", ours.read_shopify(sides.place.url, said["token"]))
    with bench.output("lines").open("rb") as rows:
        count = sum(1 for _ in rows)
    if count != int(lines / per_product) + 24:
        bench.note(f"lines: {count} products came of {int(lines / per_product) + 24}")
    return cost, _lines(said)


def _lines(stats: Any) -> int:
    return sum(int(lines) for _, _, lines in stats["files"])
