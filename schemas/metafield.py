"""Metafields: typed, namespaced values on a shop's record."""

from __future__ import annotations

from typing import Any

from schemas.base import Canonical, Extensions


class Metafield(Canonical):
    """A typed, namespaced value.

    type: "text", "number", "boolean", "json" or the vendor's own word, kept verbatim; value: JSON as the vendor holds it;
    owner: the record that carries it when it is not the enclosing one; source_id: the vendor's id of the entry.
    """

    namespace: str
    key: str
    type: str
    value: Any = None
    owner: str | None = None
    source_id: str | None = None
    ext: Extensions
