"""One call of a hub's API."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any


def asked(base: str, key: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """What it answers. Raises RuntimeError with the answer's own words when it is not a success."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(base + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{method} {path}: {error.code} {error.read()[:300]!r}") from error
