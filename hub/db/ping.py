"""Does the private server answer? Asked on its socket, in PostgreSQL's own words, without a driver or an event loop."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

PORT = 5432  # names the socket file only: the server listens on no network


def ping(folder: Path, *, user: str, timeout: float = 2.0) -> bool:
    """True if a session can be opened now; False if nobody listens, or the server is starting or stopping."""
    words = b"user\0" + user.encode() + b"\0database\0postgres\0\0"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect(str(folder / f".s.PGSQL.{PORT}"))
            connection.sendall(struct.pack("!ii", len(words) + 8, 196608) + words)  # protocol 3.0
            return connection.recv(1) == b"R"  # authentication request: we are in; "E" would be an error
        except OSError:
            return False
