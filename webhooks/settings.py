"""What an operator can set for webhooks: environment variables that begin with LUNEO_WEBHOOKS_."""

from __future__ import annotations

from functools import lru_cache

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.errors import ConfigurationError


class WebhookSettings(BaseSettings):
    """For how many days things are kept.

    payload_days: what was sent. body_days: headers and first 16 KiB of what was answered. row_days: messages that have come to
    an end, and their attempts.
    """

    model_config = SettingsConfigDict(env_prefix="LUNEO_WEBHOOKS_", env_ignore_empty=True, extra="ignore", frozen=True)

    payload_days: int = Field(30, ge=1, le=3650)
    body_days: int = Field(7, ge=0, le=3650)
    row_days: int = Field(90, ge=1, le=3650)


def load_webhook_settings() -> WebhookSettings:
    """Read the environment. Raises ConfigurationError that names the variable."""
    try:
        return WebhookSettings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = "LUNEO_WEBHOOKS_" + "_".join(str(part) for part in first["loc"][:1]).upper()
        shown = f"{name} {first['input']!r}: {first['msg']}."
        raise ConfigurationError(shown, hint="Correct the environment variable.") from None


@lru_cache(maxsize=1)
def get_webhook_settings() -> WebhookSettings:
    """The settings of this process, read once."""
    return load_webhook_settings()
