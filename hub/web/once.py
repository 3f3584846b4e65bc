"""Idempotency-Key on routes that change things: done once, answered the same for ever after (a day).

The first answer is kept byte for byte, unless it was a refusal: a request that failed has changed nothing and may be sent
again under the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from fastapi import Depends, Header, Request, Response

from hub.access import Caller
from hub.db.unit import Unit
from hub.idempotency import Replay, begin, finish
from hub.web.answers import JSON
from hub.web.house import house_of


class Once:
    """The dependency of a route that changes something. Without the header it does nothing but run the act."""

    def __init__(
        self,
        request: Request,
        key: Annotated[
            str | None,
            Header(alias="Idempotency-Key", description="A unique text of yours: the request is then done at most once."),
        ] = None,
    ) -> None:
        self._request = request
        self.key = key

    async def within(
        self,
        who: Caller,
        act: Callable[[Unit], Awaitable[Response]],
        *,
        kept: Callable[[Response], Response] = lambda response: response,
    ) -> Response:
        """Run `act` in one unit of work, together with the memory of its answer.

        `kept`: what of the answer is remembered, where it shows a secret that nothing may keep.
        """
        async with house_of(self._request).db.org(who.org) as unit:
            if self.key is None:
                return await act(unit)
            if replay := await begin(unit, self.key, await request_hash(self._request)):
                return replayed(replay)
            response = await act(unit)
            await keep(unit, self.key, kept(response))
            return response

    async def around(self, who: Caller, act: Callable[[], Awaitable[Response]]) -> Response:
        """The same for an effect that asks a vendor, which no transaction may wait for."""
        key, db = self.key, house_of(self._request).db
        if key is None:
            return await act()
        async with db.org(who.org) as unit:
            if replay := await begin(unit, key, await request_hash(self._request)):
                return replayed(replay)
        try:
            response = await act()
        except BaseException:
            async with db.org(who.org) as unit:
                await unit.execute("delete from idempotency where key = $1 and state = 'in_flight'", key)
            raise
        async with db.org(who.org) as unit:
            await keep(unit, key, response)
        return response


AtMostOnce = Annotated[Once, Depends()]


async def request_hash(request: Request) -> bytes:
    """What makes two requests the same: method, address, query and body."""
    what = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(what + await request.body()).digest()


async def keep(unit: Unit, key: str, response: Response) -> None:
    """Remember an answer."""
    headers = {name: value for name, value in response.headers.items() if name in ("location", "retry-after")}
    await finish(unit, key, response.status_code, msgspec.json.encode(headers).decode(), bytes(response.body))


def replayed(replay: Replay) -> Response:
    """The answer of the first time, marked as such."""
    headers = {**msgspec.json.decode(replay.headers), "idempotent-replayed": "true"}
    return Response(replay.body, replay.status, headers, JSON if replay.body else None)
