"""Any text at all is a URL taken apart or a refusal, and what is called means the same to every parser."""

from __future__ import annotations

from urllib.parse import urlsplit

from hypothesis import example, given
from hypothesis import strategies as st
from pycurl import CurlUrl

from hub.errors import Unprocessable
from hub.http.addresses import disguised, refusal
from webhooks.send.address import parse

PIECES = st.sampled_from(
    [
        "http", "https", ":", "/", "//", "@", "#", "?", "\\", "[", "]", "%", "%2e", ".", "..", "127", "0x7f", "0177", "1", "::1",
        "localhost", "partner.example", "é", "１", "。", "ß", "xn--", "xn--a", "-", "_", " ", "\t", "\n", "\0", "443", "8443",
        "99999", "\u200b", "a", "&", ";", "\ud800", "\u202e", "İ", "ſ", "\u0378", "\U0001f600",
    ]
)  # fmt: skip
AFTER_HTTPS = st.lists(PIECES, max_size=9).map(lambda pieces: "https://" + "".join(pieces))
LABELS = st.lists(
    st.sampled_from(["a", "b-c", "xn--bcher-kva", "é", "ß", "1", "0x7f", "ü", "_", "中", "ı", "ς", "٣", "८"]),
    min_size=1,
    max_size=3,
)
NEARLY_GOOD = st.builds(
    lambda labels, port, rest: f"https://{'.'.join(''.join(label) for label in labels)}.example{port}{rest}",
    st.lists(LABELS, min_size=1, max_size=3),
    st.sampled_from(["", ":443", ":8443", ":80"]),
    st.sampled_from(["", "/", "/a/../b", "?x=@y", "/a:b@c", "/é?ü", "/%zz", "/a//b"]),
)
URLS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join), AFTER_HTTPS, NEARLY_GOOD)


@given(URLS)
@example("https://ＡＢＣ.example")
@example("https://xn--.example/")
def test_any_text_is_refused_or_means_one_thing(url: str) -> None:
    try:
        address = parse(url, frozenset(), allow_http=True)
    except Unprocessable as error:
        assert error.field == "url"
        return
    assert address.url.isascii() and not any(c.isspace() or c in "\\#@" for c in address.url.split("?")[0].split("/", 3)[2])
    parts = urlsplit(address.url)
    assert (parts.scheme, parts.hostname, parts.username) == (address.scheme, address.host, None)
    assert (parts.port or {"https": 443, "http": 80}[parts.scheme]) == address.port
    theirs = CurlUrl(address.url)
    assert (theirs.host or "").strip("[]") == address.host
    assert not disguised(address.host)
    if address.numeric:
        assert refusal(address.host) is None
