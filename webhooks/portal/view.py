"""What portal pages show of endpoints: settings in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from hub.db.unit import Unit
from webhooks.partners import endpoints
from webhooks.partners.bounds import no_endpoint
from webhooks.partners.endpoints import Endpoint
from webhooks.portal.pages import Visitor
from webhooks.portal.speech import Said


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint on a page. title: its description, or its server; held: the sender alone may switch it on."""

    id: UUID
    title: str
    url: str
    enabled: bool
    held: bool
    types: Sequence[str]
    rules: Sequence[str]
    signatures: Sequence[str]
    created_at: datetime


async def mine(unit: Unit, visitor: Visitor, endpoint: UUID) -> Endpoint:
    """One of the visitor's own application. Raises NotFound for any other."""
    found = await endpoints.get(unit, endpoint)
    if found.application != visitor.visit.application:
        raise no_endpoint(endpoint)
    return found


def endpoint_view(t: Said, endpoint: Endpoint) -> EndpointView:
    """The endpoint in the words of this language."""
    url = endpoint.url or t("endpoint.pull")
    server = urlsplit(url).hostname
    return EndpointView(
        endpoint.id,
        endpoint.description or server or url,
        url,
        endpoint.enabled,
        endpoint.disabled_reason == "operator",
        endpoint.types,
        rules(t, endpoint),
        endpoint.signatures,
        endpoint.created_at,
    )


def rules(t: Said, endpoint: Endpoint) -> list[str]:
    """The settings that are not as they are at first, each in a sentence."""
    found = []
    if endpoint.filter is not None:
        found.append(t("rule.filter", filter=json.dumps(endpoint.filter, ensure_ascii=False)))
    if endpoint.header_names:
        found.append(t("rule.headers", names=", ".join(endpoint.header_names)))
    if endpoint.rate_limit is not None:
        found.append(t.count("rule.rate", endpoint.rate_limit))
    if endpoint.retry is not None:
        found.append(t.count("rule.retry", len(endpoint.retry)))
    if endpoint.ordered:
        found.append(t("rule.ordered"))
    if endpoint.causes:
        found.append(t("rule.causes"))
    if "v1a" in endpoint.signatures:
        found.append(t("rule.v1a"))
    return found
