"""Runs with their verdicts: how they are shown, and what exit code they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

COMPLETE, FAILED, PARTIAL = 0, 1, 2


def exit_code(runs: Sequence[dict[str, Any]]) -> int:
    """0 when every run is COMPLETE, 1 when one FAILED, else 2."""
    verdicts = {run["verdict"] for run in runs}
    if "FAILED" in verdicts:
        return FAILED
    return COMPLETE if verdicts <= {"COMPLETE"} else PARTIAL
