"""The hub's processes under test: started, killed with -9, started again on the same ports."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from hub.access.keys import issue_key
from hub.db.embedded import EmbeddedPostgres, home_of
from hub.db.engine import Database
from hub.db.ids import uuid7
from tests.webhooks.crash.reckoning import Kill, Promise, promises
from tests.webhooks.sink import Sink
from webhooks.partners import applications, endpoints, types
from webhooks.partners.draft import EndpointDraft, UrlPolicy

ROOT = Path(__file__).parents[3]
TYPE = "crash.told"
READY = ("Luneo Hub is up", "The dispatcher is ready", "The API listens")


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Works:
    """`database` is theirs all; `postgres` the server's holder in this process, its data below `data_dir`."""

    database: str
    postgres: EmbeddedPostgres
    data_dir: Path
    folder: Path
    sink: Sink
    redis: str | None = None
    allow: list[str] = field(default_factory=list)  # host:port pairs; else the sink's
    kills: list[Kill] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _bent: dict[str, Mapping[str, float]] = field(default_factory=dict)
    _away: float | None = None  # since when the database is
    _back: float = 0.0  # when it last came back
    _began: dict[str, float] = field(default_factory=dict)
    _said: dict[str, int] = field(default_factory=dict)  # length of the log when it was started

    def start(self, name: str, bent: Mapping[str, float] | None = None) -> None:
        """`up`, `api` or `dispatch`, with whatever follows a dash for another of its kind. `bent`: see the launcher."""
        self._bent[name] = bent or self._bent.get(name, {})
        words = [name.partition("-")[0]]
        if words[0] in ("up", "api"):
            self.ports.setdefault(name, free_port())
            words += ["--host", "127.0.0.1", "--port", str(self.ports[name])]
        allow = ",".join(self.allow or [self.sink.host])
        env = os.environ | {
            "LUNEO_DATABASE_URL": self.database, "LUNEO_EGRESS_ALLOW": allow, "LUNEO_LOG_LEVEL": "info", "NO_COLOR": "1",
        }  # fmt: skip
        if self.redis:
            env["LUNEO_REDIS_URL"] = self.redis
        launch = [sys.executable, "-m", "tests.webhooks.crash.launcher", json.dumps(self._bent[name])]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._said[name], self._began[name] = log.tell(), time.monotonic()
            self._running[name] = subprocess.Popen([*launch, *words], cwd=ROOT, env=env, stdout=log, stderr=log)

    def pid(self, name: str) -> int:
        return self._running[name].pid

    async def ready(self, *names: str, seconds: float = 40.0) -> None:
        """Until the APIs among them answer."""
        async with asyncio.timeout(seconds):
            for name in names or tuple(self._running):
                while name in self.ports and not await asyncio.to_thread(self._answers, name):
                    self.supervise()
                    await asyncio.sleep(0.1)

    def _answers(self, name: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def words(self, name: str) -> str:
        """The end of what a process wrote."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-1500:]

    def kill(self, name: str) -> None:
        """kill -9. Of a dispatcher it is written down: what it had in flight may come again."""
        process = self._running[name]
        process.kill()
        process.wait()
        if not name.startswith("api"):
            now = time.monotonic()
            self.kills.append(Kill(name, now, min(now, self._away or now)))

    def kill_postgres(self) -> None:
        """kill -9 of the postmaster: its children end, nothing is written down."""
        self._away = time.monotonic()
        pid = int((home_of(self.data_dir) / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    async def revive_postgres(self) -> None:
        """Start it again; it recovers from its log."""
        await asyncio.to_thread(self.postgres.ensure)
        self._away, self._back = None, time.monotonic()

    def supervise(self) -> None:
        """Start again whoever lost the database while it began, as a supervisor does. Who ended later has failed."""
        for name, process in self._running.items():
            if process.poll() is not None:
                wrote = (self.folder / f"{name}.log").read_bytes()[self._said[name] :].decode(errors="replace")
                assert not any(word in wrote for word in READY), f"{name} ended by itself: {wrote[-1500:]}"
                assert self._began[name] < self._back, f"{name} did not begin though the database was there: {wrote[-1500:]}"
                print(f"{name} is started again: {wrote[-200:].strip()}")
                self.start(name)

    def ended(self) -> list[str]:
        """Who ended without being told to."""
        return [f"{name}: {self.words(name)}" for name, process in self._running.items() if process.poll() is not None]

    def close(self) -> None:
        """Kill whoever is left."""
        for process in self._running.values():
            process.kill()
            process.wait()


@dataclass
class Partner:
    """One organisation with one application; its API key for the publishers."""

    db: Database
    org: UUID
    application: UUID
    api_key: str
    allow: list[str]

    async def endpoint(self, url: str, **settings: Any) -> UUID:
        """A further endpoint of it."""
        async with self.db.org(self.org) as unit:
            made, _ = await endpoints.create(
                unit, self.application, EndpointDraft(url, **settings), policy=UrlPolicy(self.allow, True)
            )
        return made.id

    async def states(self) -> dict[int, int]:
        """How many messages stand in which state."""
        async with self.db.org(self.org) as unit:
            return {row["state"]: row["n"] for row in await unit.fetch("select state, count(*) as n from message group by 1")}

    async def settled(self, seconds: float) -> dict[int, int]:
        """Until nothing waits and nobody holds anything."""
        async with asyncio.timeout(seconds):
            while (found := await self.states()).keys() & {0, 1}:  # noqa: ASYNC110 (other processes move them)
                await asyncio.sleep(0.2)
        return found


async def partner(db: Database, sink: Sink) -> Partner:
    """A new organisation with an application and an event type."""
    org = uuid7()
    async with db.system() as unit:
        await unit.execute("insert into organisation (id, slug, name) values ($1, $2, 'Crash')", org, f"crash-{org.hex[-8:]}")
    async with db.org(org) as unit:
        application = await applications.create(unit, "Partner")
        await types.create(unit, TYPE, description="Told while processes are killed.")
        _, key = await issue_key(unit, "publisher", ["events:write"])
    return Partner(db, org, application.id, key.reveal(), [sink.host])


class Publishing:
    """A publisher's process and its ledger."""

    def __init__(self, works: Works, whose: Partner, keys: int, dice: random.Random, pause: float = 0.03) -> None:
        self._ledger = works.folder / f"ledger-{dice.randrange(1 << 32):08x}"
        self._orders = {
            "addresses": [f"127.0.0.1:{port}" for port in works.ports.values()], "api_key": whose.api_key, "type": TYPE,
            "application": str(whose.application), "keys": [f"{self._ledger.name[-4:]}-{n}" for n in range(keys)],
            "ledger": str(self._ledger), "seed": dice.randrange(1 << 32), "pause": pause,
        }  # fmt: skip

    async def start(self) -> None:
        words = [sys.executable, "-m", "tests.webhooks.crash.publisher"]
        pipe = subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, cwd=ROOT)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(self._orders).encode() + b"\n")
        assert await self._process.stdout.readline() == b"begun\n"

    async def stop(self) -> dict[str, Any]:
        """Let it finish what it began; what it was answered."""
        self._process.terminate()
        told, _ = await asyncio.wait_for(self._process.communicate(), 120)
        assert self._process.returncode == 0, "the publisher gave up: the hub did not take what it asked again and again"
        return dict(json.loads(told))

    def kill(self) -> None:
        """For a test that failed."""
        if self._process.returncode is None:
            self._process.kill()

    def promised(self) -> list[Promise]:
        """What was answered 202 so far."""
        return promises(self._ledger.read_text().splitlines()) if self._ledger.exists() else []
