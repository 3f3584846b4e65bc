"""The ground the hub stands on: settings, keys, reachability, Redis."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hub.cli.doctor.finding import Finding, amber, green
from hub.cli.trouble import readable

if TYPE_CHECKING:
    from hub.settings import Settings


async def look(settings: Settings) -> AsyncIterator[Finding]:
    """Everything that can be seen without the database."""
    yield _data_dir(settings.data_dir)
    yield _keys(settings)
    yield _public_url(settings.public_url)
    yield _egress(settings.egress_allow)
    if settings.redis_url is None:
        yield green("redis", "not used: one machine needs none")
    else:
        yield await _redis(settings.redis_url.get_secret_value())


def _data_dir(folder: Path) -> Finding:
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(nearest, os.W_OK):
        return Finding("red", "data folder", f"{readable(folder)} cannot be written", "Change its owner, or set LUNEO_DATA_DIR.")
    return green("data folder", readable(folder))


def _keys(settings: Settings) -> Finding:
    if settings.keys is not None and settings.pepper is not None:
        return green("key ring", "given by LUNEO_KEYS and LUNEO_PEPPER")
    path = settings.data_dir / "keys.json"
    if not path.exists():
        return green("key ring", f"none yet: {readable(path)} is made with the first shop or key")
    if path.stat().st_mode & 0o077:
        return Finding("red", "key ring", f"{readable(path)} can be read by others", f"chmod 600 {readable(path)}")
    return amber(
        "key ring", f"in {readable(path)}", "Back this file up, apart from the database: without it sealed secrets stay sealed."
    )


def _public_url(url: str | None) -> Finding:
    if url is None:
        return amber(
            "public URL", "not set: shops are polled, they cannot tell us", "Set LUNEO_PUBLIC_URL to where shops reach this hub."
        )
    if urlsplit(url).scheme == "http":
        return amber("public URL", f"{url} has no TLS", "Shops send webhooks in the clear: use https.")
    return green("public URL", url)


def _egress(allowed: list[str]) -> Finding:
    if not allowed:
        return green("egress", "public addresses only")
    return amber("egress", f"also these private addresses: {', '.join(allowed)}", "From LUNEO_EGRESS_ALLOW; keep it short.")


async def _redis(url: str) -> Finding:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    client: Redis = Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3)
    try:
        version = (await client.info("server"))["redis_version"]
    except (RedisError, OSError, ValueError) as error:
        return Finding("red", "redis", f"does not answer: {error}", "Correct LUNEO_REDIS_URL, start Redis, or unset it.")
    finally:
        await client.aclose()
    return green("redis", f"version {version} answers")
