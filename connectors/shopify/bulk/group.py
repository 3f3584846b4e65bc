"""The records of one bucket: their lines gathered, then each tree joined, or named as one that must be fetched singly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.shopify.bulk.assemble import Nodes, Shape, modified, variant, whole
from connectors.shopify.bulk.lines import TAIL, kind_of, read

Lists = dict[str, dict[str, Nodes]]  # by name, then by owner


@dataclass(frozen=True, slots=True)
class Tree:
    """A record put together."""

    id: str
    body: bytes
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class Single:
    """A record that the files do not hold whole: to be fetched by its id. `reason` in words."""

    id: str
    reason: str


class Group:
    """Takes plain lines: `inner` those below variants, `outer` records and what is directly below them, file by file."""

    def __init__(self, shape: Shape, doubts: Mapping[str, str]) -> None:
        self._shape = shape
        self._doubts = dict(doubts)  # id of a record or a variant → why it must be fetched
        self._roots: list[dict[str, bytes]] = [{} for _ in shape.documents]
        self._variants: list[dict[str, Nodes]] = [{} for _ in shape.documents]  # of further files: by record
        self._lists: Lists = {name: {} for name in shape.lists}
        self._inner: Lists = {name: {} for name in shape.inner.values()}

    def doubt(self, id: str, reason: str) -> None:
        """This record must be fetched."""
        self._doubts.setdefault(id, reason)

    def inner(self, lines: Iterable[bytes]) -> None:
        """The lines below variants."""
        self._put(lines, {kind: self._inner[name] for kind, name in self._shape.inner.items()}, {})

    def outer(self, source: int, lines: Iterable[bytes]) -> None:
        """Records, and lines directly below them, of the file with this number."""
        tables = {kind: self._lists[name] for kind, name in self._shape.slots.items()}
        if source and self._shape.middle:
            tables[self._shape.middle] = self._variants[source]
        self._put(lines, tables, self._roots[source])

    def _put(self, lines: Iterable[bytes], tables: Mapping[str, dict[str, Nodes]], roots: dict[str, bytes]) -> None:
        for line in lines:
            head = read(line)
            id, parent = head.id or "", head.parent
            if parent is None:
                if id in roots:
                    self.doubt(id, "The export has it twice.")
                roots[id] = line
                continue
            table = tables.get(id[14 : id.find("/", 14)])
            if table is None:
                self.doubt(parent, f"The export has {id} below it, which has no place there.")
                continue
            nodes = table.get(parent)
            if nodes is None:
                table[parent] = {id: line[: -TAIL - len(parent)]}
            elif id not in nodes:
                nodes[id] = line[: -TAIL - len(parent)]
            else:
                self.doubt(parent, f"The export has {id} twice below it.")

    def records(self, doubtful: Sequence[str] = ()) -> list[Tree | Single]:
        """Every record of the bucket, in the order of the first file; then those that only other lines speak of, and the
        doubtful ones that no line speaks of at all."""
        found: list[Tree | Single] = [self._record(id, line) for id, line in self._roots[0].items()]
        others: list[Iterable[str]] = [*self._roots[1:], *self._lists.values(), *self._variants, doubtful]
        rest = dict.fromkeys(id for other in others for id in other if kind_of(id) == self._shape.root)
        unknown = "The export has lines of it, but not the record itself."
        return found + [Single(id, self._doubts.get(id, unknown)) for id in rest if id not in self._roots[0]]

    def _record(self, id: str, line: bytes) -> Tree | Single:
        reason = self._doubts.get(id) or self._apart(id) or self._fill(id)
        if reason is not None:
            return Single(id, reason)
        return Tree(id, whole(line[:-1], [(name, self._lists[name].get(id)) for name in self._shape.lists]), modified(line))

    def _own(self, id: str) -> Nodes:
        """The variants of a record."""
        return self._lists[self._shape.slots[self._shape.middle]].get(id, {}) if self._shape.middle else {}

    def _apart(self, id: str) -> str | None:
        """Why the files do not speak of the same: something was made or deleted between the exports."""
        for roots, variants in zip(self._roots[1:], self._variants[1:], strict=True):
            if id not in roots:
                return "Only one of the exports has it."
            if self._own(id).keys() != variants.get(id, {}).keys():
                return "The exports differ in its variants."
        return None

    def _fill(self, id: str) -> str | None:
        """Give each variant its own lists; why that cannot be, in words."""
        variants = self._own(id)
        for key, body in variants.items():
            if key in self._doubts:
                return self._doubts[key]
            try:
                variants[key] = variant(body, self._inner["metafields"].get(key), self._inner["inventoryLevels"].get(key))
            except ValueError as error:
                return f"{key} {error}."
        return None
