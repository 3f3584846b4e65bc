"""The one way out of the house: an HTTP client that only speaks to addresses it has checked.

    client = guarded_client(allow=["127.0.0.1:8080"])
    answer = await client.request("GET", "https://shop.example/wp-json/")

`target.py` takes URLs apart, `addresses.py` says which addresses are refused, `backend.py` connects to the others,
`client.py` keeps deadlines and sizes, `troubles.py` puts failures into one plain line each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from hub.http.client import GuardedClient


def guarded_client(allow: Sequence[str] = (), *, tls: ssl.SSLContext | None = None) -> GuardedClient:
    """A client for the whole process; close it at the end. `allow` is LUNEO_EGRESS_ALLOW: `host:port` of private addresses.

    `tls` replaces the usual certificate authorities (tests bring their own); verification cannot be switched off.
    """
    from hub.http.client import GuardedClient

    return GuardedClient(allow, tls=tls)
