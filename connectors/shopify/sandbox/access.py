"""What an app may not see: scopes that its token lacks, customer data that it was not approved for, orders that are too old."""

from __future__ import annotations

from connectors.shopify.sandbox.call import Call, GraphError
from connectors.shopify.sandbox.clock import DAY, moment
from connectors.shopify.sandbox.state import Json

SCOPE_OF = {
    "Product": "read_products",
    "ProductVariant": "read_products",
    "Collection": "read_products",
    "Order": "read_orders",
    "Refund": "read_orders",
    "Fulfillment": "read_orders",
    "Customer": "read_customers",
    "InventoryItem": "read_inventory",
    "InventoryLevel": "read_inventory",
}
#: Protected customer data of the second level: names, addresses, telephone numbers, e-mail.
PROTECTED = frozenset(
    {
        "Order.email", "Order.phone", "Order.billingAddress", "Order.shippingAddress",
        "Customer.firstName", "Customer.lastName", "Customer.displayName", "Customer.defaultEmailAddress",
        "Customer.defaultPhoneNumber", "Customer.defaultAddress", "Customer.addressesV2",
    }
)  # fmt: skip
RECENT = 60 * DAY


def scope_denial(call: Call, type: str, field: str) -> GraphError | None:
    """Whether the token lacks the scope of a type, met in a field."""
    scope = SCOPE_OF.get(type.removesuffix("Connection"))
    return None if scope is None else missing(call, scope, field)


def missing(call: Call, scope: str, field: str) -> GraphError | None:
    """What is said when the token lacks this scope."""
    if call.may(scope):
        return None
    need = f"`{scope}` access scope."
    documentation = "https://shopify.dev/api/usage/access-scopes"
    message = f"Access denied for {field} field. Required access: {need}"
    return GraphError(message, "ACCESS_DENIED", documentation=documentation, requiredAccess=need)


def data_denial(denied: frozenset[str], type: str, field: str) -> GraphError | None:
    """Whether a field is kept from the app."""
    if f"{type}.{field}" not in denied:
        return None
    documentation = "https://shopify.dev/docs/apps/launch/protected-customer-data"
    message = f"This app is not approved to use the {field} field. See {documentation} for more details."
    return GraphError(message, "ACCESS_DENIED", documentation=documentation)


def visible_order(call: Call, order: Json) -> bool:
    """Without `read_all_orders`, orders of the last sixty days only."""
    return bool(order["createdAt"] >= moment(call.state.clock.now() - RECENT))
