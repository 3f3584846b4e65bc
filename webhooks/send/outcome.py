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
    handle = slot.handle
    status: int | None = handle.getinfo(pycurl.RESPONSE_CODE) or None
    heads = last_head(slot.heads)
    headers = b"".join(heads)
    error, detail = (None, "") if code == 0 or slot.cut else trouble(slot, code, line)
    if len(headers) > HEADER_BYTES or len(heads) > HEADER_LINES + 2:  # the status line and the empty one are none
        error, detail = (
            TOO_LARGE_HEADERS,
            f"Its head has more than {HEADER_LINES} headers or {HEADER_BYTES // 1024} KiB.",
        )
        headers = headers[:HEADER_BYTES]
    after = None
    if status is not None and not 200 <= status < 300:
        after = retry_after(headers)
        if error is None:
            error, detail = STATUS, f"It answered with status {status}."
    answer = over(slot, error, detail)
    answer.status = status
    answer.headers = headers
    answer.body = slot.body
    answer.size = slot.size if code == 0 else declared(headers) if slot.cut else None
    answer.address = handle.getinfo(pycurl.PRIMARY_IP) or None
    answer.retry_after = after
    return answer


def over(slot: Slot, error: str | None, detail: str) -> Answer:
    """The bare facts of an attempt that is over."""
    return Answer(None, error, detail, slot.began, int((time.perf_counter() - slot.started) * 1000))


def last_head(lines: list[bytes]) -> list[bytes]:
    """The lines of the last head: 1xx answers come with heads of their own, in front."""
    for at in range(len(lines) - 1, 0, -1):
        if lines[at].startswith(b"HTTP/"):
            return lines[at:]
    return lines


def declared(headers: bytes) -> int | None:
    """How long the answer said that its body is."""
    value = field(headers, b"content-length")
    return int(value[:18]) if value is not None and value.isdigit() else None


def trouble(slot: Slot, code: int, line: str) -> tuple[str, str]:
    """The word and the line for what went wrong."""
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
