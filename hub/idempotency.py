"""Do a request once: the second time it is asked for under the same key, answer what was answered the first time.

The entry is written in the transaction of the effect: both are there or neither. A twin that comes while the first is
still at work gets a Conflict at once (it is told by an advisory lock, so that it need not wait for the commit).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from hub.db.unit import Unit
from hub.errors import Conflict, Unprocessable

KEEP = timedelta(hours=24)
ABANDONED = timedelta(seconds=60)  # an entry committed without its answer: whoever worked on it has died
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Replay:
    """The answer given the first time: status, headers as JSON text, body bytes."""

    status: int
    headers: str
    body: bytes


async def begin(unit: Unit, key: str, request_hash: bytes) -> Replay | None:
    """None: go on, then `finish` in the same unit. Replay: answer that instead.

    Raises Conflict (409) while a twin is at work, Unprocessable (422) when the key came with another request before or is
    not 1 to 255 printable ASCII characters.
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Unprocessable("Idempotency-Key must be 1 to 255 printable ASCII characters.", field="Idempotency-Key")
    if not await unit.fetchval("select pg_try_advisory_xact_lock($1)", _lock(unit, key)):
        raise _in_flight()
    await unit.execute(
        "delete from idempotency where (org, key) in "
        "(select org, key from idempotency where expires_at < now() order by expires_at limit 20)"
    )
    row = await unit.fetchrow(
        "select request_hash, status, body, headers, state, created_at < now() - $2::interval as abandoned "
        "from idempotency where key = $1 and expires_at >= now()",
        key, ABANDONED,
    )  # fmt: skip
    if row is not None:
        if row["request_hash"] != request_hash:
            raise Unprocessable(
                "This Idempotency-Key was used for another request:", hint="take a new key.", field="Idempotency-Key"
            )
        if row["state"] == "done":
            return Replay(row["status"], row["headers"], row["body"])
        if not row["abandoned"]:
            raise _in_flight()
    await unit.execute(
        "insert into idempotency (org, key, request_hash, expires_at) values ($1, $2, $3, now() + $4::interval) "
        "on conflict (org, key) do update set request_hash = excluded.request_hash, state = 'in_flight', "
        "created_at = now(), expires_at = excluded.expires_at",
        unit.org, key, request_hash, KEEP,
    )  # fmt: skip
    return None


async def finish(unit: Unit, key: str, status: int, headers: str, body: bytes) -> None:
    """Keep the answer for whoever asks again. `headers` is a JSON object's text."""
    await unit.execute(
        "update idempotency set state = 'done', status = $2, headers = $3, body = $4 where key = $1",
        key, status, headers, body,
    )  # fmt: skip


def _lock(unit: Unit, key: str) -> int:
    mark = hashlib.blake2b(f"idempotency|{unit.org}|{key}".encode(), digest_size=8).digest()
    return int.from_bytes(mark, signed=True)


def _in_flight() -> Conflict:
    return Conflict("A request with this Idempotency-Key is still at work:", hint="ask again in a moment.")
