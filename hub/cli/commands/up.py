"""`luneo up`: the API, the page, the worker and the schedules in one process."""

from __future__ import annotations

from hub.cli import options


def command(host: options.Host = "127.0.0.1", port: options.Port = 8000, as_json: options.Json = False) -> None:
    """Run the whole hub until Ctrl-C or SIGTERM."""
    from hub.cli.run import run

    run(_up(host, port, as_json))


async def _up(host: str, port: int, as_json: bool) -> None:
    from hub.cli.house import open_house, until_stopped
    from hub.cli.hub_process import hub_running
    from hub.cli.listen import address_of, bind
    from hub.cli.show import answer

    stop = until_stopped()
    with bind(host, port) as sock:
        async with open_house(stays=True) as house, hub_running(house, sock) as hub:
            url = address_of(sock)
            facts = {"page": url, "api": f"{url}/v1", "docs": f"{url}/docs", "public_url": house.settings.public_url}
            answer(facts, as_json, lambda: _show(facts))
            hub.plan()
            await hub.until(stop)


def _show(facts: dict[str, str | None]) -> None:
    from hub.cli.show import say

    say(f"[bold]Luneo Hub[/] is up.\n  page  {facts['page']}\n  API   {facts['api']}\n  docs  {facts['docs']}")
    say(f"Shops reach it at {facts['public_url']}." if facts["public_url"] else "Shops are polled: LUNEO_PUBLIC_URL is not set.")
    say("Ctrl-C stops it.")
