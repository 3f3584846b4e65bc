"""The subscriptions that an app makes through the API, and what Shopify refuses of them.

`RESOLVERS` make and list them; `webhooks.Webhooks` reads them. Loopback addresses may be plain http here, unlike at Shopify's.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.shopify.sandbox.call import Call, Resolver, UserError
from connectors.shopify.sandbox.state import Json, number_of
from connectors.shopify.sandbox.webhook_filter import valid
from connectors.shopify.sandbox.webhooks import API_VERSION

# the first word of a topic → the scope that it needs; other topics need none
_SCOPES = {
    "PRODUCTS": "products",
    "COLLECTIONS": "products",
    "ORDERS": "orders",
    "REFUNDS": "orders",
    "FULFILLMENTS": "orders",
    "CUSTOMERS": "customers",
    "INVENTORY": "inventory",
    "LOCATIONS": "locations",
}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def listed(call: Call, _source: Json, args: Json) -> list[str]:
    """webhookSubscriptions: by topics, format and uri."""
    topics, form, uri = args.get("topics"), args.get("format"), args.get("uri")
    return [
        gid
        for gid, one in call.state.of("WebhookSubscription").items()
        if (not topics or one["topic"] in topics) and form in {None, one["format"]} and uri in {None, one["uri"]}
    ]


def create(call: Call, _source: Json, args: Json) -> Json:
    """webhookSubscriptionCreate."""
    topic, given = args["topic"], args["webhookSubscription"]
    _allowed(call, topic)
    now = call.state.now()
    new: Json = {"topic": topic, "filter": None, "includeFields": [], "metafieldNamespaces": [], "name": None, "format": "JSON"}
    kept = {**new, **_checked(call, topic, given, None), "createdAt": now, "updatedAt": now}
    kept["apiVersion"] = {"handle": API_VERSION, "displayName": API_VERSION, "supported": True}
    made = call.state.put("WebhookSubscription", kept)
    made["legacyResourceId"] = str(number_of(made["id"]))
    return {"webhookSubscription": made["id"], "userErrors": []}


def update(call: Call, _source: Json, args: Json) -> Json:
    """webhookSubscriptionUpdate: the topic stays what it is."""
    found = _found(call, args["id"])
    found.update(_checked(call, found["topic"], args["webhookSubscription"], found))
    call.state.touch(found["id"])
    return {"webhookSubscription": found["id"], "userErrors": []}


def delete(call: Call, _source: Json, args: Json) -> Json:
    """webhookSubscriptionDelete."""
    found = _found(call, args["id"])
    call.state.remove(found["id"])
    return {"deletedWebhookSubscriptionId": found["id"], "userErrors": []}


def _found(call: Call, gid: str) -> Json:
    found = call.state.of("WebhookSubscription").get(gid)
    if found is None:
        raise UserError("Webhook subscription does not exist", ["id"])
    return found


def _allowed(call: Call, topic: str) -> None:
    scope = _SCOPES.get(topic.partition("_")[0])
    if scope and not call.may(f"read_{scope}"):
        raise UserError("You cannot create a webhook subscription with the specified topic", ["topic"])


def _checked(call: Call, topic: str, given: Json, old: Json | None) -> Json:
    """What is given, if it may stand. Raises UserError."""
    place = ["webhookSubscription", "uri"]
    uri = given.get("uri", old and old["uri"])
    if not uri:
        raise UserError("Address can't be blank", place)
    _address(uri, place)
    if given.get("format") == "XML":
        raise UserError("Format is not included in the list", ["webhookSubscription", "format"])
    wanted = given.get("filter", old and old["filter"])
    if wanted and not valid(wanted):
        raise UserError("The specified filter is invalid", ["webhookSubscription", "filter"])
    for other in call.state.of("WebhookSubscription").values():
        if other is not old and (other["topic"], other["uri"], other["filter"]) == (topic, uri, wanted):
            raise UserError("Address for this topic has already been taken", place)
    return {name: value for name, value in given.items() if value is not None or name in {"filter", "name"}}


def _address(uri: str, place: list[str]) -> None:
    parts = urlsplit(uri)
    if parts.scheme in {"pubsub", "arn"}:
        return
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise UserError("Address protocol http:// is not supported", place)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UserError("Address is invalid", place)
    if parts.hostname.endswith((".myshopify.com", ".shopify.com")):
        raise UserError("Address cannot be a Shopify or an internal domain", place)


RESOLVERS: dict[str, Resolver] = {
    "QueryRoot.webhookSubscriptions": listed,
    "QueryRoot.webhookSubscription": lambda _call, _source, args: args["id"],
    "QueryRoot.webhookSubscriptionsCount": lambda call, _source, _args: {
        "count": len(call.state.of("WebhookSubscription")),
        "precision": "EXACT",
    },
    "Mutation.webhookSubscriptionCreate": create,
    "Mutation.webhookSubscriptionUpdate": update,
    "Mutation.webhookSubscriptionDelete": delete,
}
