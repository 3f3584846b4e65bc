"""What the doctor says of a shop's token: its kind, what is left, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.shopify.health import span, token


def offline(hour: timedelta, refresh: timedelta) -> dict[str, str]:
    now = datetime.now(UTC)
    ends = {"expires_at": (now + hour).isoformat(), "refresh_expires_at": (now + refresh).isoformat()}
    return {"kind": "offline", "token": "shpat_x", "refresh_token": "shprt_x", "scope": "read_products", **ends}


@pytest.mark.parametrize(
    ("days", "level"), [(80, "green"), (13, "amber"), (-1, "red")], ids=["far away", "soon", "past"]
)  # fmt: skip
def test_an_offline_token_is_as_good_as_its_refresh_token(days: int, level: str) -> None:
    said = token(offline(timedelta(minutes=44, seconds=30), timedelta(days=days, hours=1)))
    assert said.level == level
    assert (days < 0) or ("good for 44 minutes" in said.words and f"{days} days" in said.words)
    assert (level == "green") or said.hint


def test_a_token_that_has_ended_is_renewed_by_itself() -> None:
    assert "renewed when it is used next" in token(offline(timedelta(minutes=-3), timedelta(days=80))).words


def test_client_credentials_are_asked_for_again_by_themselves() -> None:
    said = token({"client_id": "a", "client_secret": "b"})
    assert said.level == "green" and "client credentials" in said.words


def test_a_span_is_said_in_the_unit_that_tells_most() -> None:
    assert [span(timedelta(hours=hours)) for hours in (1, 2, 47, 48)] == ["60 minutes", "2 hours", "47 hours", "2 days"]
