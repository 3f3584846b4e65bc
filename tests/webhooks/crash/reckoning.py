"""The reckoning: what publishers were promised, beside what the receiver got. Pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.webhooks.sink import Receipt

FLUSH = 1.0  # seconds that an outcome may take to be written on a busy machine; 20 ms on an idle one


@dataclass(frozen=True, slots=True)
class Promise:
    """One event that was answered 202."""

    event: str  # the id that the hub gave
    key: str
    n: int


@dataclass(frozen=True, slots=True)
class Kill:
    """A process that was killed. `since`: from when on outcomes may have gone unwritten (the database was away), else `at`."""

    what: str
    at: float
    since: float


@dataclass
class Reckoning:
    """What is wrong, and how many receipts there were too many."""

    missing: list[Promise] = field(default_factory=list)
    inverted: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)  # duplicates that no kill accounts for
    twice: list[str] = field(default_factory=list)  # one number of a key under two ids: published twice
    strangers: list[str] = field(default_factory=list)  # receipts of what nobody was promised
    duplicates: int = 0
    in_flight: int = 0  # receipts whose outcome a kill may have taken along: duplicates cannot be more

    def sound(self) -> bool:
        lists = (self.missing, self.inverted, self.unexplained, self.twice, self.strangers)
        return not any(lists) and self.duplicates <= self.in_flight

    def __str__(self) -> str:
        parts = {name: getattr(self, name) for name in ("missing", "inverted", "unexplained", "twice", "strangers")}
        said = [f"{len(found)} {name}, such as {found[:3]}" for name, found in parts.items() if found]
        return "; ".join([*said, f"{self.duplicates} duplicates of {self.in_flight} in flight"])


def promises(lines: Iterable[str]) -> list[Promise]:
    """A ledger's."""
    return [Promise(one["event"].replace("-", ""), one["key"], one["n"]) for one in map(json.loads, lines)]


def reckon(promised: Sequence[Promise], receipts: Sequence[Receipt], kills: Sequence[Kill], *, ordered: bool) -> Reckoning:
    """Compare. `receipts` are one endpoint's, by arrival; only those that were answered 2xx have arrived for good."""
    found = Reckoning()
    got = [receipt for receipt in receipts if receipt.status is not None and 200 <= receipt.status < 300]
    first: dict[str, Receipt] = {}
    again: dict[str, Receipt] = {}
    highest: dict[str, int] = defaultdict(lambda: -1)
    names: dict[tuple[str, int], str] = {}
    for receipt in got:
        id, data = receipt.id.removeprefix("msg_"), json.loads(receipt.body)["data"]
        key, n = data["key"], data["n"]
        if id not in first:
            first[id] = receipt
            if ordered and n <= highest[key]:
                found.inverted.append(f"{key}: {n} after {highest[key]}")
            highest[key] = max(highest[key], n)
        else:
            found.duplicates += 1
            if not _explained(again.get(id, first[id]), receipt, kills):
                found.unexplained.append(f"{key} {n} again after {receipt.at - again.get(id, first[id]).at:.2f} s")
            again[id] = receipt
        if names.setdefault((key, n), id) != id:
            found.twice.append(f"{key} {n}: {names[key, n]} and {id}")
    found.missing = [promise for promise in promised if promise.event not in first]
    known = {promise.event for promise in promised}
    found.strangers = [f"{id}: {receipt.body[:100]!r}" for id, receipt in first.items() if id not in known]
    found.in_flight = sum(_open(receipt, kill) for kill in kills for receipt in got)
    return found


def _open(receipt: Receipt, kill: Kill) -> bool:
    """Whether the receipt's outcome may have been unwritten at the kill."""
    assert receipt.answered is not None
    return kill.since - FLUSH <= receipt.answered and receipt.at <= kill.at + FLUSH / 4


def _explained(before: Receipt, after: Receipt, kills: Sequence[Kill]) -> bool:
    return any(_open(before, kill) and after.at > kill.at - FLUSH / 4 for kill in kills)
