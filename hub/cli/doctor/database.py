"""The database: does it answer, is it new enough, has it the roles and the schema."""

from __future__ import annotations

from collections.abc import AsyncIterator

from hub.cli.doctor.finding import Finding, green, red
from hub.errors import HubError

OLDEST = 150000
ROLES = ("luneo_app", "luneo_system")


async def look(url: str, *, private: bool) -> AsyncIterator[Finding]:
    """Everything that the address alone can tell."""
    from hub.db.connect import connect
    from hub.db.upgrade import check_schema

    try:
        connection = await connect(url)
    except HubError as error:
        yield red("database", error)
        return
    try:
        yield _version(connection.get_settings().server_version, connection.get_server_version(), private)
        found = await connection.fetch(
            "select rolname, pg_has_role(rolname, 'member') as ours from pg_roles where rolname = any($1)", list(ROLES)
        )
        yield _roles({row["rolname"]: row["ours"] for row in found})
    finally:
        await connection.close()
    try:
        await check_schema(url)
    except HubError as error:
        yield red("schema", error)
    else:
        yield green("schema", "up to date")


def _version(name: object, version: object, private: bool) -> Finding:
    number = getattr(version, "major", 0)
    where = "the private server" if private else "the server of LUNEO_DATABASE_URL"
    if number * 10000 < OLDEST:
        return Finding("red", "database", f"PostgreSQL {name} is too old", "Luneo needs PostgreSQL 15 or newer.")
    return green("database", f"PostgreSQL {name} answers ({where})")


def _roles(found: dict[str, bool]) -> Finding:
    missing = [role for role in ROLES if not found.get(role)]
    if missing:
        return Finding("red", "roles", f"{' and '.join(missing)} missing, or not granted to us", "Run luneo db upgrade.")
    return green("roles", "luneo_app and luneo_system, row-level security between organisations")
