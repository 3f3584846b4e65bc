"""The guarded client, straight on httpcore: pools of kept connections, our own backend for where they may go.

What is not there cannot leak: no redirects are followed, no cookies kept, no proxies read from the environment, no URLs
logged. One client serves all shops of all organisations.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import zlib
from collections.abc import Mapping, Sequence
from types import TracebackType

import httpcore

from hub.errors import RetryableError
from hub.http.addresses import allowed_pairs
from hub.http.backend import GuardedBackend
from hub.http.target import Target, target_of
from hub.http.troubles import plainly, timed_out, too_large
from hub.ports import HttpAnswer

Headers = list[tuple[bytes, bytes]]
HEADERS: Headers = [(b"User-Agent", b"LuneoHub/0.1"), (b"Accept", b"*/*"), (b"Accept-Encoding", b"gzip")]
WITH_BODY = ("POST", "PUT", "PATCH")

logging.getLogger("httpcore").setLevel(logging.WARNING)  # its debug lines hold whole answers' headers


def certificate_authorities() -> ssl.SSLContext:
    """The machine's certificate authorities (SSL_CERT_FILE counts) and certifi's."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class GuardedClient:
    """`hub.ports.HttpClient`. `tls` replaces the usual certificate authorities."""

    def __init__(self, allow: Sequence[str] = (), *, tls: ssl.SSLContext | None = None) -> None:
        self._backend = GuardedBackend(allowed_pairs(allow))
        self._tls = tls
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        deadline: float = 30.0,
        max_bytes: int = 64 << 20,
    ) -> HttpAnswer:
        """One call. `deadline` (seconds) covers connecting, sending and the whole body; `max_bytes` the body, unpacked.

        Raises PermanentError (address not allowed, unknown name, certificate) and RetryableError (refused, cut, late, too large).
        """
        target = target_of(url)
        try:
            async with asyncio.timeout(deadline):
                answer = await self._pool(target.scheme).handle_async_request(_request(method, target, headers or {}, content))
                try:
                    said = _lower(answer.headers)
                    body = await _whole(answer, said, target.where, max_bytes)
                finally:
                    await answer.aclose()
        except TimeoutError:
            raise timed_out(target.where, deadline) from None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            raise plainly(error, target.where) from error
        return HttpAnswer(answer.status, said, body)

    def _pool(self, scheme: str) -> httpcore.AsyncConnectionPool:
        """One pool without TLS and one with, each made when first needed: reading the authorities takes a while."""
        pool = self._pools.get(scheme)
        if pool is None:
            pool = self._pools[scheme] = httpcore.AsyncConnectionPool(
                ssl_context=(self._tls or certificate_authorities()) if scheme == "https" else None,
                network_backend=self._backend,
                max_connections=64,
                max_keepalive_connections=32,
                keepalive_expiry=15.0,
                http1=True,
                http2=False,
            )
        return pool

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    async def __aenter__(self) -> GuardedClient:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()


def _request(method: str, target: Target, headers: Mapping[str, str], content: bytes | None) -> httpcore.Request:
    sent = [(b"Host", target.where.encode("ascii")), *HEADERS]
    sent += [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
    if content is not None or method in WITH_BODY:
        sent.append((b"Content-Length", str(len(content or b"")).encode("ascii")))
    url = httpcore.URL(
        scheme=target.scheme.encode("ascii"), host=target.host.encode("ascii"), port=target.port, target=target.path
    )
    return httpcore.Request(method, url, headers=sent, content=content)


def _lower(headers: Headers) -> dict[str, str]:
    """Names in lower case; a header that comes twice is joined by commas."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


async def _whole(answer: httpcore.Response, headers: Mapping[str, str], where: str, max_bytes: int) -> bytes:
    """The body, unpacked; stops reading as soon as it is too large, packed or unpacked."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise RetryableError(f"{where} answered in an encoding that was not asked for: {encoding}.")
    unpack = None if encoding in ("", "identity") else zlib.decompressobj(47)  # 47: gzip or zlib, as its first bytes say
    size, pieces = 0, []
    async for chunk in answer.aiter_stream():
        if unpack is not None:
            try:
                chunk = unpack.decompress(chunk, max_bytes - size + 1)
            except zlib.error:
                raise RetryableError(f"{where} sent a body that cannot be unpacked.") from None
        size += len(chunk)
        if size > max_bytes:
            raise too_large(where, max_bytes)
        pieces.append(chunk)
    if unpack is not None and pieces and not unpack.eof:
        raise RetryableError(f"{where} closed the connection in the middle of its answer.")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
