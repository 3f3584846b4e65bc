"""Connecting: is this a WooCommerce, does it take the key, what does it say of itself. A clear line for each failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from connectors.woocommerce.address import normalise_url, shop_of
from connectors.woocommerce.client import dirty, outcomes
from connectors.woocommerce.client.calls import Calls
from connectors.woocommerce.client.headers import read_rows
from connectors.woocommerce.client.outcomes import WRITE_HINT, KeyRefused, Refused
from hub.errors import ConnectorError, PermanentError, ReauthorizationError, RetryableError
from hub.ports import HttpAnswer, Json, Opening, Probe, ShopSettings

NAMESPACE = "wc/v3"
UNITS = {"lbs": "lb"}  # WooCommerce's word → UCUM-like word of the canonical form; the others are the same
KNOWN_UNITS = frozenset({"kg", "g", "lb", "oz", "m", "cm", "mm", "in", "yd"})


@dataclass(frozen=True, slots=True)
class Index:
    """What /wp-json/ says. `open` is False where a plugin hides it from strangers."""

    rest_route: bool
    site: Mapping[str, Any]
    open: bool = True


class NoIndex(PermanentError):
    """Nothing at the address looks like a WordPress REST API."""


async def probe(opening: Opening) -> Probe:
    """Check address and key, read settings and capabilities. Raises ConnectorError with one clear line; changes nothing."""
    url = normalise_url(opening.url)
    if url.startswith("http:") and not opening.allow_http:
        raise PermanentError(
            f"{url} is plain http: orders would travel in the open.", hint="Use https://, or --allow-http for a shop of your own."
        )
    for field in ("key", "secret"):
        if not opening.credentials.get(field, "").strip():
            raise PermanentError(f"The consumer {field} is missing.", hint=WRITE_HINT)
    opening = _with(opening, url, {})
    try:
        index = await _index(Calls(opening))
    except NoIndex:
        if not await _sells(Calls(opening)):
            raise
        index = Index(rest_route=False, site={})  # hidden even from the key, and a shop all the same
    opening = _with(opening, url, {"rest_route": True} if index.rest_route else {})
    calls, status = await _signed_in(opening)
    await _may_write(calls)
    environment, settings = _dict(status, "environment"), _dict(status, "settings")
    capabilities: Json = {
        "auth": calls.auth,
        "variations": await _offers(calls, "variations"),
        "refunds": await _offers(calls, "refunds"),
        "offset": await _skips(calls),
        "wc_version": _text(environment.get("version")) or "",
        "hpos": bool(settings.get("HPOS_enabled")),
        **({"rest_route": True} if index.rest_route else {}),
    }
    return Probe(
        shop=shop_of(url),
        name=_text(index.site.get("name")) or shop_of(url),
        url=url,
        settings=await _settings(calls, index.site, settings),
        capabilities=capabilities,
        api_version=NAMESPACE,
    )


def _with(opening: Opening, url: str, capabilities: Json) -> Opening:
    credentials = {name: value.strip() for name, value in opening.credentials.items()}
    return Opening(url, credentials, opening.http, opening.budget, capabilities, opening.allow_http, opening.installation)


async def _index(calls: Calls) -> Index:
    """The site's REST API, by its pretty address or, where permalinks are plain, by `?rest_route=`."""
    for rest_route in (False, True):
        answer = await calls.index(rest_route)
        where = calls.url.partition("://")[2]
        if 300 <= answer.status < 400 and not rest_route:
            raise outcomes.redirected(answer.headers, where)
        found = _object(answer, where)
        if "namespaces" in found:
            if NAMESPACE not in found["namespaces"]:
                raise PermanentError(
                    f"{where} is WordPress without WooCommerce (no {NAMESPACE} in its REST API).",
                    hint="Activate the WooCommerce plugin there.",
                )
            return Index(rest_route, found)
        if answer.status in (401, 403) and "code" in found:
            return Index(rest_route, {}, open=False)  # "REST API for members only": the key will tell
        if answer.status == 429 or answer.status >= 500:
            raise outcomes.refusal(answer.status, answer.headers, answer.body, where)
        _raise_maintenance(answer, where)
    raise NoIndex(
        f"{where} is not a WooCommerce shop: no WordPress REST API at /wp-json/.",
        hint="Give the address of the shop's front page.",
    )


def _raise_maintenance(answer: HttpAnswer, where: str) -> None:
    """A firewall's or a maintenance page is no proof that there is no shop."""
    error = dirty.not_json(answer.body, where)
    if isinstance(error, RetryableError) and error.hint in (dirty.MAINTENANCE, dirty.FIREWALL):
        raise error


