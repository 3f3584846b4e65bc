"""The versions of the Admin API, and which of them serves a request.

Shopify, "About Shopify API versioning": an unsupported or missing version is served by the oldest supported one, and only the
response header `X-Shopify-API-Version` tells.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.shopify.sandbox.state import Json


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the API as it stands in November 2026."""

    handle: str
    supported: bool = True
    candidate: bool = False

    def told(self) -> Json:
        """As `publicApiVersions` lists it."""
        ending = " (Release candidate)" if self.candidate else ""
        return {"handle": self.handle, "displayName": f"{self.handle}{ending}", "supported": self.supported}


VERSIONS = (
    Version("2026-01"),
    Version("2026-04"),
    Version("2026-07"),
    Version("2026-10"),
    Version("2027-01", supported=False, candidate=True),
    Version("unstable", supported=False, candidate=True),
)
SERVED = frozenset(version.handle for version in VERSIONS)


def served_by(asked: str | None) -> str:
    """The version that answers.

    >>> served_by("2025-10"), served_by("2026-10"), served_by(None)
    ('2026-01', '2026-10', '2026-01')
    """
    return asked if asked in SERVED else VERSIONS[0].handle
