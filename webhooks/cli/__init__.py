"""`luneo webhooks …`: what a partner or an operator does from a terminal."""

from __future__ import annotations

import typer

from webhooks.cli import endpoint_changes, endpoints, listen, replay, send

group = typer.Typer(help="Outbound webhooks: listen, send, replay, endpoints.", rich_markup_mode=None)
group.command("listen")(listen.command)
group.command("send")(send.command)
group.command("replay")(replay.command)
group.add_typer(endpoints.group, name="endpoints")
for change in (endpoint_changes.enable, endpoint_changes.disable, endpoint_changes.rotate, endpoint_changes.delete):
    endpoints.group.command(change.__name__)(change)
