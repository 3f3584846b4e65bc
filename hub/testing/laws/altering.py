"""A shop whose rows are not quite what they were: every JSON answer is altered on its way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hub.ports import Sandbox
from hub.testing.hostile import Answer, Receive, Scope, Send

Alter = Callable[[dict[str, Any]], None]  # changes a row in place


class Altered:
    """An ASGI application: the sandbox's with `alter` applied to each row (an object with an `id`) of its JSON answers."""

    def __init__(self, sandbox: Sandbox, alter: Alter) -> None:
        self.inner, self.rows, self.alter = sandbox.app, sandbox.rows, alter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the answer in, alter its rows, send it on."""
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        answer = await Answer.of(self.inner, scope, receive)
        try:
            body = json.loads(answer.body)
        except ValueError:
            pass
        else:
            for row in self.rows(body) or [body]:
                if isinstance(row, dict) and "id" in row:
                    self.alter(row)
            answer.body = json.dumps(body, separators=(",", ":")).encode()
        await answer.send(send)
