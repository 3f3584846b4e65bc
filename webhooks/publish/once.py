"""Idempotency keys of many requests at once: each key is written with its finished answer, in its event's transaction.

A key that is there already makes the insert fall short; then the transaction is begun anew, and what was answered the first time
is read (`remembered`). So the usual case costs one statement for a whole group.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from hub.db.unit import Unit
from hub.errors import Conflict, Unprocessable
from hub.idempotency import ABANDONED, KEEP, LONGEST_KEY

KEPT = """
insert into idempotency (org, key, request_hash, status, headers, body, state, expires_at)
select $1, k.key, k.hash, 202, '{}', k.body, 'done', now() + $5::interval
from unnest($2::text[], $3::bytea[], $4::bytea[]) as k(key, hash, body) on conflict do nothing
"""
REMEMBERED = """
select key, request_hash, body, state = 'done' as done, created_at < now() - $2::interval as abandoned
from idempotency where key = any ($1::text[])
"""
OVER = "delete from idempotency where key = any ($1::text[]) and expires_at < now()"
CLEAN = """
delete from idempotency where (org, key) in
(select org, key from idempotency where expires_at < now() order by expires_at limit 1000)
"""


@dataclass(frozen=True, slots=True)
class Key:
    """An Idempotency-Key, and what makes two requests the same one: method, address and body, as in `hub.web.once`."""

    text: str
    hash: bytes


def key_of(header: bytes, path: str, body: bytes) -> Key:
    """Raises Unprocessable for what is no key."""
    text = header.decode("latin-1")
    if not 0 < len(text) <= LONGEST_KEY or not text.isascii() or not text.isprintable():
        raise Unprocessable(f"Idempotency-Key must be 1 to {LONGEST_KEY} printable ASCII characters.", field="Idempotency-Key")
    return Key(text, hashlib.sha256(b"POST %b?\n%b" % (path.encode(), body)).digest())


async def keep(unit: Unit, keys: Sequence[Key], answers: Sequence[bytes]) -> bool:
    """Write the keys with their answers. False: one of them is there already, so this transaction must not commit."""
    tag = await unit.execute(KEPT, unit.org, [key.text for key in keys], [key.hash for key in keys], answers, KEEP)
    return tag == f"INSERT 0 {len(keys)}"


async def remembered(unit: Unit, keys: Sequence[Key]) -> dict[str, bytes | Conflict | Unprocessable]:
    """Key → what was answered the first time, or why it cannot be. Keys that are free are left out."""
    texts = [key.text for key in keys]
    await unit.execute(OVER, texts)
    rows = {row["key"]: row for row in await unit.fetch(REMEMBERED, texts, ABANDONED)}
    found: dict[str, bytes | Conflict | Unprocessable] = {}
    for key in keys:
        row = rows.get(key.text)
        if row is None:
            continue
        if row["request_hash"] != key.hash:
            found[key.text] = Unprocessable(
                "This Idempotency-Key was used for another request:", hint="take a new key.", field="Idempotency-Key"
            )
        elif row["done"]:
            found[key.text] = row["body"]
        elif not row["abandoned"]:
            found[key.text] = in_flight()
        else:
            await unit.execute("delete from idempotency where key = $1", key.text)
    return found


def in_flight() -> Conflict:
    """What a twin is told."""
    return Conflict("A request with this Idempotency-Key is still at work:", hint="ask again in a moment.")
