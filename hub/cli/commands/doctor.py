"""`luneo doctor`: look at everything, say what is well and what is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from hub.cli import options

if TYPE_CHECKING:
    from hub.cli.doctor.finding import Finding
    from hub.settings import Settings

MARKS = {"green": "[green]●[/]", "amber": "[yellow]●[/]", "red": "[red]●[/]"}


def command(as_json: options.Json = False) -> int:
    """Check settings, database, Redis, keys, connectors and every shop. Exit code 1 when something does not work."""
    from hub.cli.run import run
    from hub.cli.show import answer

    found = run(_look())
    worst = next((level for level in ("red", "amber", "green") if any(f.level == level for f in found)), "green")
    answer({"state": worst, "findings": [asdict(f) for f in found]}, as_json, lambda: _show(found))
    return 1 if worst == "red" else 0


async def _look() -> list[Finding]:
    from hub.settings import get_settings

    return [finding async for finding in _findings(get_settings())]


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    from hub import registry
    from hub.cli.doctor import database, place, shops
    from hub.cli.doctor.finding import red
    from hub.cli.house import database_url, open_house
    from hub.db.upgrade import upgrade
    from hub.errors import HubError

    async for finding in place.look(settings):
        yield finding
    for finding in shops.connectors(registry.load()):
        yield finding
    try:
        with database_url() as url:
            sound = True
            if settings.database_url is None:
                await upgrade(url)  # the private server's schema is brought up to date by every command
            async for finding in database.look(url, private=settings.database_url is None):
                sound = sound and finding.level != "red"
                yield finding
            if sound:
                async with open_house(settings) as house:
                    yield await shops.jobs(house)
                    async for finding in shops.shops(house):
                        yield finding
    except HubError as error:
        yield red("database", error)


def _show(found: list[Finding]) -> None:
    from rich.markup import escape

    from hub.cli.show import say

    words = {"green": "well", "amber": "note", "red": "fails"}
    for f in found:
        say(f"{MARKS[f.level]} {words[f.level]:<5} [bold]{escape(f.about):<14}[/] {escape(f.words)}")
        if f.hint:
            say(f"                      [dim]{escape(f.hint)}[/]")
