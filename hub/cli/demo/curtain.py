"""The end of the demo: what was seen, and doors that stay open for whoever wants to try for himself."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.cli.demo.play import Play

METAFIELD = '{"metafields":[{"namespace":"luneo.demo","key":"wrapping","type":"text","value":"silk"}]}'
CURL = """curl -s -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json'"""


async def stay_open(play: Play, stop: asyncio.Event, *, once: bool) -> None:
    """Note the addresses; unless it was asked for once, show them and wait for Ctrl-C."""
    from hub.dashboard.session import one_time_link

    url, key = play.caller.url, play.caller.key
    play.stage.found |= {"page": url, "api": f"{url}/v1", "docs": f"{url}/docs", "shop": play.parts[0].shop.url}
    if once:
        play.stage.say(f"\nAll of it took {play.stage.found['seconds']} s.")
        return
    play.stage.found |= {"welcome": one_time_link(url, play.organisation.id), "key": key}
    if play.stage.silent:
        last_word(play.stage.found)
    _show(play)
    play.hub.plan()
    await play.hub.until(stop)


def _show(play: Play) -> None:
    found, say = play.stage.found, play.stage.say
    part = play.parts[-1]
    products = f"{found['api']}/products/{part.record}"
    say(f"\n[bold]It stays up.[/] All of that took {found['seconds']} s.\n")
    say(f"  the page   {found['welcome']}")
    say("             [dim](signs you in once; after that with the key)[/]")
    say(f"  the API    {found['api']}   its documentation {found['docs']}")
    say(f"  a key      {play.caller.key}")
    say(f"\n[bold]Three things to try[/], in another terminal, after  KEY={play.caller.key}\n")
    say(f"  1. Look at the product that changed in the {part.title} shop, and at where each of its fields came from:")
    say(f"     {CURL} '{products}?explain=true'\n")
    say("  2. Set a metafield; it is in the shop a moment later:")
    say(f"     {CURL} -X PUT -d '{METAFIELD}' '{products}/metafields'\n")
    say("  3. Read what has happened since the sync:")
    say(f"     {CURL} '{found['api']}/events?after={part.position - 1}&include=record'")
    say("\nCtrl-C ends it.")


def last_word(found: dict[str, Any]) -> None:
    """The one JSON object on stdout."""
    sys.stdout.write(json.dumps(found, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
