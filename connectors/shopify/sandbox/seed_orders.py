"""Orders as shops have them: guests and customers, codes and automatic discounts, taxes inside or on top, other currencies, tips,
duties, fees, engraved lines, parcels, refunds, cancelled ones, and ones whose product is gone.

The same for the same seed. Everything that the order says in sums is computed by `basket`.
"""

from __future__ import annotations

from connectors.shopify.sandbox import names
from connectors.shopify.sandbox.amounts import NOTHING, Amount, Till, minor_of
from connectors.shopify.sandbox.basket import Basket, Line, Off, Tax
from connectors.shopify.sandbox.clock import DAY, moment
from connectors.shopify.sandbox.order_lines import allocations, line_object, tax_lines
from connectors.shopify.sandbox.seed_aftermath import Aftermath
from connectors.shopify.sandbox.seed_metafields import for_order, keep
from connectors.shopify.sandbox.seed_people import address
from connectors.shopify.sandbox.state import Json, State

_SHOWN = ("EUR", "USD", "GBP", "JPY")
_SOURCES = ("web", "pos", "580111", "shopify_draft_order")
PAST = 150 * DAY  # how far back the seeded orders go
REMEMBERED = 400  # variants that seeded orders sell


class Register:
    """Adds orders to a shop."""

    def __init__(self, state: State, today: float) -> None:
        self.state, self.opened = state, today - PAST
        self.currency: str = state.shop["currencyCode"]
        self.taxed: bool = state.shop["taxesIncluded"]
        self.after = Aftermath(state)
        self.made = 0
        self._variants: list[Json] = []

    def order(self, now: float | None = None, expected: int = 0) -> Json:
        """One more: made at this moment, or one of `expected` that are spread over the shop's past."""
        index, self.made = self.made, self.made + 1
        created = now if now is not None else self.opened + PAST * (index + 1) / (expected + 1)
        shown = _SHOWN[index // 5 % 4] if index % 5 == 4 else self.currency
        basket = self._basket(index, Till(self.currency, shown))
        person = names.PEOPLE[index % len(names.PEOPLE)]
        buyer = self._buyer(index)
        order = self.state.put("Order", {**self._plain(index, created, person, buyer), **sums(basket)})
        order["lineItems"] = [self._line(index, place, line, basket.till) for place, line in enumerate(basket.lines)]
        order["taxLines"] = tax_lines(basket.till, basket.taxes())
        order["additionalFees"] = self._fees(basket)
        order["shippingLines"] = [self._shipping(index + place, basket.till, line) for place, line in enumerate(basket.shipping)]
        order["shippingLine"] = next(iter(order["shippingLines"]), None)
        order["discountCodes"] = sorted(_codes(basket))
        self.after.happen(index, order, basket, created)
        keep(self.state, order, for_order(index), order["updatedAt"])
        if buyer is not None:
            _bought(self.state, buyer, order)
            if now is not None:
                self.state.touch(buyer["id"], "customers/update")
        return order

    # -- what is in it ---------------------------------------------------------------------------------------------

    def _basket(self, index: int, till: Till) -> Basket:
        count = 1 + index % 4 if index % 29 else 7
        lines = [Line(till.of(self._price(index, place)), 1 + (index + place) % 3) for place in range(count)]
        prices = () if index % 11 == 10 else (990, 450) if index % 23 == 15 else (0,) if index % 6 == 5 else (990,)
        shipping = [Line(till.price(cents), 1) for cents in prices]
        basket = Basket(till, self.taxed, lines, shipping)
        for off in _discounts(index, till):
            basket.discount(off)
        basket.tax([Tax("TVA", 200)] if self.taxed else [Tax("State tax", 60), Tax("City tax", 13)] if index % 7 else [])
        if index % 13 == 6:
            basket.tip = till.price(350)
        if index % 17 == 9:
            basket.fee = till.price(125)
        if index % 19 == 4:
            basket.lines[0].duty = basket.lines[0].after.share(45, 1000)
        return basket

    def _sold(self, index: int, place: int) -> Json | None:
        if not self._variants:
            self._variants = list(self.state.of("ProductVariant").values())[:REMEMBERED]
        return self._variants[(index * 7 + place * 3) % len(self._variants)] if self._variants else None

    def _price(self, index: int, place: int) -> int:
        variant = self._sold(index, place)
        return minor_of(variant["price"], self.currency) if variant else 1990

    def _line(self, index: int, place: int, line: Line, till: Till) -> str:
        variant = self._sold(index, place)
        gone = index % 21 == 8 and place == 0  # its product was deleted since
        product = self.state.get(variant["product"]) if variant else None
        body = line_object(till, line, variant, product)
        if gone:
            body |= {"product": None, "variant": None, "image": None}
        if (index + place) % 3 == 0:
            text = names.ENGRAVINGS[index % len(names.ENGRAVINGS)]
            hidden = {"key": "_luneo_design_id", "value": f"d-{index}-{place}"}
            body["customAttributes"] = [{"key": "Gravure", "value": text}, hidden]
        made = self.state.put("LineItem", body)
        if line.duty:
            made["duties"] = [
                {
                    "id": self.state.new_id("Duty"),
                    "harmonizedSystemCode": "711319",
                    "countryCodeOfOrigin": "FR",
                    "price": till.bag(line.duty),
                    "taxLines": [],
                }
            ]
        return str(made["id"])

    def _shipping(self, index: int, till: Till, line: Line) -> Json:
        return {
            "id": self.state.new_id("ShippingLine"),
            "title": "Livraison « premium » 24 h" if index % 2 else "Retrait à l’atelier",
            "code": "premium-24h" if index % 2 else None,
            "source": "shopify",
            "carrierIdentifier": None,
            "deliveryCategory": None,
            "custom": False,
            "isRemoved": False,
            "phone": None,
            "shippingRateHandle": None,
            "originalPriceSet": till.bag(line.before),
            "discountedPriceSet": till.bag(line.after),
            "currentDiscountedPriceSet": till.bag(line.after),
            "taxLines": tax_lines(till, line.taxes),
            "discountAllocations": allocations(till, line.given),
        }

    def _fees(self, basket: Basket) -> list[Json]:
        if not basket.fee.shop:
            return []
        body = {"name": "Éco-participation", "price": basket.till.bag(basket.fee), "taxLines": []}
        return [{"id": self.state.new_id("AdditionalFee"), **body}]

    # -- what it says of itself ------------------------------------------------------------------------------------

    def _buyer(self, index: int) -> Json | None:
        people = self.state.of("Customer")
        if not people or index % 6 == 3:  # a guest
            return None
        gids = list(people)
        return people[gids[index * 5 % len(gids)]]

    def _plain(self, index: int, created: float, person: tuple[object, ...], buyer: Json | None) -> Json:
        stamp, number = moment(created), index + 1
        email = ((buyer or {}).get("defaultEmailAddress") or {}).get("emailAddress") or f"invite.{index}@exemple.fr"
        named = {"firstName": person[0], "lastName": person[1], "phone": None}
        return {
            "name": f"#{1000 + number}",
            "number": number,
            "confirmationNumber": f"LUN{number:06d}",
            "poNumber": f"PO-{index}" if index % 31 == 30 else None,
            "createdAt": stamp,
            "updatedAt": stamp,
            "processedAt": stamp,
            "cancelledAt": None,
            "cancelReason": None,
            "closedAt": None,
            "closed": False,
            "test": index % 43 == 42,
            "edited": False,
            "confirmed": True,
            "returnStatus": "NO_RETURN",
            "taxesIncluded": self.taxed,
            "dutiesIncluded": False,
            "estimatedTaxes": False,
            "taxExempt": False,
            "email": email if index % 10 != 7 else None,
            "phone": "+33612345678" if index % 10 == 7 else None,
            "note": "À livrer avant Noël 🎄\nMerci !" if index % 5 == 0 else None,
            "tags": ["cadeau"] if index % 4 == 0 else [],
            "sourceName": _SOURCES[index % len(_SOURCES)],
            "sourceIdentifier": None,
            "customerLocale": person[7],
            "statusPageUrl": f"https://{self.state.shop['myshopifyDomain']}/9100/orders/{number:032x}/authenticate?key=seed",
            "paymentGatewayNames": ["shopify_payments"] if index % 3 else ["bogus", "gift_card"],
            "customAttributes": [{"key": "emballage", "value": "écrin vert"}] if index % 8 == 1 else [],
            "customer": buyer["id"] if buyer else None,
            "billingAddress": {"id": self.state.new_id("MailingAddress"), **address(tuple(person), index)},
            "shippingAddress": None
            if index % 11 == 10
            else {"id": self.state.new_id("MailingAddress"), **address(tuple(person), index, 1), **named},
            "metafields": [],
        }


def sums(basket: Basket) -> Json:
    """Every total of an order from which nothing has come back yet."""
    bag, none = basket.till.bag, NOTHING
    original = {"total": basket.total, "subtotal": basket.goods, "totalTax": basket.owed, "totalDiscounts": basket.off}
    return {
        "currencyCode": basket.till.currency,
        "presentmentCurrencyCode": basket.till.shown,
        "totalPriceSet": bag(original["total"]),
        "currentTotalPriceSet": bag(original["total"]),
        "originalTotalPriceSet": bag(original["total"]),
        "subtotalPriceSet": bag(original["subtotal"]),
        "currentSubtotalPriceSet": bag(original["subtotal"]),
        "totalTaxSet": bag(original["totalTax"]),
        "currentTotalTaxSet": bag(original["totalTax"]),
        "totalDiscountsSet": bag(original["totalDiscounts"]),
        "currentTotalDiscountsSet": bag(original["totalDiscounts"]),
        "totalShippingPriceSet": bag(basket.sent),
        "totalTipReceivedSet": bag(basket.tip),
        "originalTotalDutiesSet": bag(basket.duties) if basket.duties.shop else None,
        "originalTotalAdditionalFeesSet": bag(basket.fee) if basket.fee.shop else None,
        "totalRefundedSet": bag(none),
        "totalRefundedShippingSet": bag(none),
        "totalReceivedSet": bag(none),
        "totalOutstandingSet": bag(original["total"]),
        "netPaymentSet": bag(none),
    }


def _discounts(index: int, till: Till) -> list[Off]:
    """The discounts of an order, in the order in which they are taken off."""
    found: list[Off] = []

    def application(type: str, value: Json, selection: str = "ALL", target: str = "LINE_ITEM", **more: object) -> Json:
        method = "EACH" if selection == "ENTITLED" else "ACROSS"
        said = {"index": len(found), "allocationMethod": method, "targetSelection": selection, "targetType": target}
        return {"__typename": type, **said, "value": value, **more}

    if index % 3 == 1:
        value = {"__typename": "PricingPercentageValue", "percentage": 10.0}
        found.append(Off(application("DiscountCodeApplication", value, code="NOËL10"), per_mille=100))
    if index % 7 == 2:
        amount = till.price(1500)
        value = till.bag(amount)["presentmentMoney"]
        found.append(Off(application("AutomaticDiscountApplication", value, title="Remise d’atelier 🎁"), amount=amount))
    if index % 9 == 5:
        value = {"__typename": "PricingPercentageValue", "percentage": 25.0}
        one = application(
            "ManualDiscountApplication", value, "ENTITLED", title="Geste commercial", description="Retard de l’atelier"
        )
        found.append(Off(one, per_mille=250, lines=(0,)))
    if index % 12 == 8:
        value = {"__typename": "PricingPercentageValue", "percentage": 100.0}
        one = application("DiscountCodeApplication", value, target="SHIPPING_LINE", code="PORTOFFERT")
        found.append(Off(one, per_mille=1000, shipping=True))
    return found


def _codes(basket: Basket) -> set[str]:
    """Codes that took something off."""
    every = [*basket.lines, *basket.shipping]
    return {application["code"] for line in every for application, _ in line.given if "code" in application}


def _bought(state: State, buyer: Json, order: Json) -> None:
    """The buyer's own sums."""
    buyer["numberOfOrders"] = str(int(buyer["numberOfOrders"]) + 1)
    currency = state.shop["currencyCode"]
    spent = minor_of(buyer["amountSpent"]["amount"], currency) + minor_of(order["netPaymentSet"]["shopMoney"]["amount"], currency)
    buyer["amountSpent"] = Till(currency, currency).bag(Amount(spent, spent))["shopMoney"]
    buyer["lastOrder"] = order["id"]
