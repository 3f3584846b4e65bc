"""From libcurl's view of a finished transfer to an answer."""

from __future__ import annotations

import errno
import time

import pycurl

from webhooks.send.answer import (
    ADDRESS,
    PROTOCOL,
    RESET,
    STATUS,
    STOPPED,
    TIMEOUT_CONNECT,
    TOO_LARGE_HEADERS,
    UNREACHABLE,
    WORDS,
    Answer,
    field,
    retry_after,
)
from webhooks.send.slot import Slot

HEADER_BYTES = 32 * 1024
HEADER_LINES = 100
NO_WAY = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL)


def outcome(slot: Slot, code: int, line: str) -> Answer:
    """What a transfer came to. `code`, `line`: libcurl's error, 0 for none."""
    status: int | None = slot.handle.getinfo(pycurl.RESPONSE_CODE) or None
    headers = last_head(b"".join(slot.heads))
    error, detail, after = None, "", None
    if code and not slot.cut:
        error, detail = trouble(slot, code, line)
    elif b"\r\n\r\n" not in headers and b"\n\n" not in headers:  # libcurl is content with a head that breaks off
        error, detail = RESET, "The connection was closed in the middle of the answer's head."
    if len(headers) > HEADER_BYTES or headers.count(b"\n") > HEADER_LINES + 2:  # the status line and the empty one are none
        error, detail = TOO_LARGE_HEADERS, f"Its head has more than {HEADER_LINES} headers or {HEADER_BYTES // 1024} KiB."
        headers = headers[:HEADER_BYTES]
    if status is not None and not 200 <= status < 300:
        after = retry_after(headers)
        if error is None:
            error, detail = STATUS, f"It answered with status {status}."
    size = slot.size if code == 0 else declared(headers) if slot.cut else None
    ms = int((time.monotonic() - slot.started) * 1000)
    return Answer(status, error, detail, slot.began, ms, headers, slot.body, size, slot.address, after)


def last_head(heads: bytes) -> bytes:
    """The last head: 1xx answers come with heads of their own, in front."""
    return heads[heads.rfind(b"\nHTTP/") + 1 :]


def declared(headers: bytes) -> int | None:
    """How long the answer said that its body is."""
    value = field(headers, b"content-length")
    return int(value[:18]) if value is not None and value.isdigit() else None


def trouble(slot: Slot, code: int, line: str) -> tuple[str, str]:
    """The word and the line for what went wrong."""
    if code == pycurl.E_COULDNT_CONNECT and not slot.sockets and slot.barred is None:
        if slot.full or slot.opened:
            return STOPPED, "No socket could be opened: this process has too many open files."
        return UNREACHABLE, "This machine has no way to such an address."
    if slot.barred is not None and not slot.opened:
        return ADDRESS, f"It led to {slot.barred}, which was not vetted."
    word = WORDS.get(code, PROTOCOL)
    if code == pycurl.E_COULDNT_CONNECT and slot.handle.getinfo(pycurl.OS_ERRNO) in NO_WAY:
        word = UNREACHABLE
    if code == pycurl.E_OPERATION_TIMEDOUT and slot.tries:
        word = RESET  # never seen: after the connection stands, the deadlines are the sender's
    if word == RESET and code == pycurl.E_RECV_ERROR and not line.startswith(("Recv failure", "OpenSSL", "TLS", "Connection")):
        word = TOO_LARGE_HEADERS if "header" in line else PROTOCOL  # a body that is not chunked as it should be
    return word, said(word, line)


def said(word: str, line: str) -> str:
    """libcurl's line, ended with a full stop; shorter where it counts milliseconds."""
    if word == TIMEOUT_CONNECT:
        return "No connection in time."
    return line.strip().rstrip(".")[:300] + "." if line.strip() else "The transfer failed."
