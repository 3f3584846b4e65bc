"""Which addresses the hub may connect to. `ipaddress.is_global` alone lets NAT64, 6to4, multicast and site-local through."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

REFUSED_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), word)
    for network, word in (
        ("0.0.0.0/8", "this host"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
REFUSED_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), word)
    for network, word in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("100::/64", "discard"),
        ("2001::/23", "protocol assignments (Teredo among them)"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)

#: All that is handed out so far (RFC 4291 §2.4). Outside of it are further disguises of IPv4, such as `::ffff:0:127.0.0.1`.
HANDED_OUT_V6 = IPv6Network("2000::/3")


def refusal(address: str) -> str | None:
    """Why this address may not be connected to, in a word; None for a public one. `address` is a numeric address.

    >>> refusal("127.0.0.1"), refusal("64:ff9b::a00:1"), refusal("93.184.215.14")
    ('loopback', 'NAT64', None)
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return "not an address"
    if isinstance(ip, IPv4Address):
        return next((word for network, word in REFUSED_V4 if ip in network), None if ip.is_global else "special")
    return _refusal_v6(ip)


def _refusal_v6(ip: IPv6Address) -> str | None:
    if ip.scope_id is not None:
        return "link-local"
    for network, word in REFUSED_V6:
        if ip in network:
            return word
    return None if ip in HANDED_OUT_V6 and ip.is_global else "special"


def disguised(host: str) -> bool:
    """Whether a host is a number in disguise: `2130706433`, `0x7f.1`, `127.1`, `0177.0.0.1`, which resolvers read as IPv4.

    A host whose last label is a number is an IPv4 address (WHATWG URL, host parsing) and must be written in four decimals.
    """
    last = host.rstrip(".").rpartition(".")[2].lower()
    if not (last.isdigit() or (last.startswith("0x") and all(c in "0123456789abcdef" for c in last[2:]))):
        return False
    try:
        IPv4Address(host)
    except ValueError:
        return True
    return False


def allowed_pairs(allow: object) -> frozenset[tuple[str, int]]:
    """LUNEO_EGRESS_ALLOW (`host:port` each, IPv6 in brackets) as pairs. Raises ValueError that names a bad entry.

    >>> sorted(allowed_pairs(["127.0.0.1:80", "[::1]:8080"]))
    [('127.0.0.1', 80), ('::1', 8080)]
    """
    pairs = set()
    for entry in allow if isinstance(allow, (list, tuple, set, frozenset)) else ():
        host, _, port = str(entry).strip().rpartition(":")
        if not host or "/" in host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(f"LUNEO_EGRESS_ALLOW: {entry!r} is not host:port.")
        pairs.add((host.strip("[]").lower(), int(port)))
    return frozenset(pairs)
