"""The shop's webhooks of ours: made with a secret that we know, woken when the shop has put them to sleep, removed when we go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from connectors.woocommerce.client.calls import Calls
from connectors.woocommerce.client.listing import PER_PAGE
from connectors.woocommerce.client.outcomes import Refused
from hub.ports import Remark, WebhookState

MOST_PAGES = 100


async def ensure(calls: Calls, url: str, secret: str, topics: Sequence[str]) -> list[WebhookState]:
    """One active webhook for each topic, delivering to `url`. Returns those that were missing or not active.

    WooCommerce disables a webhook at its seventh failed delivery in a row and tells nobody; it never says a secret again,
    so the woken one is given ours anew.
    """
    troubled: list[WebhookState] = []
    ours = [hook for hook in await _all(calls) if hook.get("delivery_url") == url]
    for topic in topics:
        same = sorted((hook for hook in ours if hook.get("topic") == topic), key=lambda hook: hook["id"])
        if not same:
            troubled.append(WebhookState(topic, await _create(calls, topic, url, secret), active=False))
            continue
        kept = next((hook for hook in same if hook.get("status") == "active"), same[0])
        for hook in same:
            if hook is not kept:
                await _delete(calls, hook["id"])
        if kept.get("status") != "active":
            await calls.one("PUT", f"webhooks/{kept['id']}", payload={"status": "active", "secret": secret})
            troubled.append(WebhookState(topic, str(kept["id"]), active=False))
    return troubled


async def examine(calls: Calls, url: str, topics: Sequence[str]) -> list[Remark]:
    """Whether the shop's webhooks of ours are there and active, in one remark. Changes nothing."""
    active = {
        hook.get("topic") for hook in await _all(calls) if hook.get("delivery_url") == url and hook.get("status") == "active"
    }
    if silent := [topic for topic in topics if topic not in active]:
        words = f"webhooks: {len(topics) - len(silent)} of {len(topics)} are active in the shop; silent: {', '.join(silent)}"
        return [Remark("amber", words, "luneo up mends them within the hour; luneo sync brings what they missed.")]
    return [Remark("green", f"webhooks: all {len(topics)} are active in the shop")]


async def remove(calls: Calls, url: str) -> int:
    """Delete every webhook that delivers to `url`; how many there were."""
    ours = [hook["id"] for hook in await _all(calls) if hook.get("delivery_url") == url]
    for id in ours:
        await _delete(calls, id)
    return len(ours)


async def _all(calls: Calls) -> list[dict[str, Any]]:
    """Every webhook of the shop, by `page`: this list ignores `offset` (woocommerce#66818)."""
    found: dict[int, dict[str, Any]] = {}
    for page in range(1, MOST_PAGES + 1):
        params = {"per_page": str(PER_PAGE), "page": str(page), "orderby": "id", "order": "asc", "status": "all"}
        rows = await calls.rows("webhooks", params)
        hooks = [msgspec.json.decode(raw) for raw in rows.raws]
        found |= {hook["id"]: hook for hook in hooks if isinstance(hook, dict) and type(hook.get("id")) is int}
        if len(hooks) < PER_PAGE:
            break
    return list(found.values())


async def _create(calls: Calls, topic: str, url: str, secret: str) -> str:
    name = f"Luneo Hub: {topic}"
    text, _ = await calls.one("POST", "webhooks", payload={"name": name, "topic": topic, "delivery_url": url, "secret": secret})
    return str(msgspec.json.decode(text)["id"])


async def _delete(calls: Calls, id: int) -> None:
    try:
        await calls.one("DELETE", f"webhooks/{id}", {"force": "true"})
    except Refused as refused:
        if refused.status != 404:  # gone already is what we wanted
            raise
