"""Puts the trees of a resource together again out of the files of its bulk operations, in bounded memory.

The order of lines means nothing, save that lists keep theirs: with groupObjects:false a child comes anywhere. So lines are
sorted by their record into files small enough to be held. What belongs to a variant does not say which product that is: the
first 200,000 variants are remembered, the lines of others go by way of files sorted by variant. Regrouping the same files again
gives the same trees in the same order, also in another process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zlib import crc32

from msgspec.json import decode, encode

from connectors.shopify.bulk.assemble import Shape
from connectors.shopify.bulk.buckets import Buckets, bucket_of
from connectors.shopify.bulk.group import Group, Single, Tree
from connectors.shopify.bulk.lines import PARENT, TAIL, Unreadable, blocks, claimed, gid_of, kind_of, lines_of, plain, read
from hub.errors import PermanentError, RetryableError
from hub.ports import BadRow

HELD: Final = 12  # blocks of a quarter megabyte that wait for being written
SMALL: Final = 3 << 20  # bytes that a bucket should have
REMEMBERED: Final = 200_000  # variants whose product is kept in memory: some 30 MB
TROUBLED: Final = 1000  # unreadable lines, before the file is taken to be something else


@dataclass(slots=True)
class Counted:
    """What one file held."""

    roots: int = 0
    objects: int = 0


class Regrouping:
    """Files in, trees out. `take` each file, the one with the records first; `settle`; then `groups`. All blocking.

    counts: per file; bad: lines that belong to no record that could be named; troubles: lines that could not
    be placed; stopped: set by another thread, it ends the work.
    """

    def __init__(self, shape: Shape, folder: Path, size: int, *, small: int = SMALL, remembered: int = REMEMBERED) -> None:
        self.shape = shape
        self.counts: list[Counted] = []
        self.bad: list[BadRow] = []
        self.stopped = False
        self.troubles = 0
        self._doubts: dict[str, str] = {}  # id of a record or a variant → why it must be fetched
        self._lost: dict[str, BadRow] = {}  # the same while variants are not settled, with the line
        self._count = max(1, -(-size // small))
        self.folder = folder
        self._remembered = remembered
        self._known: dict[str, int] = {}  # variant → bucket of its product
        self._outer: list[Buckets] = []  # records and what belongs to them, per file
        self._inner = self._buckets("inner")  # what belongs to variants, by product
        self._stubs = self._buckets("stubs")  # variant and bucket of its product, by variant
        self._strays = self._buckets("strays")  # what belongs to variants, by variant

    def _buckets(self, name: str) -> Buckets:
        return Buckets(self.folder, name, self._count)

    def take(self, path: Path) -> None:
        """Sort the lines of one more file."""
        self._outer.append(self._buckets(f"outer{len(self._outer)}"))
        self.counts.append(Counted())
        for number, block in enumerate(blocks(path), 1):
            if self.stopped:
                raise RetryableError("The export is no longer wanted.")
            self._sort(block)
            if number % HELD == 0:
                self._flush()
        self._flush()

    def _flush(self) -> None:
        for buckets in (self._outer[-1], self._inner, self._stubs, self._strays):
            buckets.flush()

    def _sort(self, block: bytes) -> None:
        lines = lines_of(block)
        count, known = self._count, self._known
        root, middle = gid_of(self.shape.root), gid_of(self.shape.middle or "?")
        outer, inner = self._outer[-1].waiting, self._inner.waiting
        for line in lines:
            try:
                head = read(line)
                parent = head.parent
                if b"\\" in line or parent is None or not line.startswith(PARENT, -TAIL - len(parent)):
                    line = plain(line, parent)
            except (*Unreadable, ValueError, AttributeError) as error:
                self._unreadable(block.split(b"\n")[lines.index(line)], error)
                continue
            if not (id := head.id):
                self._trouble(line, None, parent, "A line of the export has no id.")
            elif parent is None:
                self._root(id, line)
            elif parent in known:
                inner[known[parent]].append(line)
            elif parent.startswith(root):
                number = crc32(parent.encode()) % count
                outer[number].append(line)
                if id.startswith(middle):
                    self._remember(id, number)
            else:
                self._strays.waiting[crc32(parent.encode()) % count].append(line)
        self.counts[-1].objects += len(lines)

    def _root(self, id: str, line: bytes) -> None:
        self.counts[-1].roots += 1
        if kind_of(id) == self.shape.root:
            self._outer[-1].waiting[bucket_of(id, self._count)].append(line)
        else:
            self._keep(BadRow(line.rstrip(), f"A line of the export is no {self.shape.root}, and belongs to nobody.", id))

    def _remember(self, id: str, number: int) -> None:
        """Which bucket the product of this variant is in."""
        if len(self._known) < self._remembered:
            self._known[id] = number
        elif id not in self._known:
            self._stubs.waiting[bucket_of(id, self._count)].append(encode((id, number)))

    def _unreadable(self, line: bytes, error: Exception) -> None:
        if line.strip():
            self._trouble(line, *claimed(line), f"A line of the export is cut or no JSON object: {error}")
        else:
            self.counts[-1].objects -= 1  # an empty line is none

    def settle(self) -> None:
        """After the last file: bring what belongs to variants to their products; what then is left belongs to nobody."""
        lost, self._lost = self._lost, {}
        for number in range(self._count):
            found = dict(decode(stub) for stub in self._stubs.lines(number))
            for line in self._strays.lines(number):
                parent = read(line).parent or ""
                target = found.get(parent, self._known.get(parent))
                if target is None:
                    self._keep(BadRow(line.rstrip(), f"A line of the export belongs to {parent}, which is not in it."))
                else:
                    self._inner.waiting[target].append(line)
            for owner in [one for one in lost if bucket_of(one, self._count) == number]:
                bad = lost.pop(owner)
                if kind_of(owner) == self.shape.root or owner in found or owner in self._known:
                    self._doubts[owner] = bad.reason
                else:
                    self._keep(bad)
            for buckets in (self._stubs, self._strays):
                buckets.drop(number)
            self._inner.flush()
        self._known = {}

    def groups(self) -> Iterator[list[Tree | Single]]:
        """The records, bucket by bucket."""
        for number in range(self._count):
            yield self._group(number)

    def _trouble(self, line: bytes, id: str | None, parent: str | None, reason: str) -> None:
        """A line that cannot be placed makes its record doubtful; if nobody can say whose it is, it is kept raw."""
        self.troubles += 1
        bad = BadRow(line.rstrip(), reason, id)
        owner = next((one for one in (parent, id) if one and kind_of(one) in (self.shape.root, self.shape.middle)), None)
        if owner is None:
            self._keep(bad)
        else:
            self._lost[owner] = bad
            self._enough()

    def _keep(self, bad: BadRow) -> None:
        self.bad.append(bad)
        self._enough()

    def _enough(self) -> None:
        if len(self.bad) + len(self._lost) > TROUBLED:
            reason = self.bad[0].reason if self.bad else next(iter(self._lost.values())).reason
            raise PermanentError(f"The export's file has more than {TROUBLED} lines that cannot be used. {reason}")

    def _group(self, number: int) -> list[Tree | Single]:
        group = Group(self.shape, self._doubts)
        group.inner(self._inner.lines(number))
        for source, buckets in enumerate(self._outer):
            group.outer(source, buckets.lines(number))
            buckets.drop(number)
        self._inner.drop(number)
        here = [id for id in self._doubts if kind_of(id) == self.shape.root and bucket_of(id, self._count) == number]
        return group.records(here)
