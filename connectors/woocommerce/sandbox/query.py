"""What a listing request asks for: its parameters checked as WordPress checks them, and the dates read as it reads them.

The time zone trap: every date, with or without an offset, is turned into the store's local time; `dates_are_gmt` only
chooses the column it is compared with. So `…Z` together with `dates_are_gmt=true` is off by the zone's offset.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.woocommerce.sandbox import orders
from connectors.woocommerce.sandbox.clock import Clock
from connectors.woocommerce.sandbox.errors import Problem, invalid, not_of_type, not_one_of

Query = dict[str, str]

_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?$")
_PRODUCT_ORDERBY = (
    *("date", "id", "include", "title", "slug", "modified", "popularity", "rating", "post__in", "price", "sales"),
    *("menu_order", "random", "popularity", "rating", "menu_order", "price", "popularity", "rating"),
)
_POST_ORDERBY = ("date", "id", "include", "title", "slug", "modified")
_PRODUCT_STATUS = ("any", "future", "trash", "draft", "pending", "private", "publish")
_ORDER_STATUS = ("any", "trash", *orders.STATUSES, "checkout-draft")
_DATES = ("after", "before", "modified_after", "modified_before")


@dataclass(frozen=True)
class Rules:
    """What one collection accepts."""

    orderby: tuple[str, ...]
    first: str = "date"
    order: str = "desc"
    statuses: tuple[str, ...] = ()
    dates: tuple[str, ...] = _DATES
    offset: bool = True


RULES = {
    "products": Rules(_PRODUCT_ORDERBY, statuses=_PRODUCT_STATUS),
    "variations": Rules((*_POST_ORDERBY, "menu_order"), statuses=_PRODUCT_STATUS),
    "orders": Rules(_POST_ORDERBY, statuses=_ORDER_STATUS),
    "refunds": Rules(_POST_ORDERBY),
    # no modified filter exists for customers: the parameter is ignored in silence
    "customers": Rules(("id", "include", "name", "registered_date"), "name", "asc", dates=()),
    "webhooks": Rules(("date", "id", "title"), statuses=("all", "active", "paused", "disabled"), dates=(), offset=False),
}


@dataclass
class Listing:
    """A checked listing request. Dates are naive seconds in the store's zone."""

    page: int = 1
    per_page: int = 10
    offset: int | None = None
    orderby: str = "date"
    descending: bool = True
    statuses: tuple[str, ...] = ()
    include: tuple[int, ...] = ()
    exclude: tuple[int, ...] = ()
    bounds: dict[str, int] = field(default_factory=dict)
    gmt: bool = False
    words: Query = field(default_factory=dict)  # sku, search, type, email, role, parent, customer as given

    @property
    def start(self) -> int:
        return self.offset if self.offset is not None else (self.page - 1) * self.per_page

    def key(self) -> tuple[object, ...]:
        """Equal for requests that select and order the same rows."""
        chosen = (self.orderby, self.descending, self.statuses, self.include, self.exclude, self.gmt)
        return (*chosen, tuple(sorted(self.bounds.items())), tuple(sorted(self.words.items())))


def listing(resource: str, query: Query, clock: Clock) -> Listing:
    """Check the parameters. Raises Refusal (400 rest_invalid_param) that names each bad one."""
    rules, found = RULES[resource], Listing()
    bad: dict[str, Problem] = {}
    found.page = _integer(query, "page", 1, None, 1, bad)
    found.per_page = _integer(query, "per_page", 1, 100, 10, bad)
    if rules.offset and query.get("offset", "") != "":
        found.offset = _integer(query, "offset", None, None, 0, bad)
    found.include = _integers(query, "include", bad)
    found.exclude = _integers(query, "exclude", bad)
    found.orderby = _word(query, "orderby", rules.orderby, rules.first, bad)
    found.descending = _word(query, "order", ("asc", "desc"), rules.order, bad) == "desc"
    if rules.statuses and (asked := _csv(query, "status")):
        found.statuses = asked
        if not set(asked) <= set(rules.statuses):
            bad["status"] = not_one_of("status", rules.statuses)
    for name in rules.dates:
        if name in query:
            stamp = local_seconds(query[name], clock)
            if stamp is None:
                bad[name] = ("rest_invalid_date", "Invalid date.", None)
            else:
                found.bounds[name] = stamp
    found.gmt = query.get("dates_are_gmt", "false").lower() in {"1", "true"}
    names = ("sku", "search", "type", "email", "role", "parent", "customer")
    found.words = {name: query[name] for name in names if query.get(name)}
    if bad:
        raise invalid(bad)
    return found


def local_seconds(text: str, clock: Clock) -> int | None:
    """A date of a filter as naive local seconds; None when WordPress would not read it as a date."""
    if not _DATE.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(clock.zone).replace(tzinfo=None)
    return int(moment.replace(microsecond=0, tzinfo=UTC).timestamp())


def _csv(query: Query, name: str) -> tuple[str, ...]:
    """`a,b` or `name[]=a&name[]=b`, as PHP reads both."""
    listed = [part for key, value in query.items() if key.split("[")[0] == name for part in value.split(",")]
    return tuple(part.strip() for part in listed if part.strip())


def _integers(query: Query, name: str, bad: dict[str, Problem]) -> tuple[int, ...]:
    parts = _csv(query, name)
    if not all(part.lstrip("-").isdigit() for part in parts):
        bad[name] = not_of_type(f"{name}[0]", "integer")
        return ()
    return tuple(int(part) for part in parts)


def _integer(query: Query, name: str, low: int | None, high: int | None, first: int, bad: dict[str, Problem]) -> int:
    text = query.get(name)
    if text is None:
        return first
    if not text.lstrip("-").isdigit():
        bad[name] = not_of_type(name, "integer")
        return first
    value = int(text)
    if low is not None and high is not None and not low <= value <= high:
        bounds = f"{name} must be between {low} (inclusive) and {high} (inclusive)"
        bad[name] = ("rest_out_of_bounds", bounds, None)
    elif low is not None and value < low:
        bad[name] = ("rest_out_of_bounds", f"{name} must be greater than or equal to {low}", None)
    return value


def _word(query: Query, name: str, allowed: tuple[str, ...], first: str, bad: dict[str, Problem]) -> str:
    value = query.get(name, first)
    if value not in allowed:
        bad[name] = not_one_of(name, allowed)
    return value
