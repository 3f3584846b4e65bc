"""L28: the vendor's API version that a connector is written for will live for a while yet."""

from __future__ import annotations

from datetime import date

from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must

DAYS = 90


@law("L28", f"the API version lives for {DAYS} days or more")
async def api_version(ground: Ground) -> str:
    """The manifest says until when."""
    manifest = ground.connector.manifest
    if manifest.api_expires is None:
        return f"{manifest.api_version} has no date of expiry"
    left = (manifest.api_expires - date.today()).days
    must(left >= DAYS, f"{manifest.api_version} ends on {manifest.api_expires}, in {left} days: move to a newer one")
    return f"{manifest.api_version} ends on {manifest.api_expires}, in {left} days"
