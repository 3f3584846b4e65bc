"""The sleeper's side of the bell: an arq worker whose only task is to wake a place."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Protocol

import structlog
from arq.connections import RedisSettings
from arq.worker import Worker, func
from redis.exceptions import RedisError

from hub.worker.wire import QUEUE, WAKE, from_wire, to_wire

log = structlog.get_logger()

AGAIN = 5.0  # seconds before Redis is tried again
GLANCE = 0.2  # seconds between two looks into Redis


class Desk(Protocol):
    """Who is woken."""

    @property
    def free(self) -> bool: ...

    def wake(self) -> None: ...


class _Sleeper(Worker):
    """Leaves wake-ups to others while every place here is busy."""

    desk: Desk

    async def _poll_iteration(self) -> None:
        self.allow_pick_jobs = self.desk.free
        await super()._poll_iteration()


async def keep_listening(redis_url: str, desk: Desk) -> None:
    """Wake a place of `desk` for every ring, until cancelled; a Redis that is away is waited for."""

    async def wake(ctx: dict[str, Any]) -> None:  # noqa: ARG001 (arq's signature)
        desk.wake()

    settings = RedisSettings.from_dsn(redis_url)
    settings.conn_retries = 0  # we try again ourselves
    while True:
        sleeper = _Sleeper(
            [func(wake, name=WAKE, timeout=10, keep_result=0, max_tries=1)],
            queue_name=QUEUE,
            redis_settings=settings,
            handle_signals=False,
            poll_delay=GLANCE,
            max_jobs=1,
            keep_result=0,
            retry_jobs=False,
            job_serializer=to_wire,
            job_deserializer=from_wire,
        )
        sleeper.desk = desk
        try:
            await sleeper.main()
        except (RedisError, OSError) as error:
            log.warning("wakes.redis_away", error=str(error))
        finally:
            with suppress(RedisError, OSError):
                await sleeper.close()
        await asyncio.sleep(AGAIN)
