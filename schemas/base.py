"""What every canonical model has in common: frozen, closed, exact."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

#: Exact decimal text: no exponent, no thousands separator, at most one point. Source: docs/architecture.md, "Lossless".
DecimalText = Annotated[str, StringConstraints(pattern=r"^-?[0-9]+(\.[0-9]+)?$", max_length=160)]

#: RFC 3339 in UTC with the precision that was received, e.g. 2026-11-22T07:07:21Z.
UtcText = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$")]

#: ISO 4217 code, upper case.
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

#: ISO 3166-1 alpha-2 country, upper case.
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]

#: What no field takes, verbatim, by vendor: {"woocommerce": {"menu_order": 0}}.
Extensions = Annotated[dict[str, dict[str, Any]], Field(default_factory=dict)]


def utc_text(value: datetime) -> str:
    """RFC 3339 in UTC, a `UtcText`.

    >>> utc_text(datetime(2026, 11, 22, 8, 0, tzinfo=UTC))
    '2026-11-22T08:00:00Z'
    """
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Canonical(BaseModel):
    """Base of all canonical models: unknown fields are refused, instances are frozen, absent lists are empty tuples."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")
