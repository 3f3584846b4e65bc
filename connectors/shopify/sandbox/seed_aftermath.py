"""What became of a seeded order: payment, parcels, refunds, cancellation."""

from __future__ import annotations

from typing import Any

from connectors.shopify.sandbox import names
from connectors.shopify.sandbox.amounts import NOTHING, Amount, total
from connectors.shopify.sandbox.basket import Basket, Line
from connectors.shopify.sandbox.clock import DAY, moment
from connectors.shopify.sandbox.state import Json, State


class Aftermath:
    """Decides by the number of the order, and writes it down."""

    def __init__(self, state: State) -> None:
        self.state = state

    def happen(self, index: int, order: Json, basket: Basket, created: float) -> None:
        """The whole story of an order; `updatedAt` ends with its last event, at the latest now."""
        self.order, self.basket, self.till = order, basket, basket.till
        self.at = created
        order |= {"transactions": [], "fulfillments": [], "refunds": [], "displayFulfillmentStatus": "UNFULFILLED"}
        paid = index % 8 != 6
        order["displayFinancialStatus"] = "PAID" if paid else "PENDING"
        if paid:
            self._paid(index)
        if paid and index % 3 == 0:
            self._sent(parcels=2 if index % 9 == 0 else 1, index=index)
        if paid and index % 10 == 2:
            self._refunded(index)
        if index % 14 == 13:
            self._cancelled()
        order["updatedAt"] = moment(min(self.at, self.state.clock.now()))

    def _later(self, days: float) -> str:
        """The next event; none lies ahead of the shop's clock."""
        self.at = min(self.at + days * DAY, self.state.clock.now())
        return moment(self.at)

    # -- money -----------------------------------------------------------------------------------------------------

    def _transaction(self, kind: str, amount: Amount, stamp: str, parent: str | None = None) -> str:
        gateway = self.order["paymentGatewayNames"][0]
        body = {
            "kind": kind,
            "status": "SUCCESS",
            "gateway": gateway,
            "formattedGateway": gateway.replace("_", " ").title(),
            "paymentId": f"{self.order['confirmationNumber']}.{len(self.order['transactions']) + 1}",
            "test": self.order["test"],
            "createdAt": stamp,
            "processedAt": stamp,
            "errorCode": None,
            "authorizationExpiresAt": None,
            "amountSet": self.till.bag(amount),
            "parentTransaction": parent,
            "order": self.order["id"],
        }
        gid = str(self.state.put("OrderTransaction", body)["id"])
        self.order["transactions"].append(gid)
        return gid

    def _paid(self, index: int) -> None:
        whole, bag = self.basket.total, self.till.bag
        if index % 4 == 1:
            first = self._transaction("AUTHORIZATION", whole, self._later(0))
            self._transaction("CAPTURE", whole, self._later(0.1), first)
        else:
            self._transaction("SALE", whole, self._later(0))
        self.order |= {"totalReceivedSet": bag(whole), "netPaymentSet": bag(whole), "totalOutstandingSet": bag(NOTHING)}

    # -- parcels ---------------------------------------------------------------------------------------------------

    def _sent(self, parcels: int, index: int) -> None:
        lines = list(self.state.all(self.order["lineItems"]))
        piles = [lines] if parcels == 1 or len(lines) < 2 else [lines[:1], lines[1:]]
        for place, pile in enumerate(piles):
            self._parcel(place, pile, index)
        self.order["displayFulfillmentStatus"] = "FULFILLED"
        if index % 6 == 0:
            self.order |= {"closed": True, "closedAt": self._later(3)}

    def _parcel(self, place: int, pile: list[Json], index: int) -> None:
        stamp, (carrier, url) = self._later(1), names.CARRIERS[place % 2]
        number = f"LX{index:08d}{place}FR"
        places = list(self.state.of("Location"))
        items = []
        for line in pile:
            line["unfulfilledQuantity"] = 0
            items.append({"id": self.state.new_id("FulfillmentLineItem"), "quantity": line["quantity"], "lineItem": line["id"]})
        body = {
            "name": f"{self.order['name']}-F{place + 1}",
            "status": "SUCCESS",
            "displayStatus": "DELIVERED" if index % 2 else "IN_TRANSIT",
            "createdAt": stamp,
            "updatedAt": stamp,
            "inTransitAt": stamp,
            "deliveredAt": self._later(2) if index % 2 else None,
            "estimatedDeliveryAt": None,
            "totalQuantity": sum(line["quantity"] for line in pile),
            "requiresShipping": True,
            "trackingInfo": [{"company": carrier, "number": number, "url": f"{url}{number}"}],
            "location": places[place % len(places)] if places else None,
            "service": {"handle": "manual", "serviceName": "Manuel"},
            "fulfillmentLineItems": items,
            "order": self.order["id"],
        }
        self.order["fulfillments"].append(self.state.put("Fulfillment", body)["id"])

    # -- what came back --------------------------------------------------------------------------------------------

    def _refunded(self, index: int) -> None:
        """One of the first line comes back; of every fourth such order everything, with its shipping."""
        whole, basket = index % 40 == 12, self.basket
        pairs = list(zip(self.state.all(self.order["lineItems"]), basket.lines, strict=True))
        stamp = self._later(4)
        parts = [self._back(line, of, of.count if whole else 1) for line, of in (pairs if whole else pairs[:1])]
        shipping = basket.sent if whole else NOTHING
        taxes = total([one[2] for one in parts])
        ship_tax = total([amount for line in basket.shipping for _, amount in line.taxes]) if whole else NOTHING
        back = total([one[1] for one in parts]) + shipping
        if not basket.taxed:
            back = back + taxes + ship_tax
        rest = total([basket.tip, basket.fee, basket.duties]) if whole else NOTHING
        money = self._transaction("REFUND", back + rest, stamp, self.order["transactions"][-1])
        body = {
            "createdAt": stamp,
            "processedAt": stamp,
            "updatedAt": stamp,
            "note": "Taille trop petite" if index % 20 == 2 else None,
            "totalRefundedSet": self.till.bag(back + rest),
            "return": None,
            "staffMember": None,
            "refundLineItems": [one[0] for one in parts],
            "refundShippingLines": self._shipping_back() if whole else [],
            "orderAdjustments": self._adjustment(rest),
            "transactions": [money],
            "order": self.order["id"],
        }
        self.order["refunds"].append(self.state.put("Refund", body)["id"])
        self._less(back + rest, total([one[1] for one in parts]), taxes + ship_tax, shipping, whole=whole)

    def _back(self, line: Json, of: Line, count: int) -> tuple[Json, Amount, Amount]:
        """(RefundLineItem, its price, its tax) for some of a line."""
        price = of.after.share(count, of.count)
        tax = total([amount.share(count, of.count) for _, amount in of.taxes])
        line["currentQuantity"] -= count
        line["refundableQuantity"] -= count
        line["unfulfilledQuantity"] = min(line["unfulfilledQuantity"], line["currentQuantity"])
        places = list(self.state.of("Location"))
        unit = Amount(price.shop // count, price.shown // count)
        body: dict[str, Any] = {
            "id": self.state.new_id("RefundLineItem"),
            "quantity": count,
            "restockType": "RETURN" if places else "NO_RESTOCK",
            "restocked": bool(places),
            "location": places[0] if places else None,
            "lineItem": line["id"],
            "priceSet": self.till.bag(unit),
            "subtotalSet": self.till.bag(price),
            "totalTaxSet": self.till.bag(tax),
        }
        return body, price, tax

    def _shipping_back(self) -> list[Json]:
        """Every way of shipping comes back whole."""
        found, bag = [], self.till.bag
        for line, of in zip(self.order["shippingLines"], self.basket.shipping, strict=True):
            if of.after.shop:
                tax = total([amount for _, amount in of.taxes])
                gid = self.state.new_id("RefundShippingLine")
                found.append({"id": gid, "shippingLine": line, "subtotalAmountSet": bag(of.after), "taxAmountSet": bag(tax)})
        return found

    def _adjustment(self, amount: Amount) -> list[Json]:
        if not amount.shop:
            return []
        none = self.till.bag(NOTHING)
        minus = Amount(-amount.shop, -amount.shown)
        gid = self.state.new_id("OrderAdjustment")
        return [{"id": gid, "reason": "REFUND_DISCREPANCY", "amountSet": self.till.bag(minus), "taxAmountSet": none}]

    def _less(self, back: Amount, goods: Amount, tax: Amount, shipping: Amount, *, whole: bool) -> None:
        """What the order's current sums say after a refund."""
        basket, bag, order = self.basket, self.till.bag, self.order
        order |= {
            "displayFinancialStatus": "REFUNDED" if whole else "PARTIALLY_REFUNDED",
            "totalRefundedSet": bag(back),
            "totalRefundedShippingSet": bag(shipping),
            "currentTotalPriceSet": bag(basket.total - back),
            "currentSubtotalPriceSet": bag(basket.goods - goods),
            "currentTotalTaxSet": bag(basket.owed - tax),
            "netPaymentSet": bag(basket.total - back),
        }
        if whole:
            order["currentTotalDiscountsSet"] = bag(NOTHING)

    def _cancelled(self) -> None:
        stamp = self._later(0.5)
        self.order |= {"cancelledAt": stamp, "cancelReason": "CUSTOMER", "closed": True, "closedAt": stamp}
