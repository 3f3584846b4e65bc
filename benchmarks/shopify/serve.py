"""`python -m benchmarks.shopify.serve`: the shop on a free port of the loopback, and the peer's way to it, in one process.

The first line tells where they are, as JSON: {"url", "proxy", "authority"}.
"""

from __future__ import annotations

import asyncio
import json
import signal
from urllib.parse import urlsplit

from benchmarks.shopify.proxy import certificate, proxy
from benchmarks.shopify.shop import Shop
from hub.testing.serving import serve


async def main() -> None:
    """Serves until it is ended."""
    shop, ended = Shop(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    certificates = shop.folder.with_name(f"{shop.folder.name}-tls")
    certificates.mkdir()
    try:
        authority, context = certificate(certificates)
        async with serve(shop) as url:
            address = urlsplit(url)
            assert address.hostname is not None and address.port is not None
            async with proxy(context, address.hostname, address.port) as port:
                print(json.dumps({"url": url, "proxy": f"http://127.0.0.1:{port}", "authority": str(authority)}), flush=True)
                await ended.wait()
    finally:
        shop.forget(certificates)


if __name__ == "__main__":
    asyncio.run(main())
