"""The sample products that all others are copies of: made by the sandbox's own seed, then cut to an exact size.

Every product has so many variants and so many metafields, every variant so many metafields and one stock level: the shop has
one location. Titles, texts, pictures, options and collections are the seed's, so two dozen samples differ as real ones do.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.shopify.sandbox import Sandbox
from connectors.shopify.sandbox.seed_metafields import Entry, for_product, keep
from connectors.shopify.sandbox.state import FIRST_ID, STEP, Json, number_of

SAMPLES = 24
SHARED = 200  # numbers of every type that are left to what all products share: collections, locations
OWN = FIRST_ID + SHARED * STEP  # from here on a number belongs to one product
TYPES = (
    "Product", "ProductOption", "ProductOptionValue", "ProductVariant", "InventoryItem", "InventoryItemMeasurement",
    "Metafield", "MediaImage", "ImageSource", "Video", "ExternalVideo", "Model3d",
)  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """How much there is: products; variants of each; metafields of each product and of each variant."""

    products: int = 50_000
    variants: int = 5
    metafields: int = 3
    variant_metafields: int = 0
    samples: int = SAMPLES


def stocked(scale: Scale) -> tuple[Sandbox, list[Json]]:
    """A sandbox with the samples, and these."""
    sandbox = Sandbox(bulk_seconds=0, variants=max(scale.variants, 12))
    for type in TYPES:
        for _ in range(SHARED):
            sandbox.state.new_id(type)
    return sandbox, [_sample(sandbox, scale, index) for index in range(min(scale.samples, max(scale.products, 1)))]


def _sample(sandbox: Sandbox, scale: Scale, index: int) -> Json:
    state, stock = sandbox.state, sandbox.hand.seed.stock
    made = stock.product(variants=scale.variants)
    made["handle"] += f"-{number_of(made['id'])}"
    _metafields(sandbox, made, for_product(state, index), scale.metafields)
    for variant in state.all(made["variants"]):
        item = state.of("InventoryItem")[variant["inventoryItem"]]
        variant["sku"] = item["sku"] = f"LUN-{number_of(variant['id'])}"
        item["inventoryLevels"] = item["inventoryLevels"][:1]
        stock.room.count(variant, item)
        _metafields(sandbox, variant, [], scale.variant_metafields)
    stock.count(made)
    return made


def _metafields(sandbox: Sandbox, owner: Json, entries: list[Entry], count: int) -> None:
    """Exactly so many, the seed's first."""
    for gid in owner["metafields"]:
        sandbox.state.remove(gid)
    owner["metafields"] = []
    more: list[Entry] = [("custom", f"note_{n}", "single_line_text_field", f"Gravé à la main, pièce {n}") for n in range(count)]
    keep(sandbox.state, owner, (entries + more)[:count], owner["updatedAt"])
