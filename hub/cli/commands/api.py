"""`luneo api`: the API and the page alone; workers run elsewhere."""

from __future__ import annotations

from hub.cli import options


def command(host: options.Host = "127.0.0.1", port: options.Port = 8000, as_json: options.Json = False) -> None:
    """Serve the API and the page until Ctrl-C or SIGTERM."""
    from hub.cli.run import run

    run(_api(host, port, as_json))


async def _api(host: str, port: int, as_json: bool) -> None:
    from hub.app import create_app
    from hub.cli.house import open_house, until_stopped
    from hub.cli.hub_process import first
    from hub.cli.listen import address_of, bind, serving
    from hub.cli.show import answer, say

    stop = until_stopped()
    with bind(host, port) as sock:
        async with open_house(stays=True) as house, serving(create_app(house.settings, house.db), sock) as server:
            url = address_of(sock)
            answer({"page": url, "api": f"{url}/v1", "docs": f"{url}/docs"}, as_json, lambda: say(f"The API listens on {url}"))
            await first(server, stop)
