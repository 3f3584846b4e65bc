"""The table of commands, and the one that is asked for, built.

Only the module of the command that was typed is imported; `luneo --help` reads them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import typer

# Word on the command line → its module in hub.cli.commands, in the order of `luneo --help`.
# A module offers either `command`, a function, or `group`, a Typer of further words.
COMMANDS = {
    "demo": "demo",
    "up": "up",
    "api": "api",
    "worker": "worker",
    "connect": "connect",
    "disconnect": "disconnect",
    "sync": "sync",
    "reconcile": "reconcile",
    "runs": "runs",
    "quarantine": "quarantine",
    "deletions": "deletions",
    "customer-data": "customer_data",
    "remap": "remap",
    "org": "org",
    "keys": "keys",
    "connectors": "connectors",
    "extract": "extract",
    "map": "map",
    "sandbox": "sandbox",
    "laws": "laws",
    "doctor": "doctor",
    "db": "db",
}


def build(argv: Sequence[str]) -> typer.Typer:
    """The Typer application that can answer this command line."""
    app = typer.Typer(
        name="luneo",
        help="Luneo Hub: shops synced complete, with proof.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # plain help: rich's costs a quarter of a second
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_luneo)
    word = argv[0] if argv else ""
    ours = {name: f"hub.cli.commands.{module}" for name, module in COMMANDS.items()}
    known = ours if word in ours else ours | brought()
    for name in [word] if word in known else known:
        module = import_module(known[name])
        if hasattr(module, "group"):
            app.add_typer(module.group, name=name)
        else:
            app.command(name)(module.command)
    return app


def brought() -> dict[str, str]:
    """The words that plugins bring: entry points `luneo.commands`, word = a module with `command` or `group`, as ours have."""
    from importlib.metadata import entry_points

    points = sorted(entry_points(group="luneo.commands"), key=lambda point: point.name)
    return {point.name: point.value for point in points if point.name not in COMMANDS}


def group(about: str, *, bare: bool = False) -> typer.Typer:
    """A Typer for a word with words under it; `bare` when the word alone does something too."""
    return typer.Typer(help=about, invoke_without_command=bare, rich_markup_mode=None)


def _luneo() -> None:
    """Luneo Hub: shops synced complete, with proof."""
