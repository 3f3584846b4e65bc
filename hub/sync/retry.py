"""Asking a store with patience: what may be tried again is, what may not is not, and a struggling store gets smaller pages."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from hub.errors import ConnectorError, RetryableError

T = TypeVar("T")

CALM: Final = 10  # good pages in a row before the page size goes back up


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to insist: tries per request, seconds between them (doubling, with jitter), and all waiting of one request.

    A store that asks for a longer wait than `total` gets no further try.
    """

    tries: int = 6
    first: float = 0.5
    longest: float = 60.0
    total: float = 300.0


class GaveUp(ConnectorError):
    """The store did not answer one request in all our tries. The message is the last reason."""

    def __init__(self, message: str, *, hint: str = "", tries: int) -> None:
        super().__init__(message, hint=hint)
        self.tries = tries


class PageSize:
    """How many rows to ask for: steps down the manifest's sizes when the store struggles, and back up when it is calm."""

    __slots__ = ("_calm", "_place", "sizes", "smallest")

    def __init__(self, sizes: tuple[int, ...]) -> None:
        self.sizes = sizes
        self._place = 0
        self._calm = 0
        self.smallest = sizes[0]

    @property
    def now(self) -> int:
        return self.sizes[self._place]

    def struggle(self) -> None:
        """The store timed out or broke down under a page."""
        self._place = min(self._place + 1, len(self.sizes) - 1)
        self._calm = 0
        self.smallest = min(self.smallest, self.now)

    def calm(self) -> None:
        """A page came."""
        if self._place:
            self._calm += 1
            if self._calm >= CALM:
                self._place, self._calm = self._place - 1, 0


class Asker:
    """Sends requests for one run and counts them. `asked`: requests sent, `retried`: of these, again; `waited`: seconds."""

    __slots__ = ("_patience", "asked", "retried", "size", "waited")

    def __init__(self, patience: Patience, sizes: tuple[int, ...]) -> None:
        self._patience = patience
        self.size = PageSize(sizes)
        self.asked = 0
        self.retried = 0
        self.waited = 0.0

    async def ask(self, request: Callable[[int], Awaitable[T]]) -> T:
        """The answer to a request, which is given the page size to use. Raises GaveUp, or what must not be tried again."""
        began = time.monotonic()
        for nth in range(1, self._patience.tries + 1):
            self.asked += 1
            try:
                answer = await request(self.size.now)
            except RetryableError as error:
                await self.rest(nth, began, error)
            else:
                self.size.calm()
                return answer
        raise AssertionError("unreachable")

    async def rest(self, nth: int, began: float, error: RetryableError) -> None:
        """Wait after the nth failure in a row of something that was begun then (monotonic). Raises GaveUp after the last."""
        if error.status != 429:  # too fast is not too much
            self.size.struggle()
        wait = self._wait(nth, error.after)
        if nth >= self._patience.tries or time.monotonic() - began + wait > self._patience.total:
            raise GaveUp(error.message, hint=error.hint, tries=nth) from error
        self.retried += 1
        self.waited += wait
        await asyncio.sleep(wait)

    def _wait(self, nth: int, after: float | None) -> float:
        doubling = min(self._patience.longest, self._patience.first * 2.0 ** (nth - 1))
        jittered = doubling * (0.5 + random.random() / 2)  # noqa: S311 (no secret)
        # What the vendor asks for is a floor; the jitter on top keeps workers from coming back together.
        return jittered if after is None else after + jittered * 0.1
