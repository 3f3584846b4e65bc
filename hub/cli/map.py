"""What `luneo map` does: vendor objects in a file → canonical form with its reasons, one JSON line each."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.errors import ConfigurationError, ConnectorError, PermanentError, SkippedRecordError
from hub.ports import Connector, ShopSettings
from schemas.exact import NotJson, decode, encode_plain
from schemas.kinds import InvalidDocument, validate

#: A record's part that the vendor may also send alone.
PARTS = {"product": "variant", "order": "refund"}

#: Raw kind → kind of its canonical document; None for what is mapped but is of no kind (a parcel, a notice).
Kinds = Mapping[str, str | None]


def run_map(connector: Connector, raw_kind: str, file: Path, settings_file: Path | None, out: TextIO) -> int:
    """Print {"canonical", "provenance", "unmapped"} per object, {"error", "field"} for one that cannot be mapped.

    Returns 0, or 1 when a row could not be mapped. Raises ConfigurationError or ConnectorError, one line, when nothing can be.
    """
    raw_kind, kind = _kind(connector, raw_kind)
    settings = read_settings(settings_file)
    try:
        found = connector.objects_in(raw_kind, _bytes(file))
    except ConnectorError as error:
        raise PermanentError(f"{file}: {error.message}", hint=error.hint) from None
    if not found:
        name = connector.manifest.title
        raise PermanentError(f"{file}: there is no {name} {raw_kind} in it.", hint="Is it the right file and resource?")
    failed = False
    for body in found:
        line = _line(connector, raw_kind, kind, body, settings)
        failed = failed or "error" in line
        out.write(encode_plain(line).decode() + "\n")
    out.flush()
    return 1 if failed else 0


def _line(connector: Connector, raw_kind: str, kind: str | None, body: bytes, settings: ShopSettings) -> dict[str, Any]:
    try:
        told = connector.explain(raw_kind, body, (), settings)
        if kind is not None:
            validate(PARTS[kind] if "ref" in told.canonical and kind in PARTS else kind, told.canonical)
    except SkippedRecordError as error:
        return {"error": error.reason, "field": error.field, "ref": error.ref}
    except InvalidDocument as error:
        return {"error": error.reason, "field": error.field}
    return {"canonical": told.canonical, "provenance": dict(told.provenance), "unmapped": dict(told.unmapped)}


def _kind(connector: Connector, word: str) -> tuple[str, str | None]:
    """The vendor's kind that is meant, by its name, the plural of it or a webhook's topic, and the canonical kind of that."""
    kinds = kinds_of(connector)
    for name in (word, word.removesuffix("s"), *_about(word)):
        if name in kinds:
            return name, kinds[name]
    name = connector.manifest.name
    raise ConfigurationError(f"{name} has no {word!r} to map.", hint=f"It has: {', '.join(kinds)}.")


def _about(topic: str) -> tuple[str, ...]:
    """What a webhook's topic may be called here: by its own name ("products_delete"), or by what it is about.

    >>> _about("orders/create"), _about("product.updated"), _about("order_lines")
    (('orders_create', 'order'), ('product_updated', 'product'), ())
    """
    found = re.fullmatch(r"([a-z_]+)[/.]([a-z_]+)|([a-z_]+s)_([a-z]+)", topic)
    if found is None:
        return ()
    thing, act = found[1] or found[3], found[2] or found[4]
    return f"{thing}_{act}", thing.removesuffix("s")


def kinds_of(connector: Connector) -> Kinds:
    """What a connector maps. One that maps more than its resources says so itself: `connector.maps`."""
    told: Kinds | None = getattr(connector, "maps", None)
    return dict(_kinds(connector)) if told is None else told


def _kinds(connector: Connector) -> Iterator[tuple[str, str]]:
    for resource in connector.resources:
        yield resource.raw_kind, resource.kind
        if resource.child_kind is not None:
            yield resource.child_kind, resource.kind


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {(error.strerror or str(error)).lower()}.") from None


def read_settings(file: Path | None) -> ShopSettings:
    """The shop's settings from a JSON object; without a file all are unknown. Keys that mean nothing are told and ignored."""
    if file is None:
        return ShopSettings()
    try:
        told = decode(_bytes(file))
    except NotJson as error:
        raise ConfigurationError(f"{file} is {error}.") from None
    if not isinstance(told, dict):
        raise ConfigurationError(f'{file} must hold one JSON object, like {{"currency": "EUR", "weight_unit": "kg"}}.')
    known = {field.name for field in fields(ShopSettings)}
    for name in told.keys() - known:
        sys.stderr.write(f"note: {file} has {name!r}, which is no setting; they are {', '.join(sorted(known))}.\n")
    found = {name: value for name, value in told.items() if name in known and value is not None}
    for name, value in found.items():
        _check(file, name, value)
    return ShopSettings(**found)


def _check(file: Path, name: str, value: object) -> None:
    wanted = bool if name == "prices_include_tax" else str
    expected = "true or false" if wanted is bool else "a text"
    if not isinstance(value, wanted):
        raise ConfigurationError(f"{file}: {name} is {encode_plain(value).decode()}, expected {expected}.")
    if name == "currency" and not (len(str(value)) == 3 and str(value).isascii() and str(value).isupper()):
        raise ConfigurationError(f"{file}: currency is {value!r}, expected an ISO 4217 code like EUR.")
    if name == "timezone":
        try:
            ZoneInfo(str(value))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ConfigurationError(f"{file}: timezone is {value!r}, expected an IANA name like Europe/Paris.") from None
