"""Attempts: what was asked and answered, each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.db.unit import Unit
from webhooks.states import Cause

MOST = 500  # shown of one message, the latest


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. `status` None: no answer; `error` None: a success, else a word of `webhooks.send.answer`.

    `headers` as they came; `body`: the first 16 KiB; both None once their time is over. `size`: of the whole body, if known.
    """

    at: datetime
    n: int
    cause: Cause
    ms: int
    status: int | None
    error: str | None
    address: str | None
    headers: list[tuple[str, str]] | None
    body: str | None
    size: int | None


async def attempts_of(unit: Unit, endpoint: UUID, event: UUID) -> list[Attempt]:
    """The attempts of a message, the first one first; of more than 500 the latest."""
    rows = await unit.fetch(
        "select at, n, cause, ms, status, error, address, headers, body, size from attempt "
        "where org = $1 and endpoint = $2 and event = $3 order by at desc limit $4",
        unit.org, endpoint, event, MOST,
    )  # fmt: skip
    return [_attempt(row) for row in reversed(rows)]


def _attempt(row: Any) -> Attempt:
    body = None if row["body"] is None else row["body"].decode("utf-8", "replace")
    headers = None if row["headers"] is None else parsed(row["headers"])
    return Attempt(**{**row, "cause": Cause(row["cause"]), "headers": headers, "body": body})


def parsed(headers: bytes) -> list[tuple[str, str]]:
    """Header lines as names and values; what is no header line, the status line among it, is left out.

    >>> parsed(b"HTTP/1.1 200 OK\\r\\nServer: nginx\\r\\n\\r\\n")
    [('Server', 'nginx')]
    """
    found = []
    for line in headers.decode("latin-1").splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip() == name:
            found.append((name, value.strip()))
    return found
