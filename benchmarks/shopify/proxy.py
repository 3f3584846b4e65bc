"""A CONNECT proxy that ends the TLS of every `*.myshopify.com` itself and hands the bytes to the shop's plain socket.

airbyte-source-shopify calls `https://<shop>.myshopify.com` and nothing else; HTTPS_PROXY and a certificate of
ours bring it here.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMES = "*.myshopify.com"
PIECE = 1 << 18


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """The authority's certificate as a file, and a server's context with one that it has signed. Good for a day."""
    now = datetime.now(UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("Luneo benchmark", NAMES)]
    made = []
    for key, name, is_authority in zip(keys, names, (True, False), strict=True):
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(names[0]).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAMES)]), critical=False)
        made.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    authority, leaf, key_file = folder / "authority.pem", folder / "leaf.pem", folder / "key.pem"
    authority.write_bytes(made[0])
    leaf.write_bytes(made[1])
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key_file.write_bytes(keys[1].private_bytes(*form))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf, key_file)
    return authority, context


@asynccontextmanager
async def proxy(context: ssl.SSLContext, host: str, port: int) -> AsyncIterator[int]:
    """Listens on a free port of the loopback, its number; everything goes to host:port, wherever the client wanted to go."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            await writer.start_tls(context)
            inner_reader, inner_writer = await asyncio.open_connection(host, port)
            with suppress(OSError):
                await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=PIECE)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()
