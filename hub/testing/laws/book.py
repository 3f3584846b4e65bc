"""The book of laws: number → title and function, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from hub.errors import NotFound

if TYPE_CHECKING:
    from hub.testing.laws.ground import Ground

#: Runs a law: returns what was seen, in words; raises Broken or Exempt.
Trying = Callable[["Ground"], Awaitable[str]]

ROOMS: Final = (
    "paging", "short_pages", "dirty", "quarantine", "refusals", "keys", "crash", "ties", "clocks", "nested",
    "text", "money", "round_trip", "enums", "inbound", "echo", "sweeps", "secrets", "memory", "thrift", "versions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Law:
    """One law."""

    number: str
    title: str
    trying: Trying


_LAWS: dict[str, Law] = {}


def law(number: str, title: str) -> Callable[[Trying], Trying]:
    """Enter a function into the book."""

    def enter(trying: Trying) -> Trying:
        _LAWS[number] = Law(number, title, trying)
        return trying

    return enter


def laws() -> dict[str, Law]:
    """All laws by number, L1 first."""
    for room in ROOMS:
        import_module(f"hub.testing.laws.{room}")
    return dict(sorted(_LAWS.items(), key=lambda item: int(item[0][1:])))


def choose(only: str | None) -> list[Law]:
    """All of them, or the one that is named (`L4`, `l4` or `4`). Raises NotFound."""
    book = laws()
    if only is None:
        return list(book.values())
    number = f"L{only.strip().upper().removeprefix('L')}"
    if number not in book:
        raise NotFound(f"There is no law {only!r}.", hint=f"They are {next(iter(book))} to {list(book)[-1]}.")
    return [book[number]]
