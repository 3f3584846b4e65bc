"""Names to addresses: asked once in thirty seconds for each name, in threads of our own, never waited for by the loop."""

from __future__ import annotations

import asyncio
import math
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

TTL = 30.0  # seconds; for names that do not resolve, too
BUDGET = 5.0
THREADS = 64
AGAIN = 2.0  # seconds after a passing trouble
KNOWN_AT_MOST = 20_000

#: Asks the system: (name) -> numeric addresses. Raises OSError.
Lookup = Callable[[str], list[str]]


@dataclass(slots=True, eq=False)
class Found:
    """What a name resolved to. Empty: it did not, and `trouble` says why. It may be used until `until`, and is asked for anew
    from `ahead` on, by the monotonic clock."""

    addresses: tuple[str, ...]
    trouble: str
    ahead: float
    until: float


FOREVER = Found((), "", math.inf, math.inf)


class Resolver:
    """A cache in front of the system's resolver."""

    def __init__(self, lookup: Lookup | None = None, *, ttl: float = TTL, budget: float = BUDGET) -> None:
        self._lookup = lookup or from_system
        self._ttl = ttl
        self._budget = budget
        self._known: dict[str, Found] = {}
        self._asking: dict[str, asyncio.Task[Found]] = {}
        # The system's resolver may take half a minute over a dead server: names of others must not stand in line behind it.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="names")

    def known(self, name: str) -> Found | None:
        """What is still fresh, at once. Asks again ahead of time, so that a name in use is hardly ever waited for."""
        found = self._known.get(name)
        if found is None:
            return None
        now = time.monotonic()
        if found.ahead <= now and name not in self._asking:
            self._ask(name)
        return found if now < found.until else None

    async def find(self, name: str) -> Found:
        """Fresh, or asked for; those who ask meanwhile share the one question."""
        found = self.known(name)
        if found is None:
            found = await asyncio.shield(self._asking.get(name) or self._ask(name))
        return found

    def close(self) -> None:
        """Ask no more. Threads that still wait for the system end by themselves."""
        for task in list(self._asking.values()):
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, name: str) -> asyncio.Task[Found]:
        task = asyncio.get_running_loop().create_task(self._find(name))
        self._asking[name] = task
        task.add_done_callback(lambda _: self._asking.pop(name, None))
        return task

    async def _find(self, name: str) -> Found:
        addresses: tuple[str, ...] = ()
        trouble, passing = "", False
        try:
            asked = asyncio.get_running_loop().run_in_executor(self._threads, self._lookup, name)
            addresses = tuple(dict.fromkeys(await asyncio.wait_for(asked, self._budget)))
            trouble = "" if addresses else f"{name} has no address."
        except TimeoutError:
            trouble, passing = f"The name {name} was not resolved in {self._budget:g} seconds.", True
        except (OSError, UnicodeError) as error:
            passing = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
            trouble = f"The name {name} does not resolve" + (" just now." if passing else ".")
        return self._keep(name, addresses, trouble, passing)

    def _keep(self, name: str, addresses: tuple[str, ...], trouble: str, passing: bool) -> Found:
        now = time.monotonic()
        known = self._known.get(name)
        if passing and known is not None and known.addresses and now < known.until:
            known.ahead = now + AGAIN  # asked ahead of time, and what is known still holds
            return known
        if len(self._known) >= KNOWN_AT_MOST:
            self._known.clear()
        found = self._known[name] = Found(addresses, trouble, now + self._ttl * 0.75, now + self._ttl)
        return found


def from_system(name: str) -> list[str]:
    """Every address of a name, in the system's order."""
    return [str(address[0]) for *_, address in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
