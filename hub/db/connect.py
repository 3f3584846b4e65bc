"""One driver connection: made with our codecs, or refused in one line that says what to do."""

from __future__ import annotations

from typing import Any

import asyncpg

from hub.db.address import database_of, normalise, shown
from hub.errors import DatabaseUnreachable

CONNECT_TIMEOUT = 10.0  # seconds


def encode_jsonb(text: str | bytes) -> bytes:
    """PostgreSQL's binary jsonb: a version byte, then the text."""
    return b"\x01" + (text.encode() if isinstance(text, str) else text)


def decode_jsonb(data: bytes) -> str:
    """The text after the version byte."""
    return bytes(data)[1:].decode()


async def set_codecs(connection: asyncpg.Connection[Any]) -> None:
    """jsonb goes in as str or bytes and comes out as str: nobody decodes what they only carry."""
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=encode_jsonb, decoder=decode_jsonb, format="binary")


async def connect(url: str, **options: Any) -> asyncpg.Connection[Any]:
    """A connection, or DatabaseUnreachable that names the host and never the password."""
    place = shown(url)
    try:
        connection: asyncpg.Connection[Any] = await asyncpg.connect(
            normalise(url),
            timeout=CONNECT_TIMEOUT,
            statement_cache_size=400,
            max_cached_statement_lifetime=0,
            server_settings={"application_name": "luneo"},
            **options,
        )
        return connection
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise DatabaseUnreachable(
            f"PostgreSQL at {place} refuses the user or password:", hint="check LUNEO_DATABASE_URL."
        ) from error
    except asyncpg.InvalidCatalogNameError as error:
        raise DatabaseUnreachable(
            f"PostgreSQL at {place} has no such database:", hint=f"create it: createdb {database_of(url)}"
        ) from error
    except (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
        raise DatabaseUnreachable(f"PostgreSQL at {place} takes no connection now: {error}.", hint="Try again.") from error
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.InternalClientError) as error:
        why = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
        raise DatabaseUnreachable(
            f"PostgreSQL at {place} cannot be reached ({why}):",
            hint="start it, or correct LUNEO_DATABASE_URL, or unset it to use the private server.",
        ) from error
