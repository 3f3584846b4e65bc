"""Reading one vendor object: lenient on what is missing, strict on the type of what is there.

Every reader takes the raw dict and a key; the pointer of a wrong value is completed on the way out (`WrongValue.under`).
Empty text, null and an absent key all say "nothing" and are left out of the canonical form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from hub.errors import SkippedRecordError
from hub.ports import Json
from schemas.exact import NotJson, decode, encode_plain

VENDOR: Final = "shopify"
_GID: Final = re.compile(r"gid://shopify/([A-Za-z0-9]+)/([^?]+)(\?.*)?\Z", re.DOTALL)


class WrongValue(Exception):
    """A value that is there but is not what its field takes."""

    def __init__(self, pointer: str, value: Any, expected: str) -> None:
        super().__init__(pointer)
        self.pointer = pointer
        self.value = value
        self.expected = expected

    def under(self, *parts: object) -> WrongValue:
        """The same, seen from further out."""
        self.pointer = "".join(f"/{part}" for part in parts) + self.pointer
        return self


def wrong(key: str, value: Any, expected: str) -> WrongValue:
    """A WrongValue at a key of the object at hand."""
    return WrongValue(f"/{key}" if key else "", value, expected)


def shortened(value: Any) -> str:
    """A value as JSON, fit for one line."""
    shown = encode_plain(value).decode()
    return shown if len(shown) <= 80 else f"{shown[:60]}… ({len(shown)} characters)"


def skipped(what: str, raw: Any, error: WrongValue) -> SkippedRecordError:
    """What the engine puts into quarantine: the row, the field and the value."""
    name = raw.get("id") if isinstance(raw, dict) else None
    ref = f"{VENDOR} {what} {shortened(name)}" if name is not None else f"{VENDOR} {what} without id"
    field = error.pointer or "/"
    return SkippedRecordError(ref, f"{field} is {shortened(error.value)}, expected {error.expected}", field=field)


def opened(body: bytes, what: str) -> Json:
    """The vendor object in these bytes. Raises SkippedRecordError when there is none."""
    try:
        raw = decode(body)
    except NotJson as error:
        torn = readable(body)
        if torn is not None:
            expected = "text of whole characters"
            raise skipped(what, {"id": _whole(torn.get("id"))}, WrongValue(torn.place, torn.shown, expected)) from error
        raise SkippedRecordError(f"{VENDOR} {what}", f"the row is {error}", field="/") from error
    if type(raw) is not dict:
        raise skipped(what, raw, WrongValue("", raw, "an object"))
    return raw


class Torn(dict[str, Any]):
    """An object in which a text holds half a character (`\\ud83d` alone): no JSON that can be kept, but one that can be named."""

    place = ""
    shown = ""


def readable(body: bytes) -> Torn | None:
    """The object in bytes that are no JSON for half a character alone; None for all else that is wrong."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    waiting: list[tuple[str, Any]] = [("", found)]
    while waiting and type(found) is dict:
        place, value = waiting.pop()
        if type(value) is dict:
            waiting.extend((f"{place}/{_whole(key)}", key) for key in value if key != _whole(key))
            waiting.extend((f"{place}/{key}", inner) for key, inner in value.items())
        elif type(value) is list:
            waiting.extend((f"{place}/{index}", inner) for index, inner in enumerate(value))
        if type(value) is str and value != _whole(value):
            torn = Torn(found)
            torn.place, torn.shown = place, _whole(value)
            return torn
    return None


def _whole(value: Any) -> Any:
    """A text with its half characters spelt out."""
    return value.encode("utf-8", "backslashreplace").decode() if type(value) is str else value


def rest_shaped(raw: Mapping[str, Any]) -> bool:
    """Whether an object is of the REST form that webhooks send: a number as id, or the gid under a key of its own."""
    return type(raw.get("id")) is int or "admin_graphql_api_id" in raw


@lru_cache(maxsize=16384)
def reference(gid: str) -> Json | None:
    """The reference that a gid is, None for a text that is none. Shared between documents: do not change it.

    >>> reference("gid://shopify/Product/12")
    {'connector': 'shopify', 'kind': 'Product', 'id': '12', 'gid': 'gid://shopify/Product/12'}
    """
    found = _GID.match(gid)
    return None if found is None else {"connector": VENDOR, "kind": found[1], "id": found[2], "gid": gid}


def own_ref(raw: Mapping[str, Any], kind: str) -> Json:
    """The reference of the object itself. Raises WrongValue when its id is not a gid of this kind."""
    value = raw.get("id")
    if type(value) is str and value.startswith(start := f"gid://shopify/{kind}/"):
        id = value[len(start) :]  # every object's own is another: nothing to look up
        if id.isalnum():
            return {"connector": VENDOR, "kind": kind, "id": id, "gid": value}
    found = reference(value) if type(value) is str else None
    if found is None or found["kind"] != kind:
        raise wrong("id", value, f'a gid like "gid://shopify/{kind}/1"')
    return found


