"""The command, run as the hub's own tests run it."""

from __future__ import annotations

from tests.hub.cli.conftest import bare_luneo, luneo, quick_luneo

__all__ = ["bare_luneo", "luneo", "quick_luneo"]
