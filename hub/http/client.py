"""The guarded client: httpx for the words, httpcore for the connections, our own backend for where they may go."""

from __future__ import annotations

import asyncio
import logging
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType

import httpcore
import httpx

from hub.errors import PermanentError, RetryableError
from hub.http.addresses import allowed_pairs
from hub.http.backend import GuardedBackend
from hub.http.troubles import plainly, timed_out, too_large
from hub.ports import HttpAnswer

HEADERS = {"User-Agent": "LuneoHub/0.1 (+https://luneo.example)", "Accept": "*/*", "Accept-Encoding": "gzip"}
# httpx logs every URL at level INFO, and a shop's secret may stand in the query string: they must never get that far
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)
NO_TIMEOUTS = httpx.Timeout(None)  # one deadline over the whole call instead of one per read


class Transport(httpx.AsyncBaseTransport):
    """httpx's requests over connection pools of ours, one without TLS and one with, each made when first needed."""

    def __init__(self, backend: GuardedBackend, tls: ssl.SSLContext | None) -> None:
        self._backend = backend
        self._tls = tls
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    def _pool(self, scheme: str) -> httpcore.AsyncConnectionPool:
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

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = await self._pool(url.scheme).handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=Body(answer), extensions=answer.extensions)

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()


class Body(httpx.AsyncByteStream):
    """The answer's body as httpcore hands it out."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._answer.aiter_stream()

    async def aclose(self) -> None:
        await self._answer.aclose()


def certificate_authorities() -> ssl.SSLContext:
    """The machine's certificate authorities (SSL_CERT_FILE counts) and certifi's."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class GuardedClient:
    """`hub.ports.HttpClient`. Redirects are answers, not followed; proxies and .netrc of the environment are not read."""

    def __init__(self, allow: Sequence[str] = (), *, tls: ssl.SSLContext | None = None) -> None:
        self._client = httpx.AsyncClient(
            transport=Transport(GuardedBackend(allowed_pairs(allow)), tls),
            headers=HEADERS,
            timeout=NO_TIMEOUTS,
            follow_redirects=False,
            trust_env=False,
        )

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
        request = self._client.build_request(method, _checked(url), headers=headers, content=content)
        where = request.url.netloc.decode("ascii")
        try:
            async with asyncio.timeout(deadline):
                answer = await self._client.send(request, stream=True)
                try:
                    body = await _whole(answer, where, max_bytes)
                finally:
                    await answer.aclose()
        except TimeoutError:
            raise timed_out(where, deadline) from None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            raise plainly(error, where) from error
        return HttpAnswer(answer.status_code, dict(answer.headers), body)

    async def close(self) -> None:
        await self._client.aclose()

    async def __aenter__(self) -> GuardedClient:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()


def _checked(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise PermanentError(f"The address cannot be read: {error}.") from None
    if address.scheme not in ("http", "https") or not address.host:
        raise PermanentError(f"The address {address.scheme}://{address.host} is not http or https.")
    if address.userinfo:
        raise PermanentError("The address carries a user name or password.", hint="Leave them out of the address.")
    return address


async def _whole(answer: httpx.Response, where: str, max_bytes: int) -> bytes:
    """The body, unpacked; stops reading as soon as it is too large, packed or unpacked."""
    encoding = answer.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip", "x-gzip", "deflate"):
        raise RetryableError(f"{where} answered in an encoding that was not asked for: {encoding}.")
    unpack = None if encoding == "identity" else zlib.decompressobj(47 if encoding != "deflate" else 15)
    size, pieces = 0, []
    async for chunk in answer.stream:  # type: ignore[union-attr]
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
