"""Reading an answer of the GraphQL API: its version, data, cost and clock, and what each of its errors means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.shopify.client.troubles import AccessDenied, CostTooHigh, Denied, http_date, line, not_json, refusal
from hub.errors import ConnectorError, PermanentError, RetryableError
from hub.ports import HttpAnswer, Json, Tariff
from schemas import exact

VERSION_HEADER = "x-shopify-api-version"
DENIED = "ACCESS_DENIED"
SERVER = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})
TOO_DEAR = "MAX_COST_EXCEEDED"
CLOSED = "SHOP_INACTIVE"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as far as it can be read. `data` is None when nothing came; `requested` in points."""

    data: Json | None
    errors: Sequence[Json]
    search: Sequence[Any]
    cost: Mapping[str, Any]
    at: datetime | None
    request_id: str

    @property
    def codes(self) -> set[str]:
        return {code_of(error) for error in self.errors}

    @property
    def requested(self) -> float | None:
        """What was asked for; an answer that refuses too dear a request says so in its error alone."""
        told: Mapping[str, Any] = next((error["extensions"] for error in self.errors if code_of(error) == TOO_DEAR), {})
        return _number(told.get("cost") or self.cost.get("requestedQueryCost"))

    def tariff(self, asked: float) -> Tariff | None:
        """What it says of the shop's bucket, for `Budget.told`; None when it says nothing."""
        status = self.cost.get("throttleStatus")
        if not isinstance(status, dict):
            return None
        figures = [_number(status.get(name)) for name in ("currentlyAvailable", "maximumAvailable", "restoreRate")]
        available, maximum, restore = figures
        if available is None or not maximum or not restore:
            return None
        return Tariff(asked, _number(self.cost.get("actualQueryCost")), available, maximum, restore)


def read(answer: HttpAnswer, version: str, where: str) -> Answer:
    """The answer, decoded exactly. Raises ConnectorError for another status, another version, or a body that is no answer."""
    served = answer.headers.get(VERSION_HEADER)
    if served is not None and served != version:
        raise _other_version(served, version, where)
    if not 200 <= answer.status < 300:
        raise refusal(answer.status, answer.headers, answer.body, where)
    try:
        found = exact.decode(answer.body)
    except exact.NotJson:
        raise not_json(answer.body, where) from None
    if not isinstance(found, dict) or not ("data" in found or "errors" in found):
        raise RetryableError(f"{where} sent an answer without data.")
    if served is None:
        raise _other_version("a version that it does not name", version, where)
    data, errors, extensions = found.get("data"), found.get("errors") or [], found.get("extensions")
    errors = errors if isinstance(errors, list) else [errors]
    extensions = extensions if isinstance(extensions, dict) else {}
    cost, search = extensions.get("cost"), extensions.get("search")
    return Answer(
        data=data if isinstance(data, dict) else None,
        errors=[one if isinstance(one, dict) else {"message": str(one)} for one in errors],
        search=search if isinstance(search, list) else (),
        cost=cost if isinstance(cost, dict) else {},
        at=http_date(answer.headers.get("date", "")),
        request_id=answer.headers.get("x-request-id", ""),
    )


def _other_version(served: str, version: str, where: str) -> PermanentError:
    return PermanentError(
        f"{where} was served by {line(served)}, not by API version {version}.",
        hint="This version is no longer supported, or something between us and Shopify changes it: update Luneo Hub.",
    )


def denied(answer: Answer) -> tuple[Denied, ...]:
    """The paths that came empty for want of a permission."""
    return tuple(
        Denied(tuple(error.get("path") or ()), line(error.get("message", "")))
        for error in answer.errors
        if code_of(error) == DENIED
    )


def trouble(answer: Answer, where: str, *, partial: bool) -> ConnectorError | None:
    """The error that the answer's errors amount to, worst first; None when its data can be used."""
    codes = answer.codes
    if TOO_DEAR in codes:
        return CostTooHigh(f"{where}: the request would cost too much: {_first(answer)}", requested=answer.requested)
    if codes & SERVER:
        named = f" (request {answer.request_id})" if answer.request_id else ""
        return RetryableError(f"{where}: Shopify had an internal error{named}: {_first(answer)}", status=500)
    if CLOSED in codes:
        return PermanentError(f"{where}: the shop is inactive: {_first(answer)}", hint="Its owner must open it again.")
    others = codes - {DENIED}
    if others:
        return PermanentError(f"{where}: Shopify refuses the request{_named(others)}: {_first(answer, but=DENIED)}")
    if DENIED in codes and (not partial or answer.data is None):
        return AccessDenied(f"{where}: the shop denies access: {_first(answer)}", hint="Give the app the scope that is named.")
    if answer.data is None:
        return RetryableError(f"{where} sent an answer without data.")
    return _warned(answer, where)


def _warned(answer: Answer, where: str) -> ConnectorError | None:
    """A filter that Shopify does not know is ignored, and everything comes: only a warning tells."""
    for one in answer.search:
        for warning in one.get("warnings") or () if isinstance(one, dict) else ():
            text = warning.get("message", warning) if isinstance(warning, dict) else warning
            return PermanentError(f"{where}: Shopify ignores a part of the search {line(one.get('query', ''))!r}: {line(text)}.")
    return None


def code_of(error: Mapping[str, Any]) -> str:
    """Shopify's word for an error; "" for those that have none."""
    extensions = error.get("extensions")
    return str(extensions.get("code") or "") if isinstance(extensions, dict) else ""


def _first(answer: Answer, but: str = "") -> str:
    return line(next((error.get("message", "") for error in answer.errors if not but or code_of(error) != but), ""))


def _named(codes: set[str]) -> str:
    words = ", ".join(sorted(code for code in codes if code))
    return f" ({words})" if words else ""


def _number(value: Any) -> float | None:
    """A figure of the cost extension: int or Decimal; None for anything else."""
    try:
        return None if value is None or isinstance(value, (bool, str)) else float(value)
    except (TypeError, ValueError):
        return None
