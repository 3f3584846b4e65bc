"""The verdicts on one shop's runs as a table: what was read, in which way, and why it is believed to be all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table


def table(title: str, runs: Sequence[dict[str, Any]]) -> Table:
    """One line for each run; `reasons` says the same in words."""
    from rich.table import Table
    from rich.text import Text

    from hub.cli.words import span, verdict

    grid = Table(title=f"  {title}", title_justify="left", title_style="bold", box=None, pad_edge=True, padding=(0, 2, 0, 0))
    for name, justify in (("verdict", "left"), ("resource", "left"), ("rows", "right"), ("counted", "right")):
        grid.add_column(f"  {name}" if name == "verdict" else name, justify=justify, header_style="dim")  # type: ignore[arg-type]
    for name in ("read by", "took"):
        grid.add_column(name, header_style="dim")
    for run in runs:
        evidence = run["evidence"]
        word = Text("  ") + verdict(run["verdict"])
        cells = (run["resource"], f"{run['rows']:,}", counted(evidence), way(evidence), span(run["seconds"]))
        grid.add_row(word, *cells)
    return grid


def counted(evidence: Mapping[str, Any]) -> str:
    """How many rows the shop says it has."""
    total = evidence.get("store_total")
    return "–" if total is None else f"{total:,}"


def way(evidence: Mapping[str, Any]) -> str:
    """How the rows came.

    >>> way({"reading": "export", "requests": 9}), way({"reading": "full", "pages": 20, "requests": 22})
    ('bulk export, 9 requests', '20 pages, 22 requests')
    """
    how = "bulk export" if evidence.get("reading") == "export" else f"{evidence.get('pages', 0):,} pages"
    return f"{how}, {evidence.get('requests', 0):,} requests"


def reasons(runs: Sequence[dict[str, Any]]) -> list[str]:
    """Why each verdict is believed, in one line each."""
    return [f"{run['resource']}: {run['reason']}" for run in runs]
