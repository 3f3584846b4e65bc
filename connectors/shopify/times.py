"""Moments as Shopify's API writes them: `2026-11-22T07:07:21Z`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def moment(value: Any) -> datetime | None:
    """Shopify's time as UTC; None for what is none.

    >>> moment("2026-11-22T08:07:21+01:00"), moment("soon"), moment(None)
    (datetime.datetime(2026, 11, 22, 7, 7, 21, tzinfo=datetime.timezone.utc), None, None)
    """
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """A moment in UTC, to the second.

    >>> stamp(datetime(2026, 11, 22, 7, 7, 21, 5, UTC))
    '2026-11-22T07:07:21Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
