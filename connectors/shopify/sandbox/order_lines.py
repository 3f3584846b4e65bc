"""Lines of orders as objects: amounts, taxes and shares of discounts in the shop's words."""

from __future__ import annotations

from connectors.shopify.sandbox.amounts import Amount, Till, total
from connectors.shopify.sandbox.basket import Line, Tax
from connectors.shopify.sandbox.state import Json


def line_object(till: Till, line: Line, variant: Json | None, product: Json | None) -> Json:
    """A LineItem without gid. What was bought is copied into it: the product may change or go."""
    title = product["title"] if product else "Pièce unique"
    default = product is None or product["hasOnlyDefaultVariant"]
    words = variant["title"] if variant and not default else None
    own = total([share for application, share in line.given if application["allocationMethod"] == "EACH"])
    after = line.before - own
    each = Amount(line.after.shop // line.count, line.after.shown // line.count)
    return {
        "name": f"{title} - {words}" if words else title,
        "title": title,
        "variantTitle": words,
        "sku": variant["sku"] if variant else None,
        "vendor": product["vendor"] if product else None,
        "quantity": line.count,
        "currentQuantity": line.count,
        "unfulfilledQuantity": line.count,
        "refundableQuantity": line.count,
        "nonFulfillableQuantity": 0,
        "taxable": bool(line.taxes),
        "requiresShipping": True,
        "isGiftCard": False,
        "restockable": True,
        "product": product["id"] if product else None,
        "variant": variant["id"] if variant else None,
        "image": {"url": f"https://cdn.shopify.com/s/files/1/0777/0000/files/{product['handle']}.jpg"} if product else None,
        "customAttributes": [],
        "originalUnitPriceSet": till.bag(line.unit),
        "originalTotalSet": till.bag(line.before),
        "discountedUnitPriceAfterAllDiscountsSet": till.bag(each),
        "discountedTotalSet": till.bag(after),
        "totalDiscountSet": till.bag(own),
        "taxLines": tax_lines(till, line.taxes),
        "discountAllocations": allocations(till, line.given),
        "duties": [],
        "sellingPlan": None,
    }


def tax_lines(till: Till, taxes: list[tuple[Tax, Amount]]) -> list[Json]:
    """TaxLines."""
    return [
        {
            "title": tax.title,
            "rate": tax.per_mille / 1000,
            "ratePercentage": tax.per_mille / 10,
            "source": None,
            "channelLiable": False,
            "priceSet": till.bag(amount),
        }
        for tax, amount in taxes
    ]


def allocations(till: Till, given: list[tuple[Json, Amount]]) -> list[Json]:
    """DiscountAllocations."""
    return [{"allocatedAmountSet": till.bag(share), "discountApplication": application} for application, share in given]
