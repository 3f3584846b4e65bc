"""Which URLs an endpoint may have. Anything that two parsers could read differently is refused, not repaired."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urlsplit

from hub.errors import Unprocessable
from hub.http.addresses import allowed_pairs, disguised, refusal

LONGEST = 2048
DEFAULT_PORTS = {"https": 443, "http": 80}
KEPT = "/%:@!$&'()*+,;=~-._?"  # what RFC 3986 lets stand in a path and a query, and escapes that are there already
SHAPE = re.compile(r"(https?)://(\[[^\]\[/?#@]*\]|[^:/?#@\[\]]*)(?::([0-9]*))?([/?].*)?", re.IGNORECASE | re.DOTALL)
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")

#: IDNA takes these for full stops.
DOTS = "。．｡"

#: Names that only mean something inside somebody's network.
INWARD = (
    "localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "in-addr.arpa",
    "ip6.arpa", "onion", "localtest.me", "lvh.me",
)  # fmt: skip

#: Above 1023, ports that are never HTTP (Fetch Standard, "bad port"); below, only 80 and 443 are.
NOT_HTTP = frozenset(
    (
        1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    )
)  # fmt: skip

Pairs = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Address:
    """A URL taken apart. `host` is bare, ASCII and in lower case; `url` is what is called, written from the parts."""

    scheme: str
    host: str
    port: int
    url: str
    numeric: bool
    exempt: bool  # a pair of LUNEO_EGRESS_ALLOW: may be private, and plain http


def check_url(url: str, allow: Iterable[str], allow_http: bool, *, own: str | None = None) -> None:
    """Whether an endpoint may be created with this URL. `own`: our public URL, which would make a loop.

    Raises Unprocessable(field="url") with the reason. Names are not resolved here: that is done, and vetted, at each connect.
    """
    address = parse(url, allowed_pairs(list(allow)), allow_http)
    if own is None:
        return
    parts = urlsplit(own)
    same_host = (parts.hostname or "").rstrip(".").lower() == address.host
    if same_host and (not address.exempt or address.port == (parts.port or DEFAULT_PORTS.get(parts.scheme))):
        raise refused("it is the hub's own address, and events would go round in a loop")


class UrlRefused(Unprocessable):
    """`message` is the reason, for everybody. `hint` says what callers of the API can do, who may run the hub themselves: it
    names the operator's settings, so pages for partners leave it out.
    """


def refused(reason: str, hint: str = "") -> UrlRefused:
    """The refusal of a URL."""
    return UrlRefused(f"This URL cannot be an endpoint: {reason}.", hint=hint, field="url")


def _at_home(host: str, port: int) -> str:
    pair = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"Give its address on the internet; to try it on your own machine, start the hub with LUNEO_EGRESS_ALLOW={pair}."


def parse(url: str, allowed: Pairs, allow_http: bool) -> Address:
    """Raises Unprocessable(field="url") for a URL that may not be called whatever its name resolves to."""
    shape = _shape(url)
    scheme, written, port_text, rest = shape.group(1).lower(), shape.group(2), shape.group(3), shape.group(4) or "/"
    host = _host(written)
    port = _port(port_text, scheme)
    exempt = (host, port) in allowed
    if not exempt:
        _public(host, port)
        if scheme == "http" and not allow_http:
            hint = "Only pairs of LUNEO_EGRESS_ALLOW (host:port), such as a receiver on your own machine, may be called without."
            raise refused("it must begin with https://", hint)
    shown = f"[{host}]" if ":" in host else host
    if port != DEFAULT_PORTS[scheme]:
        shown += f":{port}"
    path = rest if rest.startswith("/") else "/" + rest
    return Address(scheme, host, port, f"{scheme}://{shown}{quote(path, safe=KEPT)}", _numeric(host), exempt)


def _shape(url: str) -> re.Match[str]:
    if not url:
        raise refused("it is empty")
    if len(url) > LONGEST:
        raise refused(f"it is longer than {LONGEST:,} characters")
    if any(character.isspace() or unicodedata.category(character)[0] in "CZ" for character in url):
        raise refused("it holds a space, a line break or an invisible character")
    if any(character in url for character in '\\<>"^`{|}'):
        raise refused("it holds a character that URLs do not have")
    if "#" in url:
        raise refused("it has a fragment (#), which is never sent")
    scheme = url.partition(":")[0].lower()
    if scheme not in DEFAULT_PORTS:
        raise refused("it must begin with https://")
    if "@" in re.split(r"[/?]", url.partition("//")[2], maxsplit=1)[0]:
        raise refused("it carries a user name or a password; send a secret in a header of the endpoint instead")
    shape = SHAPE.fullmatch(url)
    if shape is None:
        raise refused("it cannot be read; it must look like https://partner.example/hooks")
    return shape


def _host(written: str) -> str:
    if written.startswith("["):
        return _literal(written[1:-1])
    host = written.lower()
    if "%" in host:
        raise refused("its host is percent-encoded")
    if not host.isascii():
        host = _ascii(host)
    if host.endswith("."):
        raise refused("its host ends with a dot")
    if disguised(host):
        raise refused(f"{host} is a number in disguise; an address is written as four decimal numbers")
    if not host or len(host) > 253 or not all(LABEL.fullmatch(label) for label in host.split(".")):
        raise refused("its host is not a name")
    return host


def _literal(text: str) -> str:
    if "%" in text:
        raise refused("its address has a zone")
    try:
        return str(IPv6Address(text))
    except ValueError:
        raise refused("the address in its brackets is not an IPv6 address") from None


def _ascii(host: str) -> str:
    """An international name in its ASCII form. Letters and dots that only look like others (`１２７`, `。`) are refused."""
    import idna

    for character in host:
        folded = unicodedata.normalize("NFKC", character)
        if (folded != character and folded.isascii()) or character in DOTS:
            raise refused(f"its host holds {character!r}, which only looks like {'.' if character in DOTS else folded!r}")
    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
    except (ValueError, IndexError):  # IDNAError is a ValueError
        raise refused("its host is not a name") from None


def _port(text: str | None, scheme: str) -> int:
    if text is None:
        return DEFAULT_PORTS[scheme]
    if not text or len(text) > 5 or not 0 < int(text) < 65536 or text != str(int(text)):
        raise refused(f"port {text or '(none)'} does not exist")
    return int(text)


def _public(host: str, port: int) -> None:
    if (port < 1024 and port not in (80, 443)) or port in NOT_HTTP:
        raise refused(f"nothing speaks HTTP on port {port}", "Use 443, or a port above 1023.")
    if _numeric(host):
        word = refusal(host)
        if word is not None:
            raise refused(f"{host} is not a public address ({word})", _at_home(host, port))
    elif "." not in host or host.endswith(tuple(f".{name}" for name in INWARD)) or host in INWARD:
        raise refused(f"{host} is a name inside a network, not on the internet", _at_home(host, port))


def _numeric(host: str) -> bool:
    return ":" in host or host.rpartition(".")[2].isdigit()
