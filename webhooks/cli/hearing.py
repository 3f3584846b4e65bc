"""What the local receiver prints: a line and the body for people, one JSON object a line for programs."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

from webhooks.cli.heard import Heard, harmless

MOST_SHOWN = 20_000  # characters of a body


def calm() -> None:
    """Whatever comes is printed somehow, and a request that is none is not worth a line of the server's."""
    import io
    import logging

    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def begin(url: str, made: str | None, as_json: bool) -> None:
    """Say where we listen and what to do next."""
    place = url.partition("://")[2]
    if as_json:
        _line({"url": url, "secret": made, "egress_allow": place})
        return
    from hub.cli.show import say

    say(f"Listening on [bold]{url}[/], any path.")
    if made:
        say(f"No --secret was given, so one was made: [bold]{made}[/]")
    say("\n1. Let the hub reach this address, which is not a public one:")
    say(f"     LUNEO_EGRESS_ALLOW={place} luneo up")
    if made:
        say("2. Make it an endpoint, then send it something:")
        say(f"     LUNEO_EGRESS_ALLOW={place} luneo webhooks endpoints add {url} --secret {made}")
    else:
        say("2. Send it something:")
    say("     luneo webhooks send\n")
    sys.stdout.flush()


def as_line(heard: Heard, answered: int) -> None:
    """One JSON object."""
    _line(heard.data(answered))


def for_people(heard: Heard, answered: int) -> None:
    """The verdict first, then the body."""
    from rich.highlighter import JSONHighlighter
    from rich.text import Text

    from hub.cli.show import console

    out = console()
    line = Text(datetime.fromtimestamp(heard.at).strftime("%H:%M:%S "), style="dim")
    line.append("✗ refused " if heard.reason else "✓ genuine ", style="bold red" if heard.reason else "bold green")
    line.append(harmless(heard.type or "(no type)"), style="bold")
    line.append(f" {harmless(heard.id or '(no id)')[:80]}", style="default")
    line.append(f" {remarks(heard)} → {answered}", style="dim")
    out.print(line)
    if heard.message:
        out.print(Text(f"  {harmless(heard.message)}", style="red"))
    shown = harmless(json.dumps(heard.body, indent=2, ensure_ascii=False) if heard.is_json else heard.body)
    text = Text("\n".join("  " + each for each in shown[:MOST_SHOWN].split("\n")), style="default")
    if heard.is_json:
        JSONHighlighter().highlight(text)
    if len(shown) > MOST_SHOWN:
        text.append(f"\n  … {len(shown) - MOST_SHOWN:,} characters more", style="dim")
    out.print(text)
    sys.stdout.flush()


def remarks(heard: Heard) -> str:
    """What else there is to say, in short.

    >>> remarks(Heard(1060.0, None, None, "msg_1", "order.created", "2", "v1", 0.4, 1000.0, True, {}, 2))
    'attempt 2, v1, signed 0.4 s ago, heard before 1 min ago'
    """
    from hub.cli.words import span

    said = [f"attempt {harmless(heard.attempt)[:8]}"] if heard.attempt else []
    if heard.version:
        said.append(heard.version)
    if heard.age is not None and not heard.reason:
        said.append(
            f"signed {span(max(heard.age, 0.0))} ago" if heard.age > -1 else f"signed {span(-heard.age)} ahead of this clock"
        )
    if heard.seen is not None:
        said.append(f"heard before {span(heard.at - heard.seen)} ago")
    return ", ".join(said or [f"{heard.size:,} bytes"])


def _line(data: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(data) + "\n")  # ASCII: nothing in it can be obeyed or fail to print
    sys.stdout.flush()
