"""Which rows of a page are worth mapping: decided on fingerprints and times, before anything is decoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from hub.catalog.fingerprint import fingerprinter, with_unseen
from hub.catalog.known import Known
from hub.ports import Resource, Row
from hub.sync.paging import Slice

Kept = Mapping[str, tuple[bytes, datetime | None]]  # child id → fingerprint and time of what is kept
NO_ROWS: Sequence[Row] = ()


class Candidate(NamedTuple):
    """A row with its nested objects and their fingerprints. incomplete: why not all of them came, in words."""

    row: Row
    print: bytes
    children: Sequence[Row]
    prints: Sequence[bytes]
    incomplete: str | None
    at: datetime | None


def candidates(resource: Resource, parts: Iterable[Slice]) -> dict[str, Candidate]:
    """The rows of some slices by vendor id; of a row that came twice, the later one."""
    of_row, of_child = fingerprinter(resource.volatile), fingerprinter(resource.child_volatile)
    found: dict[str, Candidate] = {}
    for part in parts:
        nested, incomplete = part.children.rows, part.children.incomplete
        for row in part.rows:
            children = nested.get(row.id, NO_ROWS)
            prints = [of_child(child.body) for child in children] if children else ()
            print = with_unseen(of_row(row.body), row.unseen) if row.unseen else of_row(row.body)
            found[row.id] = Candidate(row, print, children, prints, incomplete.get(row.id) or row.incomplete, part.at)
    return found


def is_unchanged(one: Candidate, known: Known | None, kept: Kept) -> bool:
    """Whether the very same bytes are kept already, children included, and their record is in order."""
    if known is None or known.loose or one.incomplete or known.fingerprint != one.print or len(kept) != len(one.children):
        return False
    return all(
        (held := kept.get(child.id)) is not None and held[0] == print
        for child, print in zip(one.children, one.prints, strict=True)
    )


def is_stale(one: Candidate, known: Known | None, kept: Kept, now: datetime) -> bool:
    """Whether something newer is kept already: an answer that was overtaken. `now`: the store's time.

    A kept time in the store's future (a scheduled product) says nothing: it will go back when the product is published.
    """
    if known is None:
        return False
    if _older(one.row.modified, known.modified, one.at or now):
        return True
    return any(_older(child.modified, kept[child.id][1], one.at or now) for child in one.children if child.id in kept)


def _older(new: datetime | None, kept: datetime | None, now: datetime) -> bool:
    return new is not None and kept is not None and new < kept <= now
