"""Metafields as shops have them: of many types, in several namespaces."""

from __future__ import annotations

import json
from collections.abc import Iterable

from connectors.shopify.sandbox.metafield_writes import APP, digest
from connectors.shopify.sandbox.state import Json, State

Entry = tuple[str, str, str, str]  # namespace, key, type, value
_DESIGN = {"fields": [{"key": "engraving", "max": 20}, {"key": "metal", "options": ["or", "argent"]}], "price_delta": 9.5}


def keep(state: State, owner: Json, entries: Iterable[Entry], stamp: str) -> None:
    """Give metafields to an object."""
    for namespace, key, type, value in entries:
        said = {"namespace": namespace, "key": key, "type": type, "value": value, "compareDigest": digest(type, value)}
        when = {"createdAt": stamp, "updatedAt": stamp, "owner": owner["id"]}
        owner["metafields"].append(state.put("Metafield", {**said, **when})["id"])


def for_product(state: State, index: int) -> list[Entry]:
    """Two to seven."""
    found: list[Entry] = [
        ("custom", "matiere", "single_line_text_field", "Or 18 carats ✨"),
        ("custom", "carats", "number_decimal", f"{index % 30}.{index % 10}"),
    ]
    if index % 3 == 0:
        found.append((APP, "design", "json", json.dumps(_DESIGN, ensure_ascii=False)))
        found.append(("reviews", "rating", "rating", json.dumps({"value": "4.5", "scale_min": "1.0", "scale_max": "5.0"})))
    if index % 4 == 1:
        found.append(("custom", "entretien", "multi_line_text_field", "Laver à la main.\nNe pas repasser.\u2028Sécher à plat."))
        found.append(("custom", "poids", "weight", json.dumps({"value": 12.5, "unit": "GRAMS"})))
    if index % 5 == 2:
        found.append(("custom", "pierres", "list.single_line_text_field", '["émeraude","diamant"]'))
        money = {"amount": "1250.00", "currency_code": state.shop["currencyCode"]}
        found.append(("custom", "assurance", "money", json.dumps(money)))
    if index % 8 == 4:
        found.append(("custom", "sur_mesure", "boolean", "true"))
        found.append(("custom", "sortie", "date", "2026-09-14"))
    return found


def for_variant(place: int) -> list[Entry]:
    """None to two."""
    found: list[Entry] = []
    if place % 2:
        found.append(("custom", "delai_jours", "number_integer", str(3 + place % 9)))
    if place % 3 == 0:
        found.append(("custom", "couleur", "color", "#046307"))
    return found


def plain(count: int) -> list[Entry]:
    """So many, for shops that are measured."""
    return [("custom", f"champ_{place}", "single_line_text_field", f"Valeur {place} ✓") for place in range(count)]


def for_order(index: int) -> list[Entry]:
    """Every fourth order has one."""
    return [("luneo", "bon_de_travail", "single_line_text_field", f"BT-{index:06d} ✎")] if index % 4 == 2 else []


def for_customer(index: int) -> list[Entry]:
    """Every third customer has one."""
    return [("custom", "taille_de_doigt", "number_decimal", f"{50 + index % 12}.5")] if index % 3 == 1 else []