def _object(answer: HttpAnswer, where: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(dirty.json_text(answer.body, where))
    except RetryableError:
        return {}
    return found if isinstance(found, dict) else {}


async def _signed_in(opening: Opening) -> tuple[Calls, dict[str, Any]]:
    """The first way of signing that the shop understands, and its system status.

    Over HTTPS a host that strips the Authorization header makes us strangers; the query string gets through there.
    """
    calls = Calls(opening)
    try:
        return calls, await _status(calls)
    except KeyRefused as refused:
        if not refused.unseen or calls.auth != "basic":
            raise
    calls = Calls(opening, auth="query")
    return calls, await _status(calls)


async def _status(calls: Calls) -> dict[str, Any]:
    """What the shop says of itself; {} where it keeps that to itself (a security plugin) and lists products all the same."""
    try:
        text, _ = await calls.one("GET", "system_status", {"_fields": "environment,settings"})
    except ReauthorizationError:
        raise
    except ConnectorError as error:
        if await _sells(calls):
            return {}
        if isinstance(error, Refused) and error.code == "rest_no_route":
            raise PermanentError(
                f"{calls.where('wc/v3')} is not offered.", hint="Activate the WooCommerce plugin in this shop."
            ) from None
        raise
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


async def _sells(calls: Calls) -> bool:
    """Whether products are listed to our key as WooCommerce lists them: rows with ids, or counted. Raises KeyRefused."""
    try:
        rows = await calls.rows("products", {"per_page": "1"})
    except ReauthorizationError:
        raise
    except ConnectorError:
        return False
    return rows.total is not None or bool(read_rows(rows.raws, rows.at)[0])


async def _may_write(calls: Calls) -> None:
    """An empty batch changes nothing, and a read-only key may not even send that. Any other refusal is about the batch."""
    try:
        await calls.send("POST", "products/batch", {}, {})
    except Refused as refused:
        if refused.status in (401, 403):
            raise
    except ReauthorizationError:
        raise
    except ConnectorError:
        return  # a firewall or a small server that takes no batches: reading needs none


async def _offers(calls: Calls, path: str) -> bool:
    """Whether the shop lists these over all parents (variations: WooCommerce 10.3, refunds: 9.0) and says whose they are."""
    try:
        await calls.rows(path, {"per_page": "1", "_fields": "id,parent_id"})
    except ReauthorizationError:
        raise
    except ConnectorError as error:
        if isinstance(error, RetryableError) and error.status == 429:
            raise
        return False  # in whatever words it says so: below each parent there is a list of its own
    return True


async def _skips(calls: Calls) -> bool:
    """Whether `offset` is honoured; without it pages are read by number and proved by id. True where too few rows can tell."""
    params = {"per_page": "1", "orderby": "id", "order": "asc", "_fields": "id", "status": "any"}
    first = await calls.rows("products", params)
    if (first.total or 0) < 2:
        return True
    second = await calls.rows("products", {**params, "offset": "1"})
    return not second.raws or bytes(second.raws[0]) != bytes(first.raws[0])


async def _settings(calls: Calls, site: Mapping[str, Any], settings: Mapping[str, Any]) -> ShopSettings:
    weight = await _setting(calls, "products/woocommerce_weight_unit")
    dimension = await _setting(calls, "products/woocommerce_dimension_unit")
    tax = await _setting(calls, "tax/woocommerce_prices_include_tax")
    currency = _text(settings.get("currency")) or await _setting(calls, "general/woocommerce_currency")
    return ShopSettings(
        currency=currency,
        weight_unit=_unit(weight),
        dimension_unit=_unit(dimension),
        timezone=timezone_of(site),
        prices_include_tax=None if tax is None else tax == "yes",
    )


async def _setting(calls: Calls, path: str) -> str | None:
    try:
        text, _ = await calls.one("GET", f"settings/{path}", {"_fields": "id,value"})
    except ReauthorizationError:
        raise
    except ConnectorError:
        return None
    return _text(msgspec.json.decode(text).get("value"))


def timezone_of(site: Mapping[str, Any]) -> str | None:
    """WordPress names a zone or gives hours of offset; whole hours have an IANA name of their own (with the sign turned).

    >>> timezone_of({"timezone_string": "", "gmt_offset": 5}), timezone_of({"gmt_offset": 5.5})
    ('Etc/GMT-5', None)
    """
    name = _text(site.get("timezone_string"))
    if name:
        return name
    try:
        hours = float(site["gmt_offset"])
    except (KeyError, TypeError, ValueError):
        return None
    if not hours.is_integer() or not -14 <= hours <= 14:
        return None
    return "Etc/UTC" if hours == 0 else f"Etc/GMT{'-' if hours > 0 else '+'}{abs(int(hours))}"


def _unit(word: str | None) -> str | None:
    unit = UNITS.get(word, word) if word else None
    return unit if unit in KNOWN_UNITS else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _dict(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    return value if isinstance(value, dict) else {}
