"""Further databases on a server: the demo's own, a test's own."""

from __future__ import annotations

import asyncpg

from hub.db.address import with_database
from hub.db.connect import connect


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


async def create_database(url: str, name: str, *, fresh: bool = True, template: str | None = None) -> str:
    """Make the database `name` on the server of `url`, which must be another database; answers the new one's URL.

    `fresh` drops one of that name first, throwing out whoever is connected; otherwise an existing one is left alone.
    """
    connection = await connect(url)
    try:
        if fresh:
            await _drop(connection, name)
        if not await connection.fetchval("select true from pg_database where datname = $1", name):
            source = f" template {quoted(template)}" if template else ""
            await connection.execute(f"create database {quoted(name)}{source}")
    finally:
        await connection.close()
    return with_database(url, name)


async def drop_database(url: str, name: str) -> None:
    """Drop it, throwing out whoever is connected; no error if it is not there."""
    connection = await connect(url)
    try:
        await _drop(connection, name)
    finally:
        await connection.close()


async def _drop(connection: asyncpg.Connection, name: str) -> None:
    try:
        await connection.execute(f"drop database if exists {quoted(name)} with (force)")
    except asyncpg.InsufficientPrivilegeError:
        # A vacuum of the server's own is at work in it, which `force` wants to end and we may not. Without the word PostgreSQL
        # ends that by itself, and leaves everybody else to us.
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = current_user", name
        )
        await connection.execute(f"drop database if exists {quoted(name)}")
