"""The headers that partners may add to their requests."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.errors import Unprocessable

MOST = 30
BYTES = 4096  # names and values together
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
#: Visible ASCII, with spaces and tabs inside.
VALUE = re.compile(r"[!-~]([\t -~]*[!-~])?")

#: Ours, the connection's, or what a server behind a proxy believes of its proxy.
RESERVED = frozenset(
    (
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect", "te", "trailer", "upgrade",
        "http2-settings", "content-type", "content-encoding", "accept-encoding", "range", "user-agent", "cookie", "set-cookie",
        "forwarded", "via", "x-real-ip",
    )
)  # fmt: skip
RESERVED_BEGINNINGS = ("webhook-", "proxy-", "x-forwarded-")


def check_headers(headers: Mapping[str, object]) -> None:
    """Whether an endpoint may have these custom headers. Raises Unprocessable(field="/headers/<name>") with the reason.

    Cookies are refused: nothing that a server sets is kept, so a secret belongs in Authorization or a header of its own.
    """
    if len(headers) > MOST:
        raise Unprocessable(f"There are {len(headers)} custom headers; {MOST} are allowed.", field="/headers")
    seen: set[str] = set()
    for name, value in headers.items():
        _check_name(name)
        if name.lower() in seen:
            raise _refused(name, "it is given twice")
        seen.add(name.lower())
        if not isinstance(value, str):
            raise _refused(name, "its value must be a text")
        if not value:
            raise _refused(name, "its value is empty")
        if not VALUE.fullmatch(value):
            raise _refused(name, "its value may hold visible ASCII only, with spaces inside and no line break")
    total = sum(len(name) + len(str(value)) for name, value in headers.items())
    if total > BYTES:
        raise Unprocessable(f"The custom headers have {total:,} bytes; {BYTES:,} are allowed.", field="/headers")


def _check_name(name: str) -> None:
    if not TOKEN.fullmatch(name):
        raise _refused(name, "its name may hold ASCII letters, digits and hyphens only")
    # CGI and its heirs take an underscore for a hyphen: `webhook_id` would pass for ours.
    plain = name.lower().replace("_", "-")
    if plain in RESERVED or plain.startswith(RESERVED_BEGINNINGS):
        raise _refused(name, "it is reserved")


def _refused(name: str, reason: str) -> Unprocessable:
    shown = ascii(name[:64])[1:-1]
    pointer = shown.replace("~", "~0").replace("/", "~1")
    return Unprocessable(f"The header {shown} cannot be added: {reason}.", field=f"/headers/{pointer}")
