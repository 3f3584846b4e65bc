"""`luneo connectors`: which vendors this hub speaks to, and for how long their pinned API lives."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from hub.cli import options

if TYPE_CHECKING:
    from hub.ports import Connector


def command(as_json: options.Json = False) -> None:
    """The connectors that are installed, their API versions and what they can pull."""
    from hub import registry
    from hub.cli.show import answer

    found = registry.load()
    data = {
        "connectors": [describe(connector) for _, connector in sorted(found.connectors.items())],
        "broken": [{"name": b.name, "dist": b.dist, "version": b.version, "error": b.error} for b in found.broken],
    }
    answer(data, as_json, lambda: _show(data))


def describe(connector: Connector) -> dict[str, Any]:
    """A connector's manifest as plain data; `api_days_left` is None where the vendor's API does not expire."""
    manifest = connector.manifest
    return {
        "name": manifest.name,
        "title": manifest.title,
        "version": manifest.version,
        "api_version": manifest.api_version,
        "api_expires": manifest.api_expires and manifest.api_expires.isoformat(),
        "api_days_left": manifest.api_expires and (manifest.api_expires - date.today()).days,
        "resources": [resource.name for resource in connector.resources],
        "auth": manifest.auth,
    }


def _show(data: dict[str, Any]) -> None:
    from hub.cli.show import remark, table

    table(
        ("connector", "title", "version", "API", "API expires", "resources", "auth"),
        [
            (c["name"], c["title"], c["version"], c["api_version"], _expiry(c), ", ".join(c["resources"]), c["auth"])
            for c in data["connectors"]
        ],
        empty="No connector is installed.",
    )
    for b in data["broken"]:
        remark(f"broken: {b['name']} of {b['dist']} {b['version']}: {b['error']}")


def _expiry(connector: dict[str, Any]) -> str:
    days = connector["api_days_left"]
    if days is None:
        return "never"
    return f"in {days} days" if days >= 0 else f"{-days} days ago"
