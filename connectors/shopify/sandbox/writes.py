"""What the shop remembers of writes, beside its objects: keys that were used, uploads under way, files it serves."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.shopify.sandbox.state import Json


@dataclass(slots=True)
class Staged:
    """One upload that was asked for. `content` None: it has not come."""

    kind: str
    filename: str
    mime: str
    size: int | None
    policy: str
    content: bytes | None = None


@dataclass(slots=True)
class Writes:
    """seconds: how long the shop works on a file; idempotent: key → (its input, what was answered); staged: by key of the
    form; files: name → (mime type, content)."""

    seconds: float = 0.2
    idempotent: dict[str, tuple[str, Json]] = field(default_factory=dict)
    staged: dict[str, Staged] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
