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


def show(runs: Sequence[dict[str, Any]]) -> None:
    """One line for each run: verdict, what it read, and why that is believed."""
    from hub.cli.show import console
    from hub.cli.words import span, verdict

    many = len({run["shop"] for run in runs}) > 1
    out = console()
    for run in runs:
        line = verdict(f"{run['verdict']:<9}")
        line.append(f" {run['shop'] + ' ' if many else ''}{run['resource']:<10}", style="bold")
        line.append(f" {run['reason']} ", style="default")
        line.append(f"({span(run['seconds'])})", style="dim")
        out.print("  ", line, sep="")
