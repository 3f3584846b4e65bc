"""Runs bulk operations: begins one or adopts ours that is under way, waits for its end, says what went wrong.

The webhook of its end may never come, so the state is asked for, at growing intervals. Shopify runs five of an app's queries at
once in a shop; the sixth waits here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from connectors.shopify.client.graph import Graph, UserErrors
from connectors.shopify.documents import load
from connectors.shopify.times import moment, stamp
from hub.errors import ConnectorError, PermanentError, RetryableError

FIRST: Final = 1.0  # seconds between looks at first
LONGEST: Final = 60.0
GROWTH: Final = 1.5
PATIENCE: Final = 3600.0  # seconds of waiting for room; then the run decides
STUCK: Final = 6 * 3600.0  # seconds without another object
WORKING: Final = ("CREATED", "RUNNING")
FULL: Final = ("OPERATION_IN_PROGRESS", "LIMIT_REACHED")


class BulkDenied(PermanentError):
    """The operation asked for what the app may not read."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A bulk operation as it stood when it was asked for. objects and roots: what Shopify counts; size: of its file, in bytes."""

    id: str
    status: str
    error: str | None
    created: datetime | None
    completed: datetime | None
    objects: int
    roots: int
    size: int | None
    url: str | None
    text: str


def text_of(document: str, resource: str, since: datetime | None) -> str:
    """A bulk document, for everything or for what was modified since: variables are not taken, so it is written into the text."""
    text = load(document)
    if since is None:
        return text
    return text.replace(f"{resource} {{", f"{resource}(query: \"updated_at:>='{stamp(since)}'\") {{", 1)


class Operations:
    """The bulk operations of one shop. Raises what `Graph` raises."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def begin(self, text: str) -> Operation:
        """An operation with this text: one that is under way, else a new one as soon as Shopify lets us.

        One that has ended says how the shop was, not how it is: whoever began it goes on with it by its id.
        """
        began = time.monotonic()
        for pause in _pauses():
            if (found := await self._ours(text)) is not None:
                return found
            try:
                return _operation(await self._graph.change("bulk_run", {"query": text}, "bulkOperationRunQuery"))
            except UserErrors as error:
                if not any(one.code in FULL for one in error.errors):
                    raise
                if time.monotonic() - began > PATIENCE:
                    words = "; ".join(one.message for one in error.errors)
                    raise RetryableError(f"The shop has had no room for another bulk operation: {words}", after=LONGEST) from None
            await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    async def _ours(self, text: str) -> Operation | None:
        said = await self._graph.ask("bulk_list")
        listed = (said.data.get("bulkOperations") or {}).get("nodes") or ()
        for one in (_operation({"bulkOperation": node}) for node in listed if isinstance(node, dict)):
            if one.status in WORKING and one.text.split() == text.split():
                return one
        return None

    async def look(self, id: str) -> Operation:
        """How it stands now. Raises PermanentError when the shop knows it no more."""
        said = await self._graph.ask("bulk_state", {"id": id})
        if said.data.get("bulkOperation") is None:
            raise PermanentError(f"The shop knows no bulk operation {id} any more.", hint="The export is begun anew.")
        return _operation(said.data)

    async def finished(self, ids: Sequence[str]) -> list[Operation]:
        """These operations, all COMPLETED. When one fails the others are cancelled, so that they do not take up room.

        Raises PermanentError, for ACCESS_DENIED its kind BulkDenied.
        """
        done: list[Operation] = []
        for id in ids:
            try:
                done.append(await self._completed(id))
            except PermanentError:
                for other in ids:
                    if other != id:
                        await self._cancel(other)
                raise
        return done

    async def _completed(self, id: str) -> Operation:
        before, moved = -1, time.monotonic()
        for pause in _pauses():
            one = await self.look(id)
            if one.status == "COMPLETED":
                return one
            if one.status not in (*WORKING, "CANCELING"):
                raise _failure(one)
            if one.objects != before:
                before, moved = one.objects, time.monotonic()
            elif time.monotonic() - moved > STUCK:
                await self._cancel(id)
                raise PermanentError(
                    f"The bulk operation {id} stands still at {one.objects} objects since {STUCK / 3600:.1f} hours."
                )
            await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    async def _cancel(self, id: str) -> None:
        try:
            if (await self.look(id)).status in WORKING:
                await self._graph.change("bulk_cancel", {"id": id}, "bulkOperationCancel")
        except ConnectorError:  # it has ended meanwhile, or cannot be reached: the first trouble is the one that is told
            return


def _pauses() -> Iterator[float]:
    pause = FIRST
    while True:
        yield pause
        pause = min(pause * GROWTH, LONGEST)


def _failure(one: Operation) -> PermanentError:
    """Why an operation gave nothing. What it wrote until then is left alone: children come anywhere in the file, so of no
    record in half a file can it be said that it is whole."""
    if one.error == "ACCESS_DENIED":
        return BulkDenied(
            f"Shopify denies the bulk operation {one.id} what it asks for (ACCESS_DENIED).",
            hint="Give the app the scopes to read it, and request access to protected customer data.",
        )
    if one.status == "CANCELED":
        return PermanentError(f"The bulk operation {one.id} was cancelled in the shop.")
    if one.status == "EXPIRED":
        return PermanentError(f"The bulk operation {one.id} has expired: results are kept for seven days.")
    return PermanentError(f"The bulk operation {one.id} ended as {one.status} ({one.error or 'no reason given'}).")


def _operation(found: Mapping[str, Any]) -> Operation:
    """Of an answer that has one; counts are strings, being 64 bits wide."""
    node = found.get("bulkOperation")
    if not isinstance(node, dict) or not isinstance(node.get("id"), str):
        raise RetryableError("The shop's answer holds no bulk operation.")
    return Operation(
        id=node["id"],
        status=str(node.get("status")),
        error=node.get("errorCode"),
        created=moment(node.get("createdAt")),
        completed=moment(node.get("completedAt")),
        objects=int(node.get("objectCount") or 0),
        roots=int(node.get("rootObjectCount") or 0),
        size=None if node.get("fileSize") is None else int(node["fileSize"]),
        url=node.get("url"),
        text=str(node.get("query") or ""),
    )
