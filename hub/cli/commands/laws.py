"""`luneo laws`: what every connector must live through, one line a law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options

if TYPE_CHECKING:
    from hub.testing.laws.outcome import Outcome

COLOURS = {"held": "green", "broken": "red", "exempt": "yellow"}


def command(
    connector: Annotated[str, typer.Argument(metavar="CONNECTOR", help="Which connector to try: woocommerce.")],
    law: Annotated[str | None, typer.Option("--law", metavar="L4", help="Only this law.")] = None,
    as_json: options.Json = False,
) -> int:
    """Try every law against the connector's own sandbox, honest and hostile. Exit code 1 when one is broken."""
    from hub import registry
    from hub.cli.logs import log_to_file
    from hub.cli.run import run
    from hub.cli.show import answer
    from hub.settings import get_settings
    from hub.testing.laws.run import run_laws

    settings = get_settings()
    log_to_file(settings)
    chosen = registry.load().get(connector)
    outcomes = run(run_laws(chosen, law, None if as_json else _line, settings=settings))
    broken = [outcome for outcome in outcomes if not outcome.held]
    data: dict[str, Any] = {"connector": connector, "laws": [outcome.state() for outcome in outcomes], "broken": len(broken)}
    answer(data, as_json, lambda: _sum(outcomes, len(broken)))
    return 1 if broken else 0


def _line(outcome: Outcome) -> None:
    import sys

    from rich.text import Text

    from hub.cli.show import console

    line = Text(f"{outcome.law:<4}")
    line.append(f"{outcome.outcome:<7}", style=COLOURS[outcome.outcome])
    line.append(f"{outcome.title}", style="bold")
    line.append(f": {outcome.reason}" if outcome.reason else "")
    line.append(f" [{outcome.request}]" if outcome.request else "", style="red")
    line.append(f" ({outcome.seconds:.1f} s)", style="dim")
    console().print(line)
    sys.stdout.flush()


def _sum(outcomes: list[Outcome], broken: int) -> None:
    from hub.cli.show import say

    exempt = sum(outcome.outcome == "exempt" for outcome in outcomes)
    say(f"\n{len(outcomes) - broken - exempt} held, {exempt} exempt, {broken} broken.")
