"""The shop's first stock: French luxury with variants, pictures, films, 3D models, collections, metafields and stock.

The same for the same seed. A block of every five hundred was imported within one second, as real catalogues are; the 41st
of every hundred has as many variants as `most` allows.
"""

from __future__ import annotations

from itertools import islice, product

from connectors.shopify.sandbox import names
from connectors.shopify.sandbox.amounts import converted, money, price
from connectors.shopify.sandbox.clock import DAY, moment
from connectors.shopify.sandbox.seed_media import media
from connectors.shopify.sandbox.seed_metafields import for_product, for_variant, keep, plain
from connectors.shopify.sandbox.seed_stock import Storeroom
from connectors.shopify.sandbox.state import Json, State, number_of

HANDLES = str.maketrans({" ": "-", "/": "-", "&": "", "«": "", "»": "", "’": "-", "'": "-", "<": "", ">": "", "\\": ""})


class Stocker:
    """Adds products to a shop. opened: seconds of UTC when it began; each: how many variants and metafields every product has,
    and metafields every variant, instead of what shops have."""

    def __init__(self, state: State, most: int, opened: float, each: tuple[int, int, int] | None = None) -> None:
        self.state, self.rng, self.most, self.opened, self.each = state, state.rng, most, opened, each
        self.currency: str = state.shop["currencyCode"]
        self.made = 0
        self.room = Storeroom(state, opened)
        self.collections = [self._collection(title) for title in names.COLLECTIONS]

    def _collection(self, title: str) -> Json:
        stamp = moment(self.opened)
        body = {
            "title": title,
            "handle": _handle(title),
            "products": [],
            "metafields": [],
            "createdAt": stamp,
            "updatedAt": stamp,
        }
        return self.state.put("Collection", body)

    def product(self, now: float | None = None, variants: int | None = None) -> Json:
        """One more. now: made at this moment, else in the shop's past; variants: that many, else as its options give."""
        index, self.made = self.made, self.made + 1
        title, kind, options, euros = names.PRODUCTS[index % len(names.PRODUCTS)]
        title = title if index < len(names.PRODUCTS) else f"{title} n° {index}"
        created = now if now is not None else self.opened + index * 61 % (200 * DAY)
        updated = now if now is not None else self._updated(index, created)
        made = self.state.put("Product", self._plain(index, title, kind, created, updated))
        made["media"] = [one["id"] for one in media(self.state, index, title, moment(created))]
        self._variants(made, index, options, converted(euros, self.currency), self.each[0] if self.each else variants)
        keep(self.state, made, plain(self.each[1]) if self.each else for_product(self.state, index), moment(updated))
        for collection in self.collections[index % 3 : index % 3 + 1 + index % 2]:
            made["collections"].append(collection["id"])
            collection["products"].append(made["id"])
        return made

    def _updated(self, index: int, created: float) -> float:
        if 200 <= index % 500 < 300:  # one import, one second
            return self.opened + 210 * DAY + index // 500
        return min(created + self.rng.randrange(1, 60 * DAY), self.state.clock.now() - 60)

    def _plain(self, index: int, title: str, kind: str, created: float, updated: float) -> Json:
        status = "DRAFT" if index % 23 == 11 else "ARCHIVED" if index % 37 == 19 else "ACTIVE"
        handle = _handle(title)
        active = status == "ACTIVE"
        category, name, full = names.CATEGORIES[kind]
        shown = f"https://{self.state.shop['myshopifyDomain']}/products/{handle}"
        return {
            "handle": handle,
            "title": title,
            "status": status,
            "vendor": "Maison Luneo" if index % 5 else "Atelier « Héritage »",
            "productType": kind,
            "tags": sorted(self.rng.sample(names.TAGS, index % 4)),
            "descriptionHtml": f"<p>{title}, <strong>gravure</strong> offerte.</p>\n" if index % 6 else "",
            "templateSuffix": "gravure" if index % 9 == 0 else None,
            "createdAt": moment(created),
            "updatedAt": moment(updated),
            "publishedAt": moment(created) if active else None,
            "isGiftCard": False,
            "totalInventory": 0,
            "tracksInventory": True,
            "hasOnlyDefaultVariant": False,
            "requiresSellingPlan": False,
            "onlineStoreUrl": shown if active else None,
            "onlineStorePreviewUrl": shown,
            "category": None if index % 7 == 6 else _category(category, name, full),
            "seo": {"title": f"{title} | Luneo" if index % 3 == 0 else None, "description": None},
            "options": [],
            "media": [],
            "collections": [],
            "variants": [],
            "metafields": [],
        }

    # -- variants --------------------------------------------------------------------------------------------------

    def _variants(self, owner: Json, index: int, options: tuple[str, ...], base: int, wanted: int | None) -> None:
        most = wanted or (self.most if index % 100 == 41 else min(self.most, 2 + index % 7))
        if wanted is None and not options:
            owner["hasOnlyDefaultVariant"] = True
            rows: list[tuple[str, ...]] = [("Default Title",)]
            options = ("Title",)
        else:
            options = options or ("Format",)
            rows = list(islice(product(*(_values(name, most, len(options)) for name in options)), most))
        owner["options"] = [self._option(name, place, [row[place - 1] for row in rows]) for place, name in enumerate(options, 1)]
        for place, row in enumerate(rows, 1):
            self.variant(owner, row, base + (place - 1) * converted(500, self.currency), f"LUN-{index:05d}-{place:03d}")
        self.count(owner)

    def _option(self, name: str, place: int, values: list[str]) -> Json:
        made = []
        for value in dict.fromkeys(values):
            swatch = {"color": names.SWATCHES[value]} if value in names.SWATCHES else None
            made.append({"id": self.state.new_id("ProductOptionValue"), "name": value, "hasVariants": True, "swatch": swatch})
        return {"id": self.state.new_id("ProductOption"), "name": name, "position": place, "optionValues": made}

    def variant(self, owner: Json, values: tuple[str, ...], minor: int, sku: str) -> Json:
        """One more variant of a product, of these option values, with its item and its stock."""
        place = len(owner["variants"]) + 1
        single = place == 1 and owner["hasOnlyDefaultVariant"]
        chosen = [_selected(option, value) for option, value in zip(owner["options"], values, strict=True)]
        codes = f"376{number_of(owner['id']) // 2 % 10**7:07d}{place:03d}", "", None
        body: Json = {
            "product": owner["id"],
            "title": " / ".join(values),
            "sku": None if place % 11 == 10 else sku,
            "barcode": codes[place % 3],
            "price": price(minor, self.currency),
            "compareAtPrice": price(minor * 5 // 4, self.currency) if place % 4 == 2 else None,
            "position": place,
            "createdAt": owner["createdAt"],
            "updatedAt": owner["updatedAt"],
            "inventoryPolicy": "CONTINUE" if place % 5 == 4 else "DENY",
            "taxable": True,
            "showUnitPrice": single,
            "unitPrice": money(minor * 4, self.currency) if single else None,
            "unitPriceMeasurement": _measurement() if single else None,
            "selectedOptions": chosen,
            "metafields": [],
        }
        made = self.state.put("ProductVariant", body)
        owner["variants"].append(made["id"])
        self.room.stock(made, minor, place)
        keep(self.state, made, plain(self.each[2]) if self.each else for_variant(place), owner["updatedAt"])
        return made

    def count(self, owner: Json) -> None:
        """What a product says of all its variants."""
        owner["totalInventory"] = sum(one["inventoryQuantity"] for one in self.state.all(owner["variants"]))


def _values(name: str, most: int, options: int) -> tuple[str, ...]:
    """Enough values of an option for so many variants."""
    known = names.VALUES[name]
    need = most if options == 1 else int(most ** (1 / options)) + 1
    return known if need <= len(known) else (*known, *(f"{name} {number}" for number in range(len(known) + 1, need + 1)))


def _selected(option: Json, value: str) -> Json:
    found = next(one["id"] for one in option["optionValues"] if one["name"] == value)
    return {"name": option["name"], "value": value, "optionValue": {"id": found}}


def _measurement() -> Json:
    return {"measuredType": "WEIGHT", "quantityUnit": "G", "quantityValue": 250.0, "referenceUnit": "KG", "referenceValue": 1}


def _category(code: str, name: str, full: str) -> Json:
    return {"id": f"gid://shopify/TaxonomyCategory/{code}", "name": name, "fullName": full}


def _handle(title: str) -> str:
    return "-".join(word for word in title.casefold().translate(HANDLES).split("-") if word)
