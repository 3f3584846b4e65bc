"""What comes of a law: held, broken with the request or row that broke it, or exempt with the reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Word = Literal["held", "broken", "exempt"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One law's outcome. reason: what was seen, in one line; request: the request or row that broke it."""

    law: str
    title: str
    outcome: Word
    reason: str = ""
    request: str = ""
    seconds: float = 0.0

    @property
    def held(self) -> bool:
        """Whether nothing is wrong."""
        return self.outcome != "broken"

    def state(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self) | {"seconds": round(self.seconds, 2)}


class Broken(Exception):
    """A law does not hold. `request`: the exact request or row at fault."""

    def __init__(self, reason: str, request: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.request = request


class Exempt(Exception):
    """A law has nothing to say about this connector; the text says why."""


def must(good: object, reason: str, request: str = "") -> None:
    """Raise Broken unless `good`."""
    if not good:
        raise Broken(reason, request)


def some(ids: object, most: int = 5) -> str:
    """A few of many ids for a message.

    >>> some({"3", "1"}), some(range(9), most=2)
    ('1, 3', '0, 1 and 7 more')
    """
    found = sorted(map(str, ids), key=lambda id: (len(id), id))  # type: ignore[call-overload]
    rest = len(found) - most
    return ", ".join(found[:most]) + (f" and {rest} more" if rest > 0 else "")
