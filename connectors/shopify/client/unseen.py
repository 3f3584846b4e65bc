"""What a shop keeps from us for want of an approval: its fields, as pointers into our form, so that what is known stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from connectors.shopify.client.graph import Denied
from hub.ports import Json, Sight

OLD = timedelta(days=60)  # orders before that need a scope of their own
SHOWN = 2  # of the shop's sentences in a reason
ALL_ORDERS = "read_all_orders"
APPROVAL = "protected-customer-data"  # in the shop's sentence, once for each field: the address that explains it
ADDRESS = ("/addresses",)
#: Field of the vendor's object → what of the canonical document it fills.
POINTERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "products": {},
    "orders": {
        "email": ("/buyer/email",),
        "phone": ("/buyer/phone",),
        "customer": ("/buyer/customer", "/buyer/guest"),
        "billingAddress": ADDRESS,
        "shippingAddress": ADDRESS,
        "note": ("/note",),
    },
    "customers": {
        "firstName": ("/first_name",),
        "lastName": ("/last_name",),
        "displayName": ("/ext",),
        "email": ("/email",),
        "phone": ("/phone",),
        "defaultEmailAddress": ("/email", "/consent", "/identity_keys"),
        "defaultPhoneNumber": ("/phone", "/consent", "/identity_keys"),
        "defaultAddress": ADDRESS,
        "addressesV2": ADDRESS,
        "note": ("/note",),
    },
}


class Unseen:
    """What one shop has denied so far, by resource."""

    def __init__(self, capabilities: Json) -> None:
        scopes = capabilities.get("scopes")
        self._all_orders = not isinstance(scopes, list) or ALL_ORDERS in scopes
        self._fields: dict[str, dict[str, None]] = {}
        self._why: dict[str, dict[str, None]] = {}  # the shop's own sentences, each once

    def note(self, resource: str, denied: Iterable[Denied], depth: int) -> tuple[str, ...]:
        """The canonical fields behind denied paths; the first `depth` steps of a path lead to the object."""
        pointers: dict[str, None] = {}
        for one in denied:
            field = one.path[depth] if len(one.path) > depth else None
            self._why.setdefault(resource, {}).setdefault(one.message.rstrip("."))
            pointers |= dict.fromkeys(POINTERS[resource].get(str(field), ()))
        self._fields.setdefault(resource, {}).update(pointers)
        return tuple(pointers)

    def sight(self, resource: str, now: datetime) -> Sight | None:
        """What the shop keeps from us of one resource."""
        why, french = [], []
        since = None
        if resource == "orders" and not self._all_orders:
            since = now - OLD
            why.append(f"Orders older than 60 days are not shown: ask Shopify for the scope {ALL_ORDERS}, then connect again.")
            french.append(
                f"Les commandes de plus de 60 jours ne sont pas livrées : demandez à Shopify l’accès {ALL_ORDERS}, "
                "puis reconnectez la boutique."
            )
        fields = tuple(self._fields.get(resource, ()))
        if fields:
            why.append("The app may not see all protected customer data: request access to it in the Partner Dashboard.")
            french.append(
                "L’application n’a pas accès à toutes les données clients protégées : "
                "demandez cet accès dans le Partner Dashboard."
            )
        if said := [one for one in self._why.get(resource, ()) if APPROVAL not in one]:  # that is said above, once
            more = f" and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
            why.append(f"Fields come empty: {'; '.join(said[:SHOWN])}{more}.")
            french.append(f"Des champs restent vides : {'; '.join(said[:SHOWN])}.")
        return Sight(" ".join(why), since, fields, " ".join(french)) if why else None
