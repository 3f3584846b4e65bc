"""What a sync answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RunResult:
    """One finished run. `reason` is one English line; `evidence` holds the numbers, and under `words` the sentences in English
    and French. counts: rows inserted, updated, unchanged, and so on. attached: somebody else did the work, we watched."""

    run: UUID
    installation: UUID
    resource: str
    mode: str
    verdict: str
    reason: str
    evidence: Mapping[str, Any]
    counts: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    attached: bool = False
