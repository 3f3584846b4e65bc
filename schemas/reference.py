"""References to records in somebody else's system."""

from __future__ import annotations

from schemas.base import Canonical


class ExternalRef(Canonical):
    """One record in a vendor's system. `kind` is the vendor's word, `id` always text; `gid` and `url` where it has them."""

    connector: str
    kind: str
    id: str
    gid: str | None = None
    url: str | None = None
