"""Trees, and the files that a bulk operation makes of them, in the shapes that Shopify documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from connectors.shopify.bulk.assemble import SHAPES
from connectors.shopify.bulk.group import Single, Tree
from connectors.shopify.bulk.regroup import Regrouping
from schemas.exact import encode_plain

Json = dict[str, Any]
UPDATED = "2026-10-01T10:00:00Z"


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def nodes(*objects: Json) -> Json:
    return {"nodes": list(objects)}


def metafield(number: int, value: str = "Wash cold") -> Json:
    return {"id": gid("Metafield", number), "namespace": "custom", "key": "care", "value": value, "updatedAt": UPDATED}


def level(number: int) -> Json:
    id = f"{gid('InventoryLevel', number)}?inventory_item_id={number}"
    return {"id": id, "isActive": True, "location": {"id": gid("Location", 1), "name": "Berlin"}}


def image(number: int) -> Json:
    return {"__typename": "MediaImage", "id": gid("MediaImage", number), "alt": None, "image": {"id": gid("ImageSource", 1)}}


def collection(number: int) -> Json:
    return {"id": gid("Collection", number), "legacyResourceId": str(number), "title": "All", "handle": "all"}


def variant(number: int, levels: Sequence[Json] = (), metafields: Sequence[Json] = ()) -> Json:
    return {
        "id": gid("ProductVariant", number),
        "legacyResourceId": str(number),
        "price": "19.90",
        "selectedOptions": [{"name": "Size", "value": "L", "optionValue": {"id": gid("ProductOptionValue", 1)}}],
        "inventoryItem": {
            "id": gid("InventoryItem", number),
            "measurement": {"weight": {"value": 1, "unit": "KILOGRAMS"}},
            "inventoryLevels": nodes(*levels),
        },
        "metafields": nodes(*metafields),
    }


def product(number: int, title: str = "Shirt", **lists: Sequence[Json]) -> Json:
    own = {
        "id": gid("Product", number),
        "legacyResourceId": str(number),
        "title": title,
        "updatedAt": UPDATED,
        "seo": {"title": None},
    }
    return own | {name: nodes(*lists.get(name, ())) for name in ("media", "collections", "metafields", "variants")}


def dump(value: Json, parent: str | None = None) -> bytes:
    """A line as Shopify writes it: compact, slashes escaped, its parent last."""
    whole = value if parent is None else {**value, "__parentId": parent}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/").encode()


def flat(tree: Json) -> tuple[list[bytes], list[bytes]]:
    """The lines of a product in the two exports, parents first."""
    own = {key: value for key, value in tree.items() if key not in ("media", "collections", "metafields", "variants")}
    main, places = [dump(own)], [dump({"id": tree["id"]})]
    for name in ("media", "metafields"):
        main += [dump(one, tree["id"]) for one in tree[name]["nodes"]]
    places += [dump(one, tree["id"]) for one in tree["collections"]["nodes"]]
    for one in tree["variants"]["nodes"]:
        item = {key: value for key, value in one["inventoryItem"].items() if key != "inventoryLevels"}
        main.append(dump({key: value for key, value in one.items() if key != "metafields"} | {"inventoryItem": item}, tree["id"]))
        main += [dump(deep, one["id"]) for deep in one["metafields"]["nodes"]]
        places.append(dump({"id": one["id"], "inventoryItem": {"id": item["id"]}}, tree["id"]))
        places += [dump(deep, one["id"]) for deep in one["inventoryItem"]["inventoryLevels"]["nodes"]]
    return main, places


def regrouped(
    folder: Path,
    *files: Sequence[bytes],
    resource: str = "products",
    small: int = 6 << 20,
    remembered: int = 200_000,
    end: bytes = b"\n",
) -> tuple[Regrouping, list[Tree | Single]]:
    """What comes of files with these lines."""
    folder.mkdir(exist_ok=True, parents=True)
    paths = [folder / f"file{number}.jsonl" for number in range(len(files))]
    for path, lines in zip(paths, files, strict=True):
        path.write_bytes(b"\n".join(lines) + (end if lines else b""))
    work = Regrouping(SHAPES[resource], folder, sum(path.stat().st_size for path in paths), small=small, remembered=remembered)
    for path in paths:
        work.take(path)
    work.settle()
    return work, [one for group in work.groups() for one in group]


def bodies(found: Sequence[Tree | Single]) -> dict[str, bytes]:
    return {one.id: one.body for one in found if isinstance(one, Tree)}


def singles(found: Sequence[Tree | Single]) -> dict[str, str]:
    return {one.id: one.reason for one in found if isinstance(one, Single)}


def expected(*trees: Json) -> dict[str, bytes]:
    return {tree["id"]: encode_plain(tree) for tree in trees}
