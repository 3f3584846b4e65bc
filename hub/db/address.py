"""Database addresses: what we accept, what the driver wants, and how an address is shown to people."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, unquote, urlsplit, urlunsplit

from hub.errors import ConfigurationError

SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")


def normalise(url: str) -> str:
    """The address as asyncpg takes it. Raises ConfigurationError, without the password, for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise ConfigurationError(
            f"LUNEO_DATABASE_URL starts with {parts.scheme!r}:",
            hint="it must look like postgresql://user:password@host:5432/database.",
        )
    return urlunsplit(parts._replace(scheme="postgresql"))


def shown(url: str) -> str:
    """Host, port and database for a message: never the user's password.

    >>> shown("postgresql://me:secret@db.example:5433/luneo")
    'db.example:5433/luneo'
    """
    parts = urlsplit(url)
    socket = parse_qs(parts.query).get("host", [""])[0]
    host = parts.netloc.rpartition("@")[2] or unquote(socket) or "localhost"
    return f"{host}/{database_of(url)}"


def database_of(url: str) -> str:
    """The database's name; PostgreSQL's own default, the user's name, when the address has none."""
    parts = urlsplit(url)
    return unquote(parts.path.lstrip("/")) or unquote(parts.username or "")


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    parts = urlsplit(url)
    rest = f"?{parts.query}" if parts.query else ""
    # urlunsplit would drop the empty host of postgresql://user@/name
    return f"{parts.scheme}://{parts.netloc}/{quote(name, safe='')}{rest}"
