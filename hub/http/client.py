"""The guarded client, straight on httpcore: pools of kept connections, our own backend for where they may go.

What is not there cannot leak: no redirects are followed, no cookies kept, no proxies read from the environment, no URLs
logged. One client serves all shops of all organisations.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import httpcore

from hub.errors import PermanentError
from hub.http.addresses import allowed_pairs
from hub.http.backend import GuardedBackend
from hub.http.body import beginning, pieces, to_file, whole
from hub.http.target import Target, target_of
from hub.http.troubles import plainly, timed_out
from hub.ports import HttpAnswer

Headers = list[tuple[bytes, bytes]]
Take = Callable[[httpcore.Response, Mapping[str, str], str], Awaitable[bytes]]  # (answer, headers, where it is from) → body
HEADERS: Headers = [(b"User-Agent", b"LuneoHub/0.1"), (b"Accept", b"*/*"), (b"Accept-Encoding", b"gzip")]
WITH_BODY = ("POST", "PUT", "PATCH")
VALUE = re.compile("(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")  # RFC 9110, 5.5

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

        Raises PermanentError (address not allowed, unknown name, certificate, a header that cannot be sent) and RetryableError
        (refused, cut, late, too large).
        """

        async def take(answer: httpcore.Response, said: Mapping[str, str], where: str) -> bytes:
            return await whole(answer, said, where, max_bytes)

        return await self._ask(method, url, headers or {}, content, deadline, take)

    async def download(
        self,
        url: str,
        path: Path,
        *,
        headers: Mapping[str, str] | None = None,
        deadline: float = 3600.0,
        max_bytes: int = 8 << 30,
    ) -> HttpAnswer:
        """A GET whose body goes to `path` as it comes, in bounded memory. With another status than 200 the file is left alone
        and the answer's body holds the beginning of what was said instead.

        Raises what `request` raises, and PermanentError when the disk will not take it; a file half written is removed.
        """

        async def take(answer: httpcore.Response, said: Mapping[str, str], where: str) -> bytes:
            chunks = pieces(answer, said, where, max_bytes)
            if answer.status != 200:
                return await beginning(chunks)
            await to_file(chunks, path)
            return b""

        return await self._ask("GET", url, {"Accept-Encoding": "identity", **(headers or {})}, None, deadline, take)

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, deadline: float, take: Take
    ) -> HttpAnswer:
        target = target_of(url)
        try:
            async with asyncio.timeout(deadline):
                answer = await self._pool(target.scheme).handle_async_request(_request(method, target, headers, content))
                try:
                    said = _lower(answer.headers)
                    body = await take(answer, said, target.where)
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
    own = {name.lower() for name in headers}
    sent = [(b"Host", target.where.encode("ascii")), *(pair for pair in HEADERS if pair[0].decode("ascii").lower() not in own)]
    sent += [(name.encode("ascii"), _value(name, value)) for name, value in headers.items()]
    if content is not None or method in WITH_BODY:
        sent.append((b"Content-Length", str(len(content or b"")).encode("ascii")))
    url = httpcore.URL(
        scheme=target.scheme.encode("ascii"), host=target.host.encode("ascii"), port=target.port, target=target.path
    )
    return httpcore.Request(method, url, headers=sent, content=content)


def _value(name: str, value: str) -> bytes:
    """A header's value for the wire. Said here and by its name alone: further down the message, or its cause, would quote it."""
    if not VALUE.fullmatch(value):
        hint = "Check the shop's credentials: something was pasted along with them."
        raise PermanentError(f"What the header {name} should carry cannot stand in a header.", hint=hint)
    return value.encode("latin-1")


def _lower(headers: Headers) -> dict[str, str]:
    """Names in lower case; a header that comes twice is joined by commas."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
