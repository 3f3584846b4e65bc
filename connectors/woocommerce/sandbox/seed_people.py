"""The store's first customers and orders: guests, several coupons, fees, refunds, deleted products, foreign currency."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from connectors.woocommerce.sandbox import names, orders, shapes
from connectors.woocommerce.sandbox.seed import EPOCH, Stocker
from connectors.woocommerce.sandbox.state import Row, Store
from connectors.woocommerce.sandbox.wire import Data, links

_STATES = ("processing", "completed", "pending", "on-hold", "completed", "cancelled", "refunded", "failed", "completed")


def customer(store: Store, email: str, given: Data, created: int) -> Row:
    """A user of the shop with what was given of name, role, username, billing, shipping and meta."""
    row = Row(id=store.next("user"))
    avatar = hashlib.sha256(email.encode()).hexdigest()
    data: Data = {
        "id": row.id,
        **dict.fromkeys(("date_created", "date_created_gmt", "date_modified", "date_modified_gmt")),
        "email": email,
        "first_name": given.get("first_name", ""),
        "last_name": given.get("last_name", ""),
        "role": given.get("role", "customer"),
        "username": given.get("username") or email.partition("@")[0],
        "billing": shapes.address(shapes.CUSTOMER_ADDRESS, given.get("billing"), contact=("email", "phone")),
        "shipping": shapes.address(shapes.CUSTOMER_ADDRESS, given.get("shipping")),
        "is_paying_customer": bool(given.get("is_paying_customer")),
        "avatar_url": f"https://secure.gravatar.com/avatar/{avatar}?s=96&d=mm&r=g",
        "meta_data": [{"id": store.next("meta"), "key": "infinite_scrolling", "value": "true"}],
        "_links": links("customers", row.id),
    }
    store.stamp(row, data, created=created, modified=created)
    store.emails[email.lower()] = row.id
    return store.save("customers", row, data, touch=False)


class Crowd:
    """Adds customers and orders to a store."""

    def __init__(self, store: Store, stock: Stocker) -> None:
        self.store, self.stock, self.rng = store, stock, store.rng
        self.people = self.bought = 0

    def customer(self, created: int | None = None) -> Row:
        """One more user; of the first ten one is the administrator and one a subscriber, unless the shop is tiny."""
        index = self.people
        self.people += 1
        first, last, city, postcode, country, state = names.PEOPLE[index % len(names.PEOPLE)]
        given: Data = {"first_name": first, "last_name": last, "username": f"user{index:05d}"}
        given["role"] = {7: "administrator", 9: "subscriber"}.get(index, "customer")
        email = f"user{index}@example.test"
        if index % 5:  # the others never gave an address
            place = {"city": city, "postcode": postcode, "country": country, "state": state}
            line = {"first_name": first, "address_1": "12 rue de l’Été", **place}
            given["billing"] = {**line, "last_name": last, "email": email, "phone": "+33 6 12 34 56 78"}
            given["shipping"] = line if index % 3 else {}
        return customer(self.store, email, given, EPOCH + index * 61 if created is None else created)

    def order(self, created: int | None = None) -> Row:
        """One more order."""
        store, index = self.store, self.bought
        self.bought += 1
        row = Row(id=store.next("post"))
        data = orders.blank(store, row.id, f"wc_order_{self.rng.randrange(16**12):012x}")
        stamp = EPOCH + 86_400 * 30 + index * 503 if created is None else created
        data |= {"status": _STATES[index % len(_STATES)], "payment_method": "cod", "created_via": "checkout"}
        data["payment_method_title"] = "Paiement à la livraison"
        data["customer_note"] = "Sonner 2×\nmerci" if index % 6 == 0 else ""
        if index % 7 == 0:
            data["meta_data"] = [{"id": store.next("meta"), "key": "luneo_source", "value": "widget"}]
        if index % 45 == 44:  # a currency plugin: the amounts keep the store's two decimals
            data |= {"currency": "JPY", "currency_symbol": "¥"}
        self._buyer(data, index)
        self._lines(data, index)
        orders.settle(store, data)
        modified = stamp if created is not None else stamp + self.rng.randrange(86_400 * 20)
        store.stamp(row, data, created=stamp, modified=modified)
        if data["status"] in {"processing", "completed", "refunded"}:
            data["date_paid"], data["date_paid_gmt"] = store.clock.dates(stamp + 40)
            data["transaction_id"] = f"txn_{index}"
        if data["status"] in {"completed", "refunded"}:
            data["date_completed"], data["date_completed_gmt"] = store.clock.dates(modified)
        store.save("orders", row, data, touch=False)
        if data["status"] in {"completed", "refunded"} and data["line_items"] and index % 4 == 0:
            self._refund(row, data, modified)
        return row

    def _buyer(self, data: Data, index: int) -> None:
        people = list(self.store.customers.rows)
        known = self.store.customers.rows[people[index % len(people)]].data() if people and index % 3 else None
        if known is None:  # a guest
            given: Data = {"first_name": "Zoé", "email": f"guest{index}@example.test", "country": "FR"}
        else:
            given = known["billing"] | {"email": known["email"], "first_name": known["first_name"]}
            data["customer_id"] = known["id"]
        data["billing"] = shapes.address(shapes.ORDER_ADDRESS, given, contact=("email", "phone"))
        if index % 2:
            place = {"first_name": "Ship", "address_1": "1 place Bellecour", "city": "Lyon", "postcode": "69001"}
            data["shipping"] = shapes.address(shapes.ORDER_ADDRESS, {**place, "country": "FR"})

    def _lines(self, data: Data, index: int) -> None:
        store, rng = self.store, self.rng
        if not self.stock.catalogue:
            return
        percents = (10, 5) if index % 8 == 1 else (10,) if index % 8 in {3, 5} else ()
        discount = Decimal(sum(percents)) / 100
        for number in range(1 + index % 3):
            item = rng.choice(self.stock.catalogue)
            found = orders.line(store, item, rng.randrange(1, 4), discount, self._line_meta(index, number))
            if index % 17 == 11 and number == 0:  # the product has been deleted since
                found |= {"product_id": 0, "variation_id": 0, "sku": None, "global_unique_id": None}
                found["image"] = {"id": 0, "src": ""}
            data["line_items"].append(found)
        small = "4.90" if store.shop.decimals == 2 else "500" if store.shop.decimals == 0 else "1.250"
        if index % 2 == 0:
            data["shipping_lines"] = [orders.shipping(store, "Forfait", small)]
        if index % 5 == 0:
            data["fee_lines"] = [orders.fee(store, "Personnalisation", small)]
        net = sum((Decimal(str(line["price"])) * line["quantity"] for line in data["line_items"]), Decimal(0))
        full = net / (1 - discount)
        data["coupon_lines"] = [
            orders.coupon(store, f"bienvenue{percent}", percent, full * percent / 100) for percent in percents
        ]

    def _line_meta(self, index: int, number: int) -> list[Data]:
        if number or index % 4:
            return []
        design: Any = {"text": "Marie ♥", "font": "Lora", "color": "#aa8833", "zones": [1, {"x": 0.5}]}
        pairs = (("Gravure", "Marie & Paul ♥"), ("_luneo_design_id", f"dsg_{index}"), ("luneo_personalization", design))
        return [orders.meta(self.store, key, value) for key, value in pairs]

    def _refund(self, row: Row, data: Data, stamp: int) -> None:
        lines = [(line, line["quantity"] if data["status"] == "refunded" else 1) for line in data["line_items"][:1]]
        attach(self.store, row, data, orders.refund(self.store, data, lines, None, "Taille"), stamp)
        self.store.save("orders", row, data, touch=False)


def attach(store: Store, order: Row, data: Data, refund: Data, stamp: int) -> Row:
    """Keep a refund and name it in its order (which the caller saves)."""
    row = Row(id=refund["id"], parent=order.id)
    store.stamp(row, refund, created=stamp, modified=stamp)
    data["refunds"].append({"id": row.id, "reason": refund["reason"], "total": f"-{refund['amount']}"})
    store.refunds_of.setdefault(order.id, []).append(row.id)
    return store.save("refunds", row, refund, touch=False)
