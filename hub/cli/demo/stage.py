"""What the audience of the demo sees; nothing at all with --json."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

FLOW = """
   [bold]shops[/] ─── pages, proved complete ────▶ [bold]hub[/] ──▶ canonical records ──▶ events
     │                                      ▲                 │                      │
     ├──── webhook ──▶ receipt ─────────────╯                 │                      ╰─ signed ─▶ [bold]partners[/]
     ╰◀─── metafields, written back ──────────────────────────╯
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What was seen in one shop; `took` seconds."""

    good: bool
    text: str
    took: float | None = None


class Stage:
    """The scenes of the demo, told one after the other."""

    def __init__(self, silent: bool) -> None:
        self.silent = silent
        self.found: dict[str, Any] = {}  # what the demo will have shown, for programs
        self._console: Console | None = None
        if not silent:
            from hub.cli.show import console

            self._console = console()

    def say(self, text: str = "") -> None:
        """A line; rich's square-bracket styles allowed."""
        if self._console is not None:
            self._console.print(text)
            sys.stdout.flush()

    def scene(self, title: str) -> None:
        """The next thing begins."""
        self.say(f"\n[bold]{title}[/]")

    def done(self, text: str, took: float | None = None) -> None:
        """It went well; `took` seconds."""
        self.say(f"  [green]✓[/] {text}" + (f" [dim]({took:.1f} s)[/]" if took is not None else ""))

    def failed(self, text: str) -> None:
        """It did not."""
        self.say(f"  [red]✗[/] {text}")

    def lines(self, title: str, lines: Sequence[Line]) -> None:
        """What was seen in one shop, under its vendor's name."""
        self.say(f"  [bold]{title}[/]")
        for line in lines:
            (self.done(line.text, line.took) if line.good else self.failed(line.text))

    def verdicts(self, title: str, runs: Sequence[dict[str, Any]]) -> None:
        """The runs of one shop as a table, each with the reason for its verdict."""
        if self._console is not None:
            from rich.text import Text

            from hub.cli.demo.verdicts import reasons, table

            self._console.print(table(title, runs))
            for reason in reasons(runs):
                self._console.print(Text(f"  {reason}", style="dim"))
            sys.stdout.flush()

    @contextmanager
    def waiting(self, text: str) -> Iterator[Callable[[], float]]:
        """Something takes a moment; how many seconds it has taken can be asked for."""
        began = time.perf_counter()
        with ExitStack() as stack:
            if self._console is not None and self._console.is_terminal:
                stack.enter_context(self._console.status(f"{text} …"))
            yield lambda: time.perf_counter() - began