def begun(raw: Mapping[str, Any], kind: str, known: frozenset[str]) -> tuple[Json, Json]:
    """The reference of the object itself, and what no canonical field takes: the old id too, where the gid ends otherwise."""
    ref, rest = own_ref(raw, kind), remaining(raw, known)
    legacy = raw.get("legacyResourceId")
    if legacy is not None and legacy != ref["id"]:
        rest["legacyResourceId"] = legacy
    return ref, rest


def ref_in(raw: Mapping[str, Any], key: str) -> tuple[Json | None, Json]:
    """The reference under a key that holds {"id": gid}, and what else the object there says."""
    inner = nested(raw, key)
    if inner is None:
        return None, {}
    gid = inner.get("id")
    if gid is None:
        return None, remaining(inner, _ID)
    found = reference(gid) if type(gid) is str else None
    if found is None:
        raise wrong("id", gid, "a gid").under(key)
    return found, ({} if len(inner) == 1 else remaining(inner, _ID))


_ID: Final = frozenset({"id"})


def gid_text(raw: Mapping[str, Any], key: str = "id") -> str | None:
    """A gid as it is; None when there is none."""
    value = raw.get(key)
    if value is None or (type(value) is str and value):
        return value
    raise wrong(key, value, "a gid")


def text(raw: Mapping[str, Any], key: str) -> str | None:
    """A text, None when it is empty or not there."""
    value = raw.get(key)
    if type(value) is str:
        return value or None
    if value is None:
        return None
    raise wrong(key, value, "a text")


def texts(raw: Mapping[str, Any], doc: Json, table: Iterable[tuple[str, str]]) -> None:
    """Carry several texts over under their canonical names."""
    for key, name in table:
        value = raw.get(key)
        if type(value) is str:
            if value:
                doc[name] = value
        elif value is not None:
            raise wrong(key, value, "a text")


def flag(raw: Mapping[str, Any], key: str) -> bool | None:
    """True or false, None when it is not there."""
    value = raw.get(key)
    if value is True or value is False or value is None:
        return value
    raise wrong(key, value, "true or false")


def whole(raw: Mapping[str, Any], key: str) -> int | None:
    """A whole number that fits 64 bits, None when it is not there."""
    value = raw.get(key)
    if value is None or (type(value) is int and -(2**63) <= value < 2**63):
        return value
    raise wrong(key, value, "a whole number")


def listed(raw: Mapping[str, Any], key: str) -> Sequence[Json]:
    """A list of objects."""
    value = raw.get(key)
    if value is None:
        return ()
    if type(value) is not list:
        raise wrong(key, value, "a list")
    for index, item in enumerate(value):
        if type(item) is not dict:
            raise WrongValue(f"/{key}/{index}", item, "an object")
    return value


def nodes(raw: Mapping[str, Any], key: str) -> Sequence[Json]:
    """The objects of a drained connection: {"nodes": […]}."""
    value = raw.get(key)
    if value is None:
        return ()
    found = value.get("nodes") if type(value) is dict else None
    if type(found) is not list:
        raise wrong(key, value, 'a connection like {"nodes": []}')
    for index, item in enumerate(found):
        if type(item) is not dict:
            raise WrongValue(f"/{key}/nodes/{index}", item, "an object")
    return found


def beside_nodes(raw: Mapping[str, Any], key: str, rest: Json) -> None:
    """What a connection says beside its nodes stays in `rest`; where a page ended is no part of the object."""
    value = raw.get(key)
    if type(value) is dict and len(value) > 1:
        kept = remaining(value, _CONNECTION)
        if kept:
            rest[key] = kept


_CONNECTION: Final = frozenset({"nodes", "pageInfo"})


def nested(raw: Mapping[str, Any], key: str) -> Json | None:
    """An object."""
    value = raw.get(key)
    if value is None or type(value) is dict:
        return value
    raise wrong(key, value, "an object")


def words(raw: Mapping[str, Any], key: str) -> Sequence[str]:
    """A list of texts."""
    value = raw.get(key)
    if value is None:
        return ()
    if type(value) is not list:
        raise wrong(key, value, "a list of texts")
    for index, item in enumerate(value):
        if type(item) is not str:
            raise WrongValue(f"/{key}/{index}", item, "a text")
    return value


def remaining(raw: Mapping[str, Any], known: frozenset[str]) -> Json:
    """What no canonical field takes, verbatim; null says nothing."""
    if raw.keys() <= known:
        return {}
    return {key: value for key, value in raw.items() if key not in known and value is not None}


def keep(doc: Json, rest: Json) -> None:
    """Put the rest of an object under its canonical form's ext."""
    if rest:
        doc["ext"] = {VENDOR: rest}
