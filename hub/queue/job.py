"""A job as a worker holds it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

COLUMNS = "id, org, kind, payload, key, attempts, max_attempts, lease_owner, last_error"


@dataclass(frozen=True, slots=True)
class Job:
    """`attempts` counts this run too. `lease_owner` names this very claim: the fence against a worker that lost its lease.

    `org` is None for the hub's own housekeeping.
    """

    id: UUID
    org: UUID | None
    kind: str
    payload: dict[str, Any]
    key: str | None
    attempts: int
    max_attempts: int
    lease_owner: str | None
    last_error: str | None

    @classmethod
    def from_row(cls, row: Any) -> Job:
        """From a database row with COLUMNS."""
        return cls(**{**row, "payload": json.loads(row["payload"])})
