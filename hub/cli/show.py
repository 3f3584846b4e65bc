"""What commands print: calm tables for people, one object for programs. Answers go to stdout, remarks to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 200  # columns when stdout is no terminal: a pipe does not want cut words


def answer(data: dict[str, Any], as_json: bool, words: Callable[[], None]) -> None:
    """Print the answer of a command in the form that was asked for."""
    if as_json:
        sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
    else:
        words()


def console() -> Console:
    """Where answers for people are written."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDE)


def say(text: str) -> None:
    """One line of the answer; rich's square-bracket styles allowed."""
    console().print(text)


def remark(text: str) -> None:
    """One line beside the answer, on stderr."""
    sys.stderr.write(text + "\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """A table without lines; `empty` is said when there is nothing to show."""
    from rich.table import Table
    from rich.text import Text

    if not rows:
        say(empty)
        return
    grid = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(cell if isinstance(cell, Text) else "" if cell is None else Text(str(cell)) for cell in row))
    console().print(grid)
