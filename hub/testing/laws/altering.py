"""A shop whose rows are not quite what they were: every JSON answer is altered on its way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hub.testing.hostile import Answer, App, Message, Receive, Scope, Send

Alter = Callable[[dict[str, Any]], None]  # changes a row in place


class Altered:
    """An ASGI application: `app` with `alter` applied to each row (an object with an `id`) of its GET answers."""

    def __init__(self, app: App, alter: Alter) -> None:
        self.inner, self.alter = app, alter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the answer in, alter its rows, send it on."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.inner(scope, receive, send)
            return
        answer = Answer()

        async def take(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message["headers"])
            else:
                answer.body += message.get("body", b"")

        await self.inner(scope, receive, take)
        try:
            body = json.loads(answer.body)
        except ValueError:
            pass
        else:
            for row in body if isinstance(body, list) else [body]:
                if isinstance(row, dict) and "id" in row:
                    self.alter(row)
            answer.body = json.dumps(body, separators=(",", ":")).encode()
        await answer.send(send)
