"""`luneo laws`: what every connector must live through, one line a law, then the hostile matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options

if TYPE_CHECKING:
    from hub.testing.laws.matrix import Cell
    from hub.testing.laws.outcome import Outcome
    from hub.testing.laws.run import Report

MARKS = {"held": ("✓", "green"), "broken": ("✗", "bold red"), "exempt": ("–", "yellow")}
VERDICTS = {"COMPLETE": "green", "PARTIAL": "yellow", "FAILED": "red"}


def command(
    connector: Annotated[str, typer.Argument(metavar="CONNECTOR", help="Which connector to try: woocommerce.")],
    law: Annotated[str | None, typer.Option("--law", metavar="L4", help="Only this law, without the matrix.")] = None,
    as_json: options.Json = False,
) -> int:
    """Try every law against the connector's own sandbox, honest and hostile. Exit code 1 when one is broken."""
    from hub import registry
    from hub.cli.logs import log_to_file
    from hub.cli.run import run
    from hub.cli.show import answer
    from hub.settings import get_settings
    from hub.testing.laws.run import examine

    settings = get_settings()
    log_to_file(settings)
    chosen = registry.load().get(connector)
    report = run(examine(chosen, law, None if as_json else _line, settings=settings))
    data: dict[str, Any] = {
        "connector": connector,
        "laws": [outcome.state() for outcome in report.outcomes],
        "matrix": [cell.state() for cell in report.cells],
        "broken": report.broken,
    }
    answer(data, as_json, lambda: _sum(report))
    return 1 if report.broken else 0


def _line(outcome: Outcome) -> None:
    import sys

    from rich.text import Text

    from hub.cli.show import console

    mark, style = MARKS[outcome.outcome]
    line = Text.assemble((f"{mark} ", style), f"{outcome.law:<4}", (outcome.title, "bold"), f" · {outcome.outcome}")
    line.append(f": {outcome.reason}" if outcome.reason else "")
    line.append(f" [{outcome.request}]" if outcome.request else "", style="red")
    line.append(f" ({outcome.seconds:.1f} s)", style="dim")
    console().print(line)
    sys.stdout.flush()


def _sum(report: Report) -> None:
    from hub.cli.show import say

    if report.cells:
        _matrix(report.cells)
    counts = ", ".join(f"{sum(outcome.outcome == word for outcome in report.outcomes)} {word}" for word in MARKS)
    cells = f" Hostile matrix: {sum(cell.good for cell in report.cells)} of {len(report.cells)} hold." if report.cells else ""
    say(f"\nLaws: {counts}.{cells}")


def _matrix(cells: list[Cell]) -> None:
    """A row a mode, a column a resource: the verdict, and how many good rows are missing."""
    from rich.text import Text

    from hub.cli.show import say, table

    say("\n[bold]Hostile matrix[/]: either no good row is missing, or the verdict is not COMPLETE.\n")
    resources = list(dict.fromkeys(cell.resource for cell in cells))
    found = {(cell.mode, cell.resource): cell for cell in cells}
    modes = list(dict.fromkeys(cell.mode for cell in cells))
    rows = [[mode, *(_cell(found[mode, resource]) for resource in resources), found[mode, resources[0]].what] for mode in modes]
    table(("mode", *resources, "what the shop did first"), rows, empty="")
    for cell in cells:
        if not cell.good:
            say(Text(f"✗ {cell.mode}, {cell.resource}: {cell.reason} [{cell.request}]", style="red").markup)


def _cell(cell: Cell) -> Any:
    from rich.text import Text

    text = Text.assemble(("✓ ", "green") if cell.good else ("✗ ", "bold red"), (cell.verdict, VERDICTS.get(cell.verdict, "")))
    if cell.missing:
        told = "named" if cell.missing <= cell.told else "missing"
        text.append(f", {cell.missing} {told}")
    return text
