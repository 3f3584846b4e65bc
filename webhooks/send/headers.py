"""The headers that partners may add to their requests."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.errors import Unprocessable

MOST = 30
BYTES = 4096  # names and values together
LONGEST = 128  # characters of a name
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
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
        hint = "Leave some out."
        raise Unprocessable(f"There are {len(headers)} custom headers; {MOST} are allowed.", hint=hint, field="/headers")
    seen: set[str] = set()
    for name, value in headers.items():
        _check_name(name)
        if name.lower() in seen:
            raise _refused(name, "it is given twice", "Write it once: names count alike in small and capital letters.")
        seen.add(name.lower())
        if not isinstance(value, str):
            raise _refused(name, "its value must be a text", "Write it in quotes.")
        if not value:
            raise _refused(name, "its value is empty", "Give it one, or leave the header out.")
        if not VALUE.fullmatch(value):
            fault = "its value may hold visible ASCII only, with spaces and tabs inside and no line break"
            raise _refused(name, fault, "Encode anything else, in Base64 for instance.")
    total = sum(len(name) + len(str(value)) for name, value in headers.items())
    if total > BYTES:
        hint = "Shorten them."
        raise Unprocessable(f"The custom headers have {total:,} bytes; {BYTES:,} are allowed.", hint=hint, field="/headers")


def _check_name(name: str) -> None:
    if len(name) > LONGEST:
        raise _refused(name, f"its name has {len(name)} characters", f"Use at most {LONGEST}.")
    if not TOKEN.fullmatch(name):
        fault = "its name may hold ASCII letters, digits, hyphens, underscores and !#$%&'*+.^`|~ only"
        raise _refused(name, fault, "Choose a name such as X-Shop-Key.")
    # CGI and its heirs take an underscore for a hyphen: `webhook_id` would pass for ours.
    plain = name.lower().replace("_", "-")
    if plain in RESERVED or plain.startswith(RESERVED_BEGINNINGS):
        raise _refused(name, "it is reserved", "Choose a name of your own, such as X-Shop-Key, or Authorization.")


def _refused(name: str, reason: str, hint: str) -> Unprocessable:
    shown = ascii(name[:64])[1:-1]
    pointer = shown.replace("~", "~0").replace("/", "~1")
    return Unprocessable(f"The header {shown} cannot be added: {reason}.", hint=hint, field=f"/headers/{pointer}")
