"""Bulk operations: started by a mutation, run beside the answers, told by status and webhook, read as a file of JSON lines.

At most five run at once (Shopify, since 2026-01). A result can be fetched for seven days, at an address that is signed anew
whenever the operation is asked for it.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from connectors.shopify.sandbox.bulk_lines import lines
from connectors.shopify.sandbox.clock import DAY
from connectors.shopify.sandbox.plan import Null
from connectors.shopify.sandbox.state import Json, State, number_of

AT_ONCE = 5
KEPT = 7 * DAY  # seconds that a result can be fetched
BATCH = 100  # roots whose children come mixed
RUNNING = {"CREATED", "RUNNING", "CANCELING"}
Roots = AsyncGenerator[list[Json]]


class Denied(Exception):
    """The operation asked for what its token may not see."""


@dataclass
class Trouble:
    """What is to go wrong with operations started from now on. Counts are used up, one operation each."""

    fail: list[tuple[int, bool, str]] = field(default_factory=list)  # after so many lines, partial data, error code
    malform: list[int] = field(default_factory=list)  # this line, from 1, is cut in the middle
    truncate: list[int] = field(default_factory=list)  # the file ends after so many bytes and says nothing of it
    expire: int = 0
    stalled: bool = False
    lost_finishes: int = 0


@dataclass
class Kept:
    """A result file. `cuts`: downloads still to be broken off, each after so many bytes."""

    path: Path
    cuts: list[int] = field(default_factory=list)


class Bulk:
    """The shop's bulk operations. `token_seen` counts downloads that carried an access token, which they must not."""

    def __init__(self, state: State, seconds: float) -> None:
        self.state, self.seconds, self.limit, self.batch = state, seconds, AT_ONCE, BATCH
        self.trouble = Trouble()
        self.files: dict[str, Kept] = {}
        self.token_seen = 0
        self.downloads = 0
        self._folder: Path | None = None
        self._handed: list[tuple[Path, int, int]] = []
        self._cuts: list[int] = []
        self._key, self._tasks = secrets.token_bytes(16), dict[str, asyncio.Task[None]]()

    # -- switches of tests -----------------------------------------------------------------------------------------

    def fail(self, at: int = 0, *, partial: bool = False, code: str = "INTERNAL_SERVER_ERROR") -> None:
        """The next operation fails after `at` lines; `partial`: these can be fetched."""
        self.trouble.fail.append((at, partial, code))

    def malform(self, line: int) -> None:
        """This line (from 1) of the next result is no JSON."""
        self.trouble.malform.append(line)

    def truncate(self, size: int) -> None:
        """The next result is stored cut after so many bytes; only `fileSize` tells."""
        self.trouble.truncate.append(size)

    def cut(self, size: int) -> None:
        """The next download breaks off after so many bytes, once."""
        self._cuts.append(size)

    def expire_next(self) -> None:
        """The next operation ends as EXPIRED."""
        self.trouble.expire += 1

    def stall(self, stalled: bool = True) -> None:
        """Operations stay RUNNING until `stall(False)`."""
        self.trouble.stalled = stalled

    def lose_finish(self, times: int = 1) -> None:
        """The finish webhook of the next operations is never sent."""
        self.trouble.lost_finishes += times

    def expire_urls(self) -> None:
        """Every address given so far is refused; asking the operation again gives a good one."""
        self._key = secrets.token_bytes(16)

    def serve_file(self, path: Path | str, root_count: int, object_count: int) -> None:
        """The next operation gives this file, whatever it asks for."""
        self._handed.append((Path(path), root_count, object_count))

    # -- the life of an operation ----------------------------------------------------------------------------------

    def running(self) -> list[Json]:
        return [one for one in self.state.of("BulkOperation").values() if one["status"] in RUNNING]

    def begin(self, query: str, roots: Roots, connections: frozenset[str], grouped: bool) -> Json:
        """A new operation, CREATED. Must be called in the loop that serves."""
        counts = {"objectCount": "0", "rootObjectCount": "0", "fileSize": None}
        ends = {"completedAt": None, "errorCode": None, "partial": False}
        said: Json = {"status": "CREATED", "type": "QUERY", "query": query, "createdAt": self.state.now(), **counts, **ends}
        made = self.state.put("BulkOperation", said)
        work = self._run(made, roots, connections, grouped)
        self._tasks[made["id"]] = asyncio.get_running_loop().create_task(work)
        return made

    def cancel(self, operation: Json) -> None:
        """CANCELING now, CANCELED when the work has stopped."""
        operation["status"] = "CANCELING"

    async def stop(self) -> None:
        """End what runs, and remove the files."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
            self.files.clear()

    async def _run(self, operation: Json, roots: Roots, connections: frozenset[str], grouped: bool) -> None:
        until = asyncio.get_running_loop().time() + self.seconds
        await asyncio.sleep(min(self.seconds / 4, 0.1))
        if operation["status"] == "CREATED":
            operation["status"] = "RUNNING"
        try:
            code = await self._work(operation, roots, connections, grouped)
        except Denied:
            code = "ACCESS_DENIED"
        except Null:
            code = "INTERNAL_SERVER_ERROR"
        except Exception:
            self._end(operation, "INTERNAL_SERVER_ERROR")
            raise  # our own mistake: nobody shall wait for the operation, and it shall be seen
        while self.trouble.stalled or asyncio.get_running_loop().time() < until:
            if operation["status"] == "CANCELING":
                break
            await asyncio.sleep(0.01)
        self._end(operation, code)

    async def _work(self, operation: Json, roots: Roots, connections: frozenset[str], grouped: bool) -> str | None:
        """Write the file; gives the error code with which the operation fails."""
        if self._handed:
            path, root_count, count = self._handed.pop(0)
            self._store(operation, path, root_count, count)
            return None
        most, partial, code = self.trouble.fail.pop(0) if self.trouble.fail else (None, False, None)
        path = self._new_file(operation)
        async with aclosing(roots) as batches:
            root_count, count = await self._write(operation, path, batches, (connections, grouped), most)
        self._store(operation, path, root_count, count)
        if self.trouble.truncate:
            with path.open("r+b") as file:
                file.truncate(self.trouble.truncate.pop(0))
        operation["partial"] = partial
        return code

    async def _write(
        self, operation: Json, path: Path, batches: Roots, how: tuple[frozenset[str], bool], most: int | None
    ) -> tuple[int, int]:
        """(roots, lines) written, at most so many lines; ends early when the operation is cancelled."""
        bad = self.trouble.malform.pop(0) if self.trouble.malform else 0
        root_count = count = 0
        with path.open("wb") as file:
            async for batch in batches:
                for line, is_root in lines(batch, how[0], grouped=how[1]):
                    if count == most:
                        break
                    count, root_count = count + 1, root_count + is_root
                    file.write(line if count != bad else line[: len(line) // 2] + b"\n")
                operation["objectCount"], operation["rootObjectCount"] = str(count), str(root_count)
                if count == most or operation["status"] == "CANCELING":
                    break
                await asyncio.sleep(0)  # others get their answers between two batches
        return root_count, count

    def _store(self, operation: Json, path: Path, root_count: int, count: int) -> None:
        operation["objectCount"], operation["rootObjectCount"] = str(count), str(root_count)
        operation["fileSize"] = str(path.stat().st_size) if count else None
        self.files[operation["id"]] = Kept(path)

    def _end(self, operation: Json, code: str | None) -> None:
        if operation["status"] == "CANCELING":
            operation.update(status="CANCELED", fileSize=None)
        elif code:
            operation.update(status="FAILED", errorCode=code)
            operation["fileSize"] = operation["fileSize"] if operation["partial"] else None
        elif self.trouble.expire:
            self.trouble.expire -= 1
            operation.update(status="EXPIRED", fileSize=None)
        else:
            operation["status"] = "COMPLETED"
        operation["completedAt"] = self.state.now()
        self._tasks.pop(operation["id"], None)
        if self.trouble.lost_finishes:
            self.trouble.lost_finishes -= 1
        else:
            self.state.tell("bulk_operations/finish", operation)

    def _new_file(self, operation: Json) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="shopify-sandbox-"))
        return self._folder / f"{number_of(operation['id'])}.jsonl"

    # -- the file --------------------------------------------------------------------------------------------------

    def url(self, operation: Json, base: str, *, partial: bool) -> str | None:
        """A fresh address of the result (of the partial one), None when there is none (any more)."""
        good = operation["status"] == "FAILED" and operation["partial"] if partial else operation["status"] == "COMPLETED"
        if not good or operation["objectCount"] == "0" or operation["id"] not in self.files:
            return None
        expires = int(self.state.clock.now() + KEPT)
        number = number_of(operation["id"])
        return f"{base}/bulk/{number}.jsonl?expires={expires}&signature={self._signature(number, expires)}"

    def file(self, number: int, expires: str, signature: str) -> Kept | None:
        """The file behind an address, None when the address is not good (any more)."""
        if not expires.isdecimal() or int(expires) <= self.state.clock.now():
            return None
        if not hmac.compare_digest(signature.encode(), self._signature(number, int(expires)).encode()):
            return None
        found = self.files.get(f"gid://shopify/BulkOperation/{number}")
        if found and self._cuts:
            found.cuts.append(self._cuts.pop(0))
        return found

    def age(self, operation: Json) -> Json:
        """The operation as it stands now: results of a week ago have expired."""
        if operation["status"] == "COMPLETED" and _seconds(operation["completedAt"]) + KEPT <= self.state.clock.now():
            operation.update(status="EXPIRED", fileSize=None)
        return operation

    def _signature(self, number: int, expires: int) -> str:
        return hmac.digest(self._key, f"{number}/{expires}".encode(), "sha256").hex()


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
