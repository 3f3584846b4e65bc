"""The web application: composition only. `create_app` joins the rooms' routes; no connector is imported here."""

from __future__ import annotations

from hub.app.create import create_app

__all__ = ["create_app"]
