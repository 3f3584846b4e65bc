"""How a shop is, for `luneo doctor`: its token, scopes, the API's version, its points, and its webhooks. One line for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from connectors.shopify.client.graph import Graph, Said
from connectors.shopify.connector import API_VERSION
from connectors.shopify.library import lacking
from connectors.shopify.settings import SCOPES
from connectors.shopify.subscriptions import TOPICS, silent
from connectors.shopify.tokens import KEEP, OPEN_AGAIN, kind_of, left
from hub.ports import Opening, Remark

FEW: Final = 0.1  # of the bucket: with less left, somebody asks much
OLD_ORDERS: Final = "read_all_orders"


async def examine(opening: Opening, url: str | None) -> Sequence[Remark]:
    """Ask the shop and say what there is to know. Raises ConnectorError."""
    graph = Graph(opening)
    said = await graph.ask("shop")
    found = [token(opening.credentials), *scopes(said), version(said), *points(said)]
    return found if url is None else [*found, webhooks(await silent(graph, url))]


def token(credentials: Mapping[str, str]) -> Remark:
    """Its kind and the time it has left."""
    kind = kind_of(credentials)
    if kind == "static":
        return Remark("green", "token: static, good until the merchant takes it away")
    if kind == "permanent":
        return Remark("green", "token: an old one without an end; it is exchanged for one that is renewed when it is used next")
    now = left(credentials, "expires_at")
    lasts = f"good for {span(now)}" if now > timedelta(0) else "renewed when it is used next"
    if kind == "client_credentials":
        return Remark("green", f"token: of the app's own client credentials, {lasts}, then asked for again")
    until = left(credentials, "refresh_expires_at")
    words = f"token: offline, {lasts}; its refresh token is good for {span(until)}"
    if until <= timedelta(0):
        return Remark("red", "token: its refresh token has ended", OPEN_AGAIN)
    if until < KEEP:
        return Remark("amber", words, "luneo up uses it in time; without it: luneo sync.")
    return Remark("green", words)


def scopes(said: Said) -> Iterator[Remark]:
    """What the app may do, and what it may not."""
    installed = said.data.get("currentAppInstallation") or {}
    given = [str(one.get("handle")) for one in installed.get("accessScopes") or ()]
    if missing := lacking(given, SCOPES):
        yield Remark(
            "amber", f"scopes: without {', '.join(missing)}", "Add them to the app; the merchant agrees when opening it again."
        )
    else:
        yield Remark("green", f"scopes: {len(given)}, all that reading and writing need")
    if lacking(given, (OLD_ORDERS,)):
        yield Remark("amber", "scopes: only orders of the last 60 days are shown", f"Ask Shopify for {OLD_ORDERS} for the app.")


def version(said: Said) -> Remark:
    """The version that serves us (compared on every answer), and whether there is a newer one."""
    known = [str(one["handle"]) for one in said.data.get("publicApiVersions") or () if one.get("supported")]
    newer = [handle for handle in known if handle > API_VERSION and handle[:1].isdigit()]
    if known and API_VERSION not in known:
        return Remark("red", f"API: {API_VERSION} is not supported any more", "Update luneo-hub.")
    more = f"; newer ones: {', '.join(newer)}" if newer else ", the newest"
    return Remark("green", f"API: served by {API_VERSION}{more}")


def points(said: Said) -> Iterator[Remark]:
    """What is left in the shop's bucket."""
    if said.cost is None:
        return
    cost = said.cost
    words = f"points: {cost.available:,.0f} of {cost.maximum:,.0f} left, {cost.restore:,.0f} more every second"
    few = cost.available < cost.maximum * FEW
    yield Remark("amber", words, "Somebody asks this shop much at the moment.") if few else Remark("green", words)


def webhooks(quiet: Sequence[str]) -> Remark:
    """Whether all our subscriptions stand."""
    if not quiet:
        return Remark("green", f"webhooks: all {len(TOPICS)} subscriptions stand in the shop")
    words = f"webhooks: {len(TOPICS) - len(quiet)} of {len(TOPICS)} subscriptions stand in the shop; missing: {', '.join(quiet)}"
    return Remark("amber", words, "luneo up makes them again within the hour; luneo sync brings what they missed.")


def span(time: timedelta) -> str:
    """Days, hours or minutes.

    >>> span(timedelta(days=89, hours=3)), span(timedelta(minutes=90)), span(timedelta(seconds=90))
    ('89 days', '90 minutes', '1 minute')
    """
    minutes = int(time.total_seconds() // 60)
    for size, unit in ((1440, "days"), (60, "hours")):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
