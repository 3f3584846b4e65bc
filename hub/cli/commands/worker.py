"""`luneo worker`: jobs and schedules alone; any number of them may run, on any number of machines."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import options


def command(
    arq: Annotated[bool, typer.Option("--arq", help="Be woken through Redis (LUNEO_REDIS_URL), for many machines.")] = False,
    as_json: options.Json = False,
) -> None:
    """Work off jobs until Ctrl-C or SIGTERM; what is begun is finished or handed back within 20 seconds."""
    from hub.cli.run import run
    from hub.errors import ConfigurationError
    from hub.settings import get_settings

    redis = get_settings().redis_url
    if arq and redis is None:
        raise ConfigurationError("--arq needs Redis.", hint="Set LUNEO_REDIS_URL, such as redis://localhost:6379/0")
    run(_work(redis.get_secret_value() if arq and redis else None, as_json))


async def _work(redis_url: str | None, as_json: bool) -> None:
    from hub.cli.house import open_house, until_stopped
    from hub.cli.hub_process import first
    from hub.cli.show import answer, say
    from hub.worker.handlers import handlers
    from hub.worker.local import working
    from hub.worker.schedules import chores_of

    stop = until_stopped()
    async with open_house(stays=True) as house:
        connectors = house.registry.connectors.values()
        chores = chores_of(house.registry.plugins.values())
        jobs = handlers(house.db, house.registry, house.http, house.settings)
        if redis_url is None:
            room = working(house.db, jobs, connectors, chores)
        else:
            from hub.worker.scaled_out import working_with_redis

            room = working_with_redis(house.db, jobs, connectors, redis_url, chores=chores)
        async with room as work:
            waker = "Redis and PostgreSQL" if redis_url else "PostgreSQL"
            answer({"worker": "ready", "woken_by": waker}, as_json, lambda: say(f"The worker is ready, woken by {waker}."))
            await first(work, stop)
