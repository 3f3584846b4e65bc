"""What became of one attempt, and the words for what can go wrong on the wire."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import pycurl

STATUS = "status"  # it answered, and not with a 2xx
ADDRESS = "address"  # the address, or one that the name points to, may not be connected to
NAME = "name"  # the name does not resolve
REFUSED = "refused"  # nobody listens there
UNREACHABLE = "unreachable"  # no way to it
CERTIFICATE = "certificate"  # expired, self-signed, of another host
TLS = "tls"  # no TLS on that port, or none that is new enough
TIMEOUT_CONNECT = "timeout_connect"
TIMEOUT_FIRST_BYTE = "timeout_first_byte"
TIMEOUT = "timeout"  # headers or body took longer than the whole attempt may
RESET = "reset"  # the connection broke before the answer was whole
TOO_LARGE_HEADERS = "too_large_headers"
PROTOCOL = "protocol"  # what came back is not HTTP/1.1
STOPPED = "stopped"  # we stopped, or have no socket left: says nothing about the endpoint, and the request may have arrived

WORDS = {
    pycurl.E_UNSUPPORTED_PROTOCOL: PROTOCOL,  # HTTP/0.9
    pycurl.E_COULDNT_RESOLVE_HOST: NAME,
    pycurl.E_COULDNT_CONNECT: REFUSED,
    pycurl.E_FTP_WEIRD_SERVER_REPLY: PROTOCOL,  # of any server
    pycurl.E_PARTIAL_FILE: RESET,
    pycurl.E_OPERATION_TIMEDOUT: TIMEOUT_CONNECT,  # the only deadline that is libcurl's own
    pycurl.E_SSL_CONNECT_ERROR: TLS,
    pycurl.E_GOT_NOTHING: RESET,
    pycurl.E_SEND_ERROR: RESET,
    pycurl.E_RECV_ERROR: RESET,
    pycurl.E_PEER_FAILED_VERIFICATION: CERTIFICATE,
    pycurl.E_SSL_CACERT_BADFILE: TLS,
    pycurl.E_SSL_CIPHER: TLS,
    100: TOO_LARGE_HEADERS,  # CURLE_TOO_LARGE, which pycurl has no name for
}


@dataclass(slots=True)
class Answer:
    """One attempt, over. A success is what has no error; its status is a 2xx, but not every 2xx is a success.

    status: as far as one came. error: a word of this module. detail: one line for a person, no secrets in it.
    began: Unix time in seconds; ms: how long it took. headers: of the last answer as they came, with the status line, at most
    32 KiB. body: its first 16 KiB; size: of the whole body in bytes, where it is known. address: who answered.
    retry_after: seconds, when it asked for that.
    """

    status: int | None
    error: str | None
    detail: str
    began: float
    ms: int
    headers: bytes = b""
    body: bytes = b""
    size: int | None = None
    address: str | None = None
    retry_after: float | None = None


def field(headers: bytes, name: bytes) -> bytes | None:
    """The value of a header; `name` in lower case."""
    for line in headers.split(b"\n"):
        key, colon, value = line.partition(b":")
        if colon and key.strip().lower() == name:
            return value.strip()
    return None


def retry_after(headers: bytes) -> float | None:
    """How many seconds the answer asks to be left alone, from a number or a date; None when it says nothing usable."""
    value = field(headers, b"retry-after")
    if not value:
        return None
    text = value.decode("latin-1")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return max(0.0, at - time.time())
