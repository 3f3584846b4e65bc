"""Documents that were just read, kept as bytes: turning one from jsonb to text costs PostgreSQL more than finding it.

A page first asks which records it holds and what their content is (id and content hash, under row-level security, in the
caller's transaction), then only for the documents that are not on the shelf in exactly that content. So the shelf can never
show an old document, nor one that the caller may not see.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from hub.db.unit import Unit

MOST_BYTES: Final = 24 << 20  # of documents in one process
MOST_WANTED: Final = 10_000  # records remembered as wanted once
FETCH: Final = "select r.id, r.content_hash, convert_to(r.doc::text, 'UTF8') as doc from record r where r.id = any($1::uuid[])"

Key = tuple[UUID, bytes]


class Shelf:
    """The documents used last, at most so many bytes of them.

    A document is kept when it is wanted for the second time: whoever reads a whole catalog once pushes nothing out.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._wanted: set[Key] = set()
        self._docs: OrderedDict[Key, bytes] = OrderedDict()
        self._most = most_bytes
        self.bytes = 0

    def get(self, key: Key) -> bytes | None:
        """The document of this record in this content, if it is here."""
        doc = self._docs.get(key)
        if doc is not None:
            self._docs.move_to_end(key)
        return doc

    def put(self, key: Key, doc: bytes) -> None:
        """Keep a document that is wanted again, and let go of those that nobody asked for lately."""
        if key in self._docs or len(doc) > self._most // 16:
            return
        if key not in self._wanted:
            if len(self._wanted) >= MOST_WANTED:
                self._wanted.clear()
            self._wanted.add(key)
            return
        self._wanted.discard(key)
        self._docs[key] = doc
        self.bytes += len(doc)
        while self.bytes > self._most:
            _, dropped = self._docs.popitem(last=False)
            self.bytes -= len(dropped)


SHELF: Final = Shelf()


async def documents(unit: Unit, wanted: Sequence[Key], shelf: Shelf = SHELF) -> dict[UUID, bytes]:
    """The documents of these records, with the hub's id in front. A record that is gone meanwhile is left out."""
    found: dict[UUID, bytes] = {}
    missing: list[UUID] = []
    for key in wanted:
        doc = shelf.get(key)
        if doc is None:
            missing.append(key[0])
        else:
            found[key[0]] = doc
    if missing:
        for row in await unit.fetch(FETCH, missing):
            id, content, doc = row
            found[id] = doc = with_id(id, doc)
            shelf.put((id, content), doc)
    return found


def with_id(id: UUID, doc: bytes) -> bytes:
    """A record as callers see it: the stored document with the hub's id in front. A document is never empty.

    >>> with_id(UUID(int=1), b'{"title": "Lamp"}')
    b'{"id":"00000000-0000-0000-0000-000000000001","title": "Lamp"}'
    """
    return b'{"id":"%b",%b' % (str(id).encode(), doc[1:])
