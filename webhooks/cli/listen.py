"""`luneo webhooks listen`: a local receiver that verifies and pretty-prints, for a partner's first five minutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options

if TYPE_CHECKING:
    import asyncio

    from hub.ports import Lean
    from webhooks.cli.heard import Ears, Heard

Secrets = Annotated[
    list[str] | None,
    typer.Option("--secret", metavar="KEY", help="The endpoint's whsec_… secret, or a whpk_… public key (repeat it; - asks)."),
]
Answer = Annotated[int | None, typer.Option("--answer", min=200, max=599, help="Answer everything with this status: 500, 410…")]


def command(
    secret: Secrets = None,
    port: options.Port = 0,
    host: options.Host = "127.0.0.1",
    answer: Answer = None,
    as_json: options.Json = False,
) -> None:
    """Receive webhooks here until Ctrl-C: verify each, print it, answer 204 (or 400 when it is not genuine)."""
    from hub.cli.run import run
    from webhooks.sign import new_secret
    from webhooks.verify import Verifier

    keys = [options.credentials(secret=each)["secret"] for each in secret or []]
    made = None if keys else new_secret()
    verifier = Verifier(keys or [made or ""])
    run(_listen(verifier, made, host, port, answer, as_json))


async def _listen(verifier: Any, made: str | None, host: str, port: int, status: int | None, as_json: bool) -> None:
    from hub.cli.house import until_stopped
    from hub.cli.hub_process import first
    from hub.cli.listen import address_of, bind, serving
    from webhooks.cli import hearing
    from webhooks.cli.heard import Ears

    stop = until_stopped()
    with bind(host, port) as sock:
        app = receiver(Ears(verifier), status, hearing.as_line if as_json else hearing.for_people, stop)
        async with serving(app, sock, lifespan="off", ws="none") as server:
            hearing.calm()
            hearing.begin(address_of(sock), made, as_json)
            await first(server, stop)


def receiver(ears: Ears, status: int | None, show: Callable[[Heard, int], None], stop: asyncio.Event) -> Lean:
    """An ASGI application that hears every POST. `show` is told what came and how it is answered."""
    from webhooks.verify import LARGEST

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] != "POST":
            await _answer(send, 405, b"This is `luneo webhooks listen`: it hears POST.\n", [(b"allow", b"POST")])
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return  # gone in the middle of its body: whoever sent it will try again
            body += message.get("body", b"")
            if not message.get("more_body") or len(body) > LARGEST:
                break
        whole = len(body) <= LARGEST
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        heard = ears.hear(headers, bytes(body) if whole else None)
        answered = status or (413 if not whole else 400 if heard.reason else 204)
        told = b"" if answered == 204 else f"{heard.message or 'As you wished.'}\n".encode()
        await _answer(send, answered, told, [] if whole else [(b"connection", b"close")])
        try:
            show(heard, answered)
        except BrokenPipeError:  # nobody reads on
            stop.set()

    return app


async def _answer(send: Any, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    fixed = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))] if body else []
    await send({"type": "http.response.start", "status": status, "headers": fixed + (headers or [])})
    await send({"type": "http.response.body", "body": body})
