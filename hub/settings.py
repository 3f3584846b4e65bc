"""The settings: environment variables that begin with LUNEO_, and the secrets made once when none are given."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from hub.errors import ConfigurationError


def default_data_dir() -> Path:
    """/var/lib/luneo for root, whose home must stay closed to the server's user; else the user's own data folder."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/luneo")
    return user_data_path("luneo", appauthor=False)


def _pieces(value: object) -> object:
    if isinstance(value, str):
        return [piece.strip() for piece in value.split(",") if piece.strip()]
    return value


def _address(value: str | None) -> str | None:
    """What shops can call: scheme, host, perhaps a path; the slash at its end is ours."""
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.username is not None or parts.query or parts.fragment or any(c.isspace() for c in value):
        raise PydanticCustomError("address", "'{value}' is no address; it looks like https://hub.example", {"value": value[:80]})
    return value


def _redis(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
        raise PydanticCustomError("redis", "this is no address of a Redis; it looks like redis://host:6379/0")
    return value


class Settings(BaseSettings):
    """Everything an operator can set; `LUNEO_PUBLIC_URL` is `public_url`, and so on.

    database_url: PostgreSQL 15 or newer; unset means the private server below data_dir.
    redis_url: only needed to outgrow one machine.
    public_url: where shops reach us; unset means polling only.
    egress_allow: `host:port` pairs in private networks that outbound requests may reach.
    allow_http: plain http to public hosts.
    keys: the key ring that seals secrets, `kid:base64,…`, the newest first. pepper: hashes API keys, base64.
    Without them both are made once in data_dir/keys.json.
    """

    model_config = SettingsConfigDict(env_prefix="LUNEO_", env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: SecretStr | None = None
    redis_url: Annotated[SecretStr | None, AfterValidator(_redis)] = None
    public_url: Annotated[str | None, AfterValidator(_address)] = None
    egress_allow: Annotated[list[str], NoDecode, BeforeValidator(_pieces)] = Field(default_factory=list)
    allow_http: bool = False
    data_dir: Path = Field(default_factory=default_data_dir)
    keys: SecretStr | None = None
    pepper: SecretStr | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"


def load_settings() -> Settings:
    """Read the environment. Raises ConfigurationError that names the variable, and never shows a secret's value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "LUNEO_" + "_".join(str(part) for part in first["loc"][:1]).upper()
        raise ConfigurationError(f"{name}: {first['msg']}.", hint="Correct the environment variable.") from None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return load_settings()
