"""Our app as Shopify knows it: environment variables that begin with LUNEO_SHOPIFY_. Unset where shops bring their own tokens."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from connectors.shopify.domain import LOOPBACK
from hub.errors import ConfigurationError

PREFIX = "LUNEO_SHOPIFY_"
#: What reading, write-back, stock and files need: `scopes` of shopify.app.toml.
SCOPES = (
    "read_products",
    "write_products",
    "read_orders",
    "read_customers",
    "read_inventory",
    "write_inventory",
    "read_locations",
    "write_files",
)


def _pieces(value: object) -> object:
    return [piece.strip() for piece in value.split(",") if piece.strip()] if isinstance(value, str) else value


def _loopback(value: str | None) -> str | None:
    if value is not None and not LOOPBACK.fullmatch(value):
        raise PydanticCustomError("sandbox", "a sandbox's address looks like http://127.0.0.1:8080")
    return value


class AppSettings(BaseSettings):
    """What the Dev Dashboard says of the app.

    client_id, client_secret: its API key and secret; old_client_secret: the one before, for as long as Shopify may still sign
    with it (a rotation); scopes: what it asks merchants for, separated by commas; sandbox: where every shop is asked instead
    of at its own domain, for trying out (http://127.0.0.1:PORT).
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    client_id: str | None = None
    client_secret: SecretStr | None = None
    old_client_secret: SecretStr | None = None
    scopes: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_pieces)] = Field(default=SCOPES)

    sandbox: Annotated[str | None, AfterValidator(_loopback)] = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What Shopify may sign with, the newest first."""
        return tuple(one.get_secret_value() for one in (self.client_secret, self.old_client_secret) if one)

    def address(self, shop: str) -> str:
        """Where a shop is asked, by its domain."""
        return self.sandbox or f"https://{shop}"


@lru_cache(maxsize=1)
def app_settings() -> AppSettings:
    """The settings of this process, read once. Raises ConfigurationError that names the variable, never a secret's value."""
    try:
        return AppSettings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"][:1]).upper()
        raise ConfigurationError(f"{name}: {first['msg']}.", hint="Correct the environment variable.") from None
