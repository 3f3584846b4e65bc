"""From bytes to JSON, as PHP hosts really send it: byte-order marks, notices before, comments after, HTML with status 200.

An answer is a list of rows, an object, or an error that says what happened; never an empty list by accident.
"""

from __future__ import annotations

import json
import re

import msgspec

from hub.errors import ConnectorError, RetryableError

BOM = b"\xef\xbb\xbf"
# Where a WooCommerce answer can begin: a list of objects or nulls, an empty list, an object. Not `[file]` within a PHP notice.
START = re.compile(rb'\[\s*(?:\{\s*["}]|null\s*[,\]]|\])|\{\s*["}]')
AFTER_ROW = re.compile(r"\s*([,\]])\s*")
RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
RAW_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
FIREWALL = "A firewall stands before the shop: let the hub's address and /wp-json/wc/ through."
MAINTENANCE = "The shop is in maintenance mode; wait until it is back."
HINTS = (
    (rb"scheduled maintenance|maintenance mode|<title>maintenance", MAINTENANCE),
    (rb"cloudflare|sucuri|wordfence|imunify|captcha|access denied|been blocked|bot ?protection|firewall", FIREWALL),
    (rb"critical error|fatal error|allowed memory size", "PHP failed in the shop: look at WooCommerce > Status > Logs."),
    (rb"wp-login|log in", "A plugin asks for a login: let /wp-json/wc/ through."),
)


def json_rows(body: bytes, where: str) -> list[msgspec.Raw] | bytes:
    """The rows of a list as undecoded JSON, or the bytes of an object (which the caller must take for a refusal).

    Raises RetryableError for everything else.
    """
    try:
        return RAW_LIST.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        try:
            found = json_text(body, where)
        except RetryableError:
            if rows := _row_by_row(body):
                return rows
            raise
    return RAW_LIST.decode(found) if found[:1] == b"[" else _gapped(found) or found


def _row_by_row(body: bytes) -> list[msgspec.Raw]:
    """The rows of a whole list in which some are no JSON: NaN, half a surrogate, a bare control character. Else none.

    Such a row is then refused by itself, and the page goes on.
    """
    text = body.removeprefix(BOM).decode("utf-8", "surrogateescape").strip()
    rows: list[msgspec.Raw] = []
    place = len(text) - len(text[1:].lstrip()) if text.startswith("[") else len(text)
    while place < len(text):
        begin = place
        try:
            _, place = json.JSONDecoder(strict=False).raw_decode(text, begin)
        except (ValueError, RecursionError):
            return []
        rows.append(msgspec.Raw(text[begin:place].encode("utf-8", "surrogateescape")))
        after = AFTER_ROW.match(text, place)
        if after is None:
            return []
        if after[1] == "]":
            return rows if after.end() == len(text) else []
        place = after.end()
    return []


def _gapped(text: bytes) -> list[msgspec.Raw] | None:
    """The rows of a list that a plugin has filtered: PHP writes one with gaps as an object, {"0": …, "2": …}."""
    found = RAW_OBJECT.decode(text)
    return list(found.values()) if found and all(key.isdigit() for key in found) else None


def json_text(body: bytes, where: str) -> bytes:
    """The JSON list or object within an answer, cut free of what stands around it. Raises RetryableError."""
    text = body.removeprefix(BOM).strip()
    if not text:
        raise RetryableError(f"{where} answered with nothing.", hint="PHP may have run out of time or memory in the shop.")
    if text[:1] in b"[{" and _is_json(text):
        return text
    for start in START.finditer(text):
        begin = start.start()
        if text[begin : begin + 1] == b"[" and text[begin + 1 : start.end()].strip() == b"]" and not _alone(text, start):
            continue  # `[]` within a sentence is not an answer
        end = _end(text, begin)
        if end is None:
            break
        return text[begin:end]
    raise not_json(text, where)


def not_json(text: bytes, where: str, status: int | None = None) -> ConnectorError:
    """What an answer without usable JSON is, with what to do about it."""
    head = text[:20_000].lower()
    if b"<html" in head or b"<!doctype" in head or b"<body" in head:
        hint = next((hint for words, hint in HINTS if re.search(words, head)), "Open the address in a browser to see why.")
        return RetryableError(f"{where} answered with a web page instead of data.", hint=hint, status=status)
    if START.search(text):
        return RetryableError(
            f"{where} sent data that is cut or broken.",
            hint="PHP notices in the answer? Turn WP_DEBUG_DISPLAY off in the shop.",
            status=status,
        )
    hint = next((hint for words, hint in HINTS if re.search(words, head)), "Open the address in a browser to see what it says.")
    return RetryableError(f"{where} answered with something that is not data.", hint=hint, status=status)


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _alone(text: bytes, start: re.Match[bytes]) -> bool:
    """Whether an empty list stands by itself: after a line's or a tag's end, and before nothing, a line's end or a tag."""
    before, after = text[: start.start()], text[start.end() :]
    return before.rstrip(b" \t")[-1:] in (b"", b"\n", b">") and after.lstrip(b" \t")[:1] in (b"", b"\n", b"\r", b"<")


def _end(text: bytes, begin: int) -> int | None:
    """Where the JSON value that begins there ends; None when it is cut or broken. Slow, and only for dirty answers."""
    try:
        tail = text[begin:].decode("utf-8", "surrogateescape")
        _, length = json.JSONDecoder(strict=False).raw_decode(tail)
    except (ValueError, RecursionError):
        return None
    end = begin + len(tail[:length].encode("utf-8", "surrogateescape"))
    return end if _is_json(text[begin:end]) else None
