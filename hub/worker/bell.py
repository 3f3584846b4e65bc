"""The bell: tells the workers through Redis that PostgreSQL holds new jobs. One worker at a time is its ringer."""

from __future__ import annotations

import asyncio
import random

import asyncpg
import structlog
from arq.connections import ArqRedis, RedisSettings, create_pool
from redis.exceptions import RedisError

from hub.db.engine import Database
from hub.errors import DatabaseUnreachable
from hub.worker.wire import QUEUE, WAKE, from_wire, to_wire

log = structlog.get_logger()

RINGER = 0x4C554E4252  # the advisory lock of the one who listens for all
CHANNEL = "luneo_job"
ROPES = 64  # wake-ups that may wait at once: more would wake nobody else
PATIENCE = 3.0  # seconds before another try to become, or to be, the ringer


class Bell:
    """Rings through Redis. A Redis that is away is no error: the workers look by themselves as well."""

    def __init__(self, redis_url: str) -> None:
        self._settings = RedisSettings.from_dsn(redis_url)
        self._settings.conn_retries = 0
        self._pool: ArqRedis | None = None

    async def ring(self) -> None:
        """Wake one worker."""
        try:
            if self._pool is None:
                self._pool = await create_pool(self._settings, job_serializer=to_wire, job_deserializer=from_wire)
            rope = f"wake:{random.randrange(ROPES)}"  # noqa: S311 (a rope, no secret)
            await self._pool.enqueue_job(WAKE, _job_id=rope, _queue_name=QUEUE)
        except (RedisError, OSError) as error:
            log.warning("bell.redis_away", error=str(error))

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.aclose()


async def keep_ringing(db: Database, bell: Bell) -> None:
    """Ring for every new job whenever the ringer's place is ours; when its holder dies, PostgreSQL frees it for the next."""
    while True:
        try:
            ears = await db.listener()
            try:
                await _ring_while_ours(ears, bell)
            finally:
                ears.terminate()
        except (DatabaseUnreachable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("bell.database_away", error=str(error))
        await asyncio.sleep(PATIENCE)


async def _ring_while_ours(ears: asyncpg.Connection[asyncpg.Record], bell: Bell) -> None:
    while not await ears.fetchval("select pg_try_advisory_lock($1)", RINGER):  # noqa: ASYNC110 (held elsewhere)
        await asyncio.sleep(PATIENCE)
    pulled = asyncio.Event()
    await ears.add_listener(CHANNEL, lambda *_: pulled.set())
    ears.add_termination_listener(lambda _: pulled.set())
    while not ears.is_closed():
        await bell.ring()
        await pulled.wait()
        pulled.clear()
