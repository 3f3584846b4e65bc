"""Luneo Hub for authors: what a connector needs, from one place. Re-exports only."""

from hub.errors import (
    ConnectorError,
    HubError,
    PermanentError,
    ReauthorizationError,
    RetryableError,
    SignatureError,
    SkippedRecordError,
)
from hub.hookspecs import hookimpl
from hub.ports import Connector, Manifest, Mapped, Resource, Row, ShopSettings, Store

__all__ = [
    "Connector",
    "ConnectorError",
    "HubError",
    "Manifest",
    "Mapped",
    "PermanentError",
    "ReauthorizationError",
    "Resource",
    "RetryableError",
    "Row",
    "ShopSettings",
    "SignatureError",
    "SkippedRecordError",
    "Store",
    "hookimpl",
]
