"""An absolute URL taken apart for the wire, and refused when it is not one that the hub may call."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from hub.errors import PermanentError

DEFAULT_PORTS = {"https": 443, "http": 80}
KEPT = "/%:@!$&'()*+,;=~-._"  # what RFC 3986 lets stand in a path, and escapes that are there already


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes. `host` is bare (no brackets), ASCII and lower-case; `where` is for messages: no path, no query."""

    scheme: str
    host: str
    port: int
    path: bytes
    where: str


def target_of(url: str) -> Target:
    """Raises PermanentError for anything but http(s)://host[:port]/… without credentials."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise PermanentError("The address cannot be read.", hint="It must look like https://shop.example/.") from None
    host = parts.hostname or ""
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise PermanentError(f"The address {parts.scheme}://{host} is not http or https.")
    if "@" in parts.netloc:
        raise PermanentError("The address carries a user name or password.", hint="Leave them out of the address.")
    host = _ascii(host)
    path = quote(parts.path or "/", safe=KEPT) + (f"?{quote(parts.query, safe=KEPT + '?')}" if parts.query else "")
    shown = f"[{host}]" if ":" in host else host
    where = shown if port is None else f"{shown}:{port}"
    return Target(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], path.encode("ascii"), where)


def _ascii(host: str) -> str:
    if host.isascii():
        if any(character in host for character in ' \\<>"^`{|}'):
            raise PermanentError(f"The host {host!r} is not a name.")
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise PermanentError(f"The host {host!r} is not a name.") from None
