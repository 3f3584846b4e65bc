"""The shop's webhook subscriptions of ours: made, mended, and removed when we go. Those of others are never touched.

Ours are those whose address is ours. Shopify deletes a subscription after eight failed deliveries in a row, without a word, and
none that we make lists fewer fields: a body without the field that changed is dropped as a repetition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.shopify.client.graph import AccessDenied, Graph, UserErrors
from connectors.shopify.client.pages import pages
from connectors.shopify.inbound import secrets
from hub.errors import PermanentError
from hub.ports import Json, WebhookState

#: What tells of everything that our resources hold. Orders are told updated when they are paid, shipped, edited or refunded too.
#: Not customers/merge, which is understood but needs a scope of its own: the sweep finds who is gone.
TOPICS: Final = (
    "products/create",
    "products/update",
    "products/delete",
    "inventory_levels/connect",
    "inventory_levels/update",
    "inventory_levels/disconnect",
    "inventory_items/update",
    "orders/create",
    "orders/updated",
    "orders/delete",
    "refunds/create",
    "customers/create",
    "customers/update",
    "customers/delete",
    "customers/purchasing_summary",
    "customer.tags_added",
    "customer.tags_removed",
    "customers_email_marketing_consent/update",
    "customers_marketing_consent/update",
    "app/uninstalled",
    "app/scopes_update",
)
PAGE: Final = 100
TAKEN: Final = "already been taken"  # somebody else made the same subscription at this moment
OWN_PATH: Final = re.compile(r".*/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # it ends with an installation's id


async def ensure(graph: Graph, url: str, topics: Sequence[str] = TOPICS) -> list[WebhookState]:
    """One subscription for each topic, delivering to `url`: those that were missing or wrong, and with their `reason` those that
    the shop refuses (a topic whose scope we lack). Raises PermanentError when it refuses all of them, and what `Graph` raises.
    """
    ours = [one for one in await _all(graph) if _is_ours(one, url)]
    wanted = {word_of(topic): topic for topic in topics}
    for stale in [one for one in ours if one["topic"] not in wanted]:
        await _delete(graph, stale["id"])
    states: list[WebhookState] = []
    for word, topic in wanted.items():
        same = [one for one in ours if one["topic"] == word]
        kept = next((one for one in same if _stands(one, url)), next((one for one in same if _plain(one)), None))
        for other in same:
            if other is not kept:
                await _delete(graph, other["id"])
        if kept is None or not _stands(kept, url):
            states.append(await _make(graph, word, topic, url, kept))
    refused = [state for state in states if state.reason]
    if refused and len(refused) == len(wanted):
        raise PermanentError(
            f"The shop takes none of our webhooks to {url}: {refused[0].reason}",
            hint="LUNEO_PUBLIC_URL must be an https address that Shopify can reach, and the app must have its scopes.",
        )
    return states


def word_of(topic: str) -> str:
    """The API's word for a topic.

    >>> word_of("customer.tags_added"), word_of("products/update")
    ('CUSTOMER_TAGS_ADDED', 'PRODUCTS_UPDATE')
    """
    return re.sub(r"[./]", "_", topic).upper()


def refuse_unsigned(credentials: Mapping[str, str]) -> None:
    """Raise PermanentError when no message of the shop could be believed: its app's secret is not known here."""
    if not secrets(credentials, ""):
        raise PermanentError(
            "Shopify signs webhooks with the app's secret, which is not known here.",
            hint="Set LUNEO_SHOPIFY_CLIENT_SECRET, or connect the shop with its --app-secret.",
        )


async def silent(graph: Graph, url: str, topics: Sequence[str] = TOPICS) -> list[str]:
    """The topics that the shop does not tell `url` of. Changes nothing."""
    told = {one["topic"] for one in await _all(graph) if _stands(one, url)}
    return [topic for topic in topics if word_of(topic) not in told]


async def remove(graph: Graph, url: str) -> int:
    """Delete every subscription that delivers to `url`; how many there were."""
    ours = [one for one in await _all(graph) if _is_ours(one, url)]
    for one in ours:
        await _delete(graph, one["id"])
    return len(ours)


async def _all(graph: Graph) -> list[dict[str, Any]]:
    """Every subscription that the app made in this shop."""
    found = pages(graph, "subscriptions", {"first": PAGE}, lambda data: data.get("webhookSubscriptions"))
    return [one async for page in found for one in page]


def _is_ours(one: dict[str, Any], url: str) -> bool:
    """Whether a subscription delivers to this installation, perhaps at the address that the hub had before."""
    uri = str(one.get("uri") or "")
    if uri == url or uri.startswith((f"{url}/", f"{url}?")):
        return True
    path = urlsplit(url).path
    return OWN_PATH.fullmatch(path) is not None and urlsplit(uri).path == path


def _plain(one: dict[str, Any]) -> bool:
    """Whether it tells everything, in the form that we read."""
    narrowed = one.get("filter") or one.get("includeFields") or one.get("metafieldNamespaces")
    return not narrowed and one.get("format") == "JSON"


def _stands(one: dict[str, Any], url: str) -> bool:
    return one.get("uri") == url and _plain(one)


async def _make(graph: Graph, word: str, topic: str, url: str, kept: dict[str, Any] | None) -> WebhookState:
    """A new subscription, or the address of one that is there set right."""
    wanted: Json = {"uri": url, "format": "JSON"}
    try:
        if kept is None:
            root = "webhookSubscriptionCreate"
            said = await graph.change("subscription_create", {"topic": word, "webhookSubscription": wanted}, root)
        else:
            root = "webhookSubscriptionUpdate"
            said = await graph.change("subscription_update", {"id": kept["id"], "webhookSubscription": wanted}, root)
    except UserErrors as error:
        words = "; ".join(one.message for one in error.errors)
        return WebhookState(topic, "", active=False, reason="" if TAKEN in words else words)
    except AccessDenied as error:
        return WebhookState(topic, "", active=False, reason=str(error))
    made = said.get("webhookSubscription") or {}
    return WebhookState(topic, str(made.get("id", "")), active=False)


async def _delete(graph: Graph, id: str) -> None:
    try:
        await graph.change("subscription_delete", {"id": id}, "webhookSubscriptionDelete")
    except UserErrors as error:
        if not all("not exist" in one.message or "not found" in one.message.lower() for one in error.errors):
            raise  # gone already is what we wanted
