"""What the store says of itself: index, system status, settings, currency. The texts come from the recorded answers."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from connectors.woocommerce.sandbox.orders import SYMBOLS
from connectors.woocommerce.sandbox.state import Store
from connectors.woocommerce.sandbox.wire import API, HOME, Data

_CAPTURES = Path(__file__).parent.parent / "captures"
_RECORDED = "https://127.0.0.1:18443"
_ENTITIES = {"EUR": "&euro;", "JPY": "&yen;", "KWD": "&#x62f;.&#x643;", "USD": "&#36;", "GBP": "&pound;"}


@cache
def _recorded(name: str) -> str:
    return (_CAPTURES / name).read_text(encoding="utf-8").replace(_RECORDED, HOME)


def _bodies(name: str) -> list[tuple[str, Any]]:
    """(path below /wc/v3/, body) of each exchange of a capture; a fresh copy each time."""
    exchanges = json.loads(_recorded(name))["exchanges"]
    return [(one["request"]["url"].partition("/wc/v3/")[2].partition("?")[0], one["response"]["body"]) for one in exchanges]


def index(store: Store) -> Data:
    """`GET /wp-json/`, open to everybody."""
    found: Data = _bodies("01-index.json")[0][1]
    now = store.clock.now()
    found |= {"name": store.shop.name, "description": ""}
    found |= {"gmt_offset": store.clock.shift(now) / 3600, "timezone_string": store.clock.name}
    if found["gmt_offset"] == int(found["gmt_offset"]):
        found["gmt_offset"] = int(found["gmt_offset"])
    return found


def namespace() -> Data:
    """`GET /wp-json/wc/v3`"""
    return {"namespace": "wc/v3", "routes": {}, "_links": {"up": [{"href": f"{HOME}/wp-json/"}]}}


def system_status(store: Store, secure: bool) -> Data:
    """`GET system_status`"""
    found: Data = _bodies("02-system-status.json")[0][1]
    settings = found["settings"]
    settings |= {"currency": store.shop.currency, "number_of_decimals": store.shop.decimals}
    settings["currency_symbol"] = _ENTITIES.get(store.shop.currency, store.shop.currency)
    found["security"]["secure_connection"] = secure
    return found


def currency(store: Store) -> Data:
    """`GET data/currencies/current`"""
    code = store.shop.currency
    option = str(_setting_rows()["general"]["woocommerce_currency"]["options"].get(code, code))
    self_link = [{"href": f"{API}/data/currencies/{code}", "targetHints": {"allow": ["GET"]}}]
    return {
        "code": code,
        "name": option.rpartition(" (")[0] or code,
        "symbol": _ENTITIES.get(code, SYMBOLS.get(code, code)),
        "_links": {"self": self_link, "collection": [{"href": f"{API}/data/currencies"}]},
    }


def settings(store: Store, group: str) -> dict[str, Data]:
    """The settings of a group by id; empty for a group that does not exist."""
    rows, shop = _setting_rows().get(group, {}), store.shop
    values = {
        "woocommerce_currency": shop.currency,
        "woocommerce_price_num_decimals": str(shop.decimals),
        "woocommerce_weight_unit": shop.weight_unit,
        "woocommerce_dimension_unit": shop.dimension_unit,
    }
    for name, row in rows.items():
        row["value"] = values.get(name, row["value"])
    return rows


def fixed(path: str) -> list[Data] | None:
    """Small lists that are answered as recorded: taxes, gateways, zones, coupons, taxonomies."""
    for name in ("26-settings-currency.json", "27-coupons-reports.json", "18-taxonomies.json"):
        for known, body in _bodies(name):
            if known == path and isinstance(body, list):
                return body
    return None


def _setting_rows() -> dict[str, dict[str, Data]]:
    found: dict[str, dict[str, Data]] = {"general": {}, "products": {}}
    for path, body in _bodies("26-settings-currency.json"):
        if path.startswith("settings/"):
            found[path.split("/")[1]][body["id"]] = body
    decimals, weight = found["general"]["woocommerce_price_num_decimals"], found["products"]["woocommerce_weight_unit"]
    for group, like, name, label, value in (
        ("general", decimals, "woocommerce_default_country", "Country / State", "FR"),
        ("general", decimals, "woocommerce_calc_taxes", "Enable taxes", "yes"),
        ("general", decimals, "woocommerce_price_thousand_sep", "Thousand separator", " "),
        ("general", decimals, "woocommerce_price_decimal_sep", "Decimal separator", ","),
        ("products", weight, "woocommerce_dimension_unit", "Dimensions unit", "cm"),
    ):
        text = json.dumps(like).replace(like["id"], name).replace(like["label"], label)
        found[group][name] = {**json.loads(text), "value": value}
    found["products"]["woocommerce_dimension_unit"]["options"] = {unit: unit for unit in ("m", "cm", "mm", "in", "yd")}
    return found
