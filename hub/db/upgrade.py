"""Bring a database's schema to what this code expects, or say that it is not.

Revisions are Alembic's, in `hub/migrations` and in the folder of every plugin that brings one (`hub.db.branches`); all heads are
run, in one transaction, by one runner at a time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from hub.db import branches
from hub.db.address import shown
from hub.db.connect import connect
from hub.errors import ConfigurationError, SchemaOutdated

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection

OURS = Path(__file__).parent.parent / "migrations"
RUNNER = 0x4C554E454F  # the advisory lock of whoever changes the schema
OLD_SERVER, MISSING_ROLE_RIGHT = "LU001", "LU002"  # raised by revision 0001


async def upgrade(url: str, *, plugins: Sequence[Path] | None = None) -> None:
    """Run every revision that the database lacks. `plugins`: the folders of revisions that plugins bring, if not those installed.

    Raises DatabaseUnreachable, ConfigurationError (old server, missing rights) and SchemaOutdated (a newer schema).
    """
    plugins = branches.installed() if plugins is None else plugins
    found = await head_of(url)
    if _stands(found, plugins):
        return
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    config = _config(plugins)
    _refuse_newer(found, config, url)
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect(url), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run, config)
    except (asyncpg.PostgresError, DBAPIError) as error:
        raise _in_words(error, url) from error
    finally:
        await engine.dispose()


async def head_of(url: str) -> tuple[str, ...]:
    """The revisions that the database stands at, one per branch; empty when it has no schema of ours.

    Raises DatabaseUnreachable, and ConfigurationError when the role may not look.
    """
    connection = await connect(url)
    try:
        if await connection.fetchval("select to_regclass('alembic_version')") is None:
            return ()
        return tuple(row[0] for row in await connection.fetch("select version_num from alembic_version order by 1"))
    except asyncpg.InsufficientPrivilegeError as error:
        raise ConfigurationError(
            f"At {shown(url)}, the role of LUNEO_DATABASE_URL may not use the schema ({error}):",
            hint="use the role that ran luneo db upgrade.",
        ) from error
    finally:
        await connection.close()


async def check_schema(url: str, *, plugins: Sequence[Path] | None = None) -> None:
    """Raise SchemaOutdated unless the database stands exactly where this code does."""
    plugins = branches.installed() if plugins is None else plugins
    found = await head_of(url)
    if _stands(found, plugins):
        return
    config = _config(plugins)
    _refuse_newer(found, config, url)
    scripts = _scripts(config)
    if missing := set(scripts.get_heads()) - _implied(scripts, found):
        state = f"at {', '.join(found)}" if found else "empty"
        raise SchemaOutdated(
            f"The schema of {shown(url)} is {state}, this luneo needs {', '.join(sorted(missing))}:",
            hint="run luneo db upgrade.",
        )


def newest() -> str:
    """Our own newest revision, as its file's name tells (r0001_the_house.py): a hundred times cheaper than asking Alembic."""
    return max(path.name for path in (OURS / "versions").glob("r[0-9]*_*.py"))[1:5]


def _stands(found: Sequence[str], plugins: Sequence[Path]) -> bool:
    """Whether nothing has to be asked of Alembic: every branch's newest revision is there, and no other."""
    tops = [branches.newest(folder) for folder in plugins]
    known = [top for top in tops if top is not None]
    hidden = {below for _, below in known}  # Alembic does not name a revision that another one found depends on
    return len(known) == len(tops) and set(found) == {revision for revision, _ in known} | ({newest()} - hidden)


def _config(plugins: Sequence[Path]) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _escaped(OURS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(_escaped, [OURS / "versions", *plugins])))
    return config


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")  # Alembic's options are configparser's, where % interpolates


def _scripts(config: Config) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config)


def _implied(scripts: ScriptDirectory, found: Sequence[str]) -> set[str]:
    """The revisions found and all that they stand on: a plugin's revision hides the one of ours that it depends on."""
    implied: set[str] = set()
    waiting = list(found)
    while waiting:
        revision = scripts.get_revision(waiting.pop())
        if revision is not None and revision.revision not in implied:
            implied.add(revision.revision)
            for below in (revision.down_revision, revision.dependencies):
                waiting += [below] if isinstance(below, str) else below or ()
    return implied


def _refuse_newer(found: Sequence[str], config: Config, url: str) -> None:
    known = {script.revision for script in _scripts(config).walk_revisions()}
    if unknown := sorted(set(found) - known):
        raise SchemaOutdated(
            f"The schema of {shown(url)} is newer than this luneo (revision {', '.join(unknown)}):",
            hint="install the newer luneo-hub, or the plugin, that made it.",
        )


def _run(connection: Connection, config: Config) -> None:
    from alembic import command

    connection.exec_driver_sql(f"select pg_advisory_xact_lock({RUNNER})")
    connection.exec_driver_sql("set local lock_timeout = '5s'")  # never queue up behind a long transaction for long
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")


def _in_words(error: Any, url: str) -> ConfigurationError:
    """The one line for what went wrong in the schema's upgrade."""
    cause = error if isinstance(error, asyncpg.PostgresError) else (error.orig.__cause__ or error)
    state, text = getattr(cause, "sqlstate", None), re.sub(r"\s+", " ", str(cause))
    if state == OLD_SERVER:
        return ConfigurationError(f"{text}.", hint=f"Point LUNEO_DATABASE_URL at a newer server than {shown(url)}.")
    if state == MISSING_ROLE_RIGHT:
        return ConfigurationError(
            f"At {shown(url)}, {text}:",
            hint="as an administrator run: CREATE ROLE luneo_app NOLOGIN; CREATE ROLE luneo_system NOLOGIN; "
            "GRANT luneo_app, luneo_system TO <that role>; then run luneo db upgrade again.",
        )
    if state == asyncpg.LockNotAvailableError.sqlstate:
        return ConfigurationError(
            f"The schema of {shown(url)} is in use by a long transaction:", hint="run luneo db upgrade again."
        )
    return ConfigurationError(f"The schema of {shown(url)} could not be upgraded: {text}", hint="Nothing was changed.")
