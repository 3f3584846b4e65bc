"""A shop under trial: the sandbox over real HTTP, connected the real way, read by the real engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from hub.db.ids import uuid7
from hub.http import guarded_client
from hub.installations.connect import connect
from hub.ports import Limits, Resource, Sandbox
from hub.registry import Registry
from hub.sync.engine import Engine
from hub.sync.outcome import RunResult
from hub.sync.retry import Patience
from hub.sync.run import Mode, sync
from hub.testing.hostile import Hostile
from hub.testing.hostile import Mode as Trouble
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import Broken
from hub.testing.laws.paced import SMALL, paced
from hub.testing.laws.tape import Tape, by_method, by_path
from hub.testing.serving import serve

HURRY = Patience(first=0.05, longest=2.0, total=60.0)  # a law that does not measure waiting need not wait


@dataclass(slots=True)
class Trial:
    """A connected shop. `tape` holds what it was asked since it was connected; `extra` ids that may be gone from the shop."""

    ground: Ground
    sandbox: Sandbox
    tape: Tape
    url: str
    engine: Engine
    org: UUID
    installation: UUID
    hostile: Hostile | None = None
    runs: list[RunResult] = field(default_factory=list)

    def resource(self, name: str) -> Resource:
        """The resource of that name."""
        return next(one for one in self.ground.connector.resources if one.name == name)

    async def sync(self, resource: str, mode: Mode = "incremental") -> RunResult:
        """One run of the engine."""
        result = await sync(self.engine, self.org, self.installation, resource, mode, "laws")
        self.runs.append(result)
        return result

    async def complete(self, resource: str, mode: Mode = "incremental") -> RunResult:
        """One run, which must end COMPLETE."""
        result = await self.sync(resource, mode)
        if result.verdict != "COMPLETE":
            raise Broken(f"{resource}: the {result.mode} ended {result.verdict}: {result.reason}", self.tape.culprit)
        return result

    @contextmanager
    def trouble(self, mode: Trouble | str, at: int = 3, resource: str | None = None, **options: Any) -> Iterator[Hostile]:
        """The shop is hostile from now on; its listing requests count from 1 again."""
        sandbox, name = self.sandbox, resource or self.ground.first
        options.setdefault("listing", partial(self.tape.listing, name))
        if hasattr(sandbox, "total_headers"):  # for vendors who count in another one
            options.setdefault("total_headers", sandbox.total_headers)
        hostile = Hostile(sandbox.app, sandbox, mode, at, name, **options)
        self.tape.clear()
        self.hostile = hostile
        with self.tape.through(hostile):
            yield hostile

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Rows of this shop's organisation."""
        async with self.engine.db.org(self.org) as unit:
            return await unit.fetch(sql, *args)


@asynccontextmanager
async def trial(
    ground: Ground,
    sandbox: Sandbox,
    *,
    limits: Limits = SMALL,
    patience: Patience = HURRY,
    public_url: str | None = None,
    lease_seconds: float = 30.0,
) -> AsyncIterator[Trial]:
    """Serve the sandbox, make an organisation, connect the shop. Raises ConnectorError when it cannot be connected."""
    connector = paced(ground.connector, limits)
    hidden = tuple(sandbox.credentials().values())
    names = tuple(resource.name for resource in connector.resources)
    tape = Tape(sandbox.app, hidden, names, getattr(sandbox, "listing", by_path), writing=getattr(sandbox, "writing", by_method))
    registry = Registry({connector.manifest.name: connector})
    async with _operated(sandbox), serve(tape) as url:
        org = await _organisation(ground)
        http = guarded_client([url.removeprefix("http://")])
        try:
            known = await connect(
                ground.db, registry, http, org=org, connector=connector.manifest.name, url=url,
                credentials=sandbox.credentials(), allow_http=True, public_url=public_url,
            )  # fmt: skip
            tape.clear()
            engine = Engine(ground.db, registry, http, None, patience, lease_seconds)
            yield Trial(ground, sandbox, tape, url, engine, org, known.id)
        finally:
            await http.close()
            await _let_go(ground, org)


def _operated(sandbox: Sandbox) -> AbstractAsyncContextManager[None]:
    """What the operator of a hub configures for this shop's vendor."""
    operated: Callable[[], AbstractAsyncContextManager[None]] = getattr(sandbox, "operated", nullcontext)
    return operated()


async def _let_go(ground: Ground, org: UUID) -> None:
    """A later shop may get this one's port, and with it its identity."""
    async with ground.db.org(org) as unit:
        await unit.execute("update installation set status = 'disconnected', disconnected_at = now()")


async def _organisation(ground: Ground) -> UUID:
    id = uuid7()
    async with ground.db.system() as unit:
        await unit.execute("insert into organisation (id, slug, name) values ($1, $2, $2)", id, f"laws-{id.hex[-12:]}")
    return id
