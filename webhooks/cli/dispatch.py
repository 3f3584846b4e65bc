"""`luneo dispatch`: a dispatcher alone; any number of them share the work, on any number of machines."""

from __future__ import annotations

from hub.cli import options


def command(as_json: options.Json = False) -> None:
    """Send what waits to partners' endpoints until Ctrl-C or SIGTERM; what is in flight is finished first."""
    from hub.cli.run import run

    run(_dispatch(as_json))


async def _dispatch(as_json: bool) -> None:
    from contextlib import AsyncExitStack

    from hub.app.create import parts
    from hub.cli.house import open_house, until_stopped
    from hub.cli.show import answer, say
    from hub.web.house import House

    stop = until_stopped()
    async with open_house(stays=True) as opened, AsyncExitStack() as stack:
        house = House(opened.settings, opened.db, opened.registry, opened.http)
        for part in parts(house, "dispatch"):
            await stack.enter_async_context(part)
        answer({"dispatcher": "ready"}, as_json, lambda: say("The dispatcher is ready."))
        await stop.wait()
