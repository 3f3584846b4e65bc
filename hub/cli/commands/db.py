"""`luneo db upgrade`: bring the database's schema to this version of the hub."""

from __future__ import annotations

from hub.cli import options
from hub.cli.frame import group as make_group

group = make_group("The database's schema.")


@group.callback()
def _db() -> None:
    """The database's schema."""


@group.command("upgrade")
def upgrade(as_json: options.Json = False) -> None:
    """Apply every migration that the database does not have yet."""
    from hub.cli.house import database_url
    from hub.cli.run import run
    from hub.cli.show import answer, say

    with database_url() as url:
        before, after = run(_upgrade(url))
    done = f"The schema is at {', '.join(after)} {'already' if before == after else 'now'}."
    answer({"before": before, "after": after, "changed": before != after}, as_json, lambda: say(done))


async def _upgrade(url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from hub.db.upgrade import head_of, upgrade

    before = await head_of(url)
    await upgrade(url)
    return before, await head_of(url)
