"""Runs with their verdicts: how they are shown, and what exit code they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

COMPLETE, FAILED, PARTIAL = 0, 1, 2


def exit_code(runs: Sequence[dict[str, Any]]) -> int:
    """0 when every run is COMPLETE, 1 when one FAILED, else 2."""
    verdicts = {run["verdict"] for run in runs}
    if "FAILED" in verdicts:
        return FAILED
    return COMPLETE if verdicts <= {"COMPLETE"} else PARTIAL


def show(runs: Sequence[dict[str, Any]]) -> None:
    """For each run: verdict, what it read and why that is believed, and the figures behind it."""
    from hub.cli.show import console
    from hub.cli.words import span, verdict

    many = len({run["shop"] for run in runs}) > 1
    out = console()
    for run in runs:
        line = verdict(f"{run['verdict']:<9}")
        line.append(f" {run['shop'] + ' ' if many else ''}{run['resource']:<10}", style="bold")
        line.append(f" {run['reason']}", style="default")
        out.print("  ", line, sep="")
        if run["evidence"]:
            out.print(f"  {'':<21}[dim]{figures(run['evidence'])}, {span(run['seconds'])}[/]")


def figures(evidence: Mapping[str, Any]) -> str:
    """The evidence in short.

    >>> figures({"store_total": 300, "distinct": 300, "pages": 3, "requests": 4})
    'the shop counts 300, 300 seen on 3 pages, 4 requests, 0 asked again'
    """
    total = evidence.get("store_total")
    counted = "the shop does not count" if total is None else f"the shop counts {total:,}"
    seen = f"{evidence.get('distinct', 0):,} seen on {evidence.get('pages', 0):,} pages"
    return f"{counted}, {seen}, {evidence.get('requests', 0):,} requests, {evidence.get('retried', 0):,} asked again"
