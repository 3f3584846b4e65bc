"""customers/* bodies as the tree of documents/customers.graphql, and addresses wherever they stand."""

from __future__ import annotations

from typing import Any, Final

from connectors.shopify.mapping.rest.body import Body, each, metafield_trees, split, word
from hub.ports import Json

_CUSTOMER: Final = (
    ("created_at", "createdAt"),
    ("updated_at", "updatedAt"),
    ("first_name", "firstName"),
    ("last_name", "lastName"),
    ("verified_email", "verifiedEmail"),
    ("tax_exempt", "taxExempt"),
    ("tax_exemptions", "taxExemptions"),
    ("multipass_identifier", "multipassIdentifier"),
    ("orders_count", "numberOfOrders"),
)
_ADDRESS: Final = (
    ("first_name", "firstName"),
    ("last_name", "lastName"),
    ("province_code", "provinceCode"),
    ("country_code", "countryCodeV2"),
)
_CONSENT: Final = (
    ("opt_in_level", "marketingOptInLevel"),
    ("consent_updated_at", "marketingUpdatedAt"),
    ("consent_collected_from", "marketingCollectedFrom"),
)


def customer_tree(raw: Json) -> Json:
    """A customer body as a tree."""
    body = Body(raw, "Customer")
    body.move(_CUSTOMER)
    body.move((("state", "state"),), word)
    body.move((("tags", "tags"),), split)
    body.point("last_order_id", "lastOrder", "Order")
    if body.left.get("total_spent") is not None:
        body.tree["amountSpent"] = {"amount": body.left.pop("total_spent"), "currencyCode": body.left.pop("currency", None)}
    email = _reached(body, "email", "emailAddress", "email_marketing_consent")
    if email.get("marketingState") is None and type(raw.get("accepts_marketing")) is bool:
        # the older words for the same consent
        email["marketingState"] = "SUBSCRIBED" if raw["accepts_marketing"] else "NOT_SUBSCRIBED"
        email["marketingUpdatedAt"] = raw.get("accepts_marketing_updated_at")
        email["accepts_marketing"] = body.left.pop("accepts_marketing")
    phone = _reached(body, "phone", "phoneNumber", "sms_marketing_consent")
    for name, said in (("defaultEmailAddress", email), ("defaultPhoneNumber", phone)):
        if said:
            body.tree[name] = said
    _addresses(body)
    body.move((("metafields", "metafields"),), metafield_trees)
    return body.done()


def _reached(body: Body, key: str, name: str, consent: str) -> Json:
    said: Json = {}
    value, agreed = body.left.pop(key, None), body.left.get(consent)
    if value is not None:
        said[name] = value
    if type(agreed) is dict:
        one = Body(agreed)
        one.move((("state", "marketingState"),), word)
        one.move(_CONSENT)
        one.move((("marketingOptInLevel", "marketingOptInLevel"),), word)
        said.update(one.done())
        del body.left[consent]
    elif agreed is not None:
        said["marketingState"] = body.left.pop(consent)  # no object: for the mapping to refuse
    if type(said.get("marketingOptInLevel")) is str:
        said["marketingOptInLevel"] = word(said["marketingOptInLevel"])
    return said


def _addresses(body: Body) -> None:
    """The default address is one of the addresses, or the only one that the body shows."""
    listed, default = body.left.pop("addresses", None), body.left.pop("default_address", None)
    nodes: Any = each(listed, lambda one: address_tree(one, "CustomerAddress"))
    if type(default) is dict:
        chosen = address_tree(default, "CustomerAddress")
        if nodes is None or nodes == []:
            nodes = [chosen]
        if type(nodes) is list and chosen in nodes:
            body.tree["defaultAddress"] = {"id": chosen.get("id")}
        else:
            body.tree["defaultAddress"] = chosen
    elif default is not None:
        body.tree["defaultAddress"] = default
    if nodes is not None:
        body.tree["addressesV2"] = {"nodes": nodes} if type(nodes) is list else nodes


def address_tree(raw: Any, model: str) -> Any:
    """An address as a MailingAddress. The country's name is written twice."""
    if type(raw) is not dict:
        return raw
    body = Body(raw, "MailingAddress" if "id" in raw else None)
    own = body.tree.get("id")
    if type(own) is str and own.startswith("gid:") and "?" not in own:
        body.tree["id"] = f"{own}?model_name={model}"
    body.move(_ADDRESS)
    if "country_name" in body.left and body.left["country_name"] == body.left.get("country"):
        del body.left["country_name"]
    return body.done()
