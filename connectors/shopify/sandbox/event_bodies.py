"""Bodies of the next-gen Events family: the object that changed, by name of its fields, in GraphQL's shape."""

from __future__ import annotations

from typing import Any

HANDLES = {
    f"{resource}/{verb}": (kind, "update" if verb == "updated" else verb)
    for resource, kind in (("products", "Product"), ("orders", "Order"), ("customers", "Customer"))
    for verb in ("create", "update", "updated", "delete")
}


def event_body(topic: str, about: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """(body, the headers that only this family has) of an event about an object of the shop."""
    kind, action = HANDLES[topic]
    gid, name = about["id"], kind.lower()
    handle = f"hub-{name}-{action}"
    changed = {"create": "added", "update": "updated", "delete": "removed"}[action]
    fields: dict[str, list[str]] = {"added": [], "updated": [], "removed": []}
    fields[changed].append(f"{name}[id: '{gid}']" + (".updatedAt" if action == "update" else ""))
    seen = None if action == "delete" else {key: about[key] for key in ("id", "title", "name", "updatedAt") if key in about}
    body = {
        "topic": kind,
        "action": action,
        "handle": handle,
        "fields_changed": fields,
        "query_variables": {f"{name}Id": gid},
        "data": {name: seen},
    }
    return body, {"Topic": kind, "Action": action, "Handle": handle, "Resource-Id": gid}
