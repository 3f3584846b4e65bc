"""Where each canonical value comes from, and what no canonical field took.

Pointers (RFC 6901): canonical ones into the document; raw ones into the vendor's object, `variations/<id>#/…` and
`refunds/<id>#/…` into its children, `settings#/…` into the shop's settings. What stands in the document because an object is
there at all (kind: "image") points to that object; a constant of the mapping comes from an empty list of pointers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, Final

from connectors.woocommerce.alike import absences, effects
from connectors.woocommerce.mapping.customer import customer_doc
from connectors.woocommerce.mapping.order import order_doc
from connectors.woocommerce.mapping.product import product_doc
from connectors.woocommerce.mapping.reading import VENDOR, opened, own_id, skipped
from connectors.woocommerce.mapping.refund import refund_doc
from connectors.woocommerce.mapping.variation import variant_doc
from connectors.woocommerce.tracing import Build, Trial
from hub.errors import SkippedRecordError
from hub.mapping import WrongValue
from hub.mapping.origins import fill_in, outside_ext, trace_neighbours
from hub.mapping.paths import Path, leaves, pointer
from hub.ports import Explained, Json, ShopSettings

_outside_ext: Final = partial(outside_ext, VENDOR)
KINDS: Final = ("product", "variation", "order", "refund", "customer")


@dataclass(frozen=True)
class _Source:
    """One of the inputs: its name before the pointers, and where in the document its own part stands."""

    prefix: str
    trial: Trial
    at: Path = ()


def explain(raw_kind: str, body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Explained:
    """A mapping with its reasons. `raw_kind` is any of KINDS; a product of type "variation" is explained as one.

    Raises SkippedRecordError as the mapping does. For one record, on demand: takes a mapping per leaf.
    """
    if raw_kind not in KINDS:
        raise ValueError(f"{raw_kind!r} is no WooCommerce object; known: {', '.join(KINDS)}")
    raw = opened(body, raw_kind)
    if raw_kind == "product" and raw.get("type") == "variation":
        raw_kind = "variation"
    given = [opened(child, "variation" if raw_kind == "product" else "refund") for child in children]
    doc = _build(raw_kind, raw, given, settings)
    origins: dict[Path, list[str]] = {path: [] for path, _ in leaves(doc)}
    sources = list(_sources(raw_kind, raw, given, settings, doc))
    weaker: dict[Path, list[str]] = {}
    for source in sources:
        _trace(source, origins, weaker)
    fill_in(origins, weaker)
    trace_neighbours(origins)
    for source in sources:
        _trace_presence(source, origins, [path for path, leaf in leaves(source.trial.raw) if leaf is not None])
    for source in sources:
        _trace_presence(source, origins, [(key,) for key, value in source.trial.raw.items() if isinstance(value, dict | list)])
    provenance = {pointer(path): found[0] if len(found) == 1 else found for path, found in origins.items()}
    return Explained(doc, provenance, _unmapped(sources, origins))


def _build(raw_kind: str, raw: Json, given: Sequence[Json], settings: ShopSettings) -> Json:
    if raw_kind == "product":
        return product_doc(raw, given, settings)
    if raw_kind == "order":
        return order_doc(raw, given)
    if raw_kind == "customer":
        return customer_doc(raw)
    try:
        return variant_doc(raw, settings) if raw_kind == "variation" else refund_doc(raw, settings.currency)
    except WrongValue as error:
        raise skipped(raw_kind, raw, error) from None


def _sources(raw_kind: str, raw: Json, given: Sequence[Json], settings: ShopSettings, doc: Json) -> Iterator[_Source]:
    yield _Source("", Trial(raw, lambda other: _build(raw_kind, other, given, settings)))
    if raw_kind == "product":
        yield from _variations(raw, given, settings, doc)
    else:
        for index, child in enumerate(given):
            yield _Source(f"refunds/{own_id(child)}#", Trial(child, _with_child(raw, given, index, settings)))
    told = {field.name: getattr(settings, field.name) for field in fields(settings)}
    yield _Source("settings#", Trial(told, lambda other: _build(raw_kind, raw, given, replace(settings, **other))))


def _with_child(raw: Json, given: Sequence[Json], index: int, settings: ShopSettings) -> Build:
    return lambda other: _build("order", raw, [*given[:index], other, *given[index + 1 :]], settings)


def _variations(raw: Json, given: Sequence[Json], settings: ShopSettings, doc: Json) -> Iterator[_Source]:
    """A variation is tried by itself, beside its parent: a hundred of them must not be mapped again for each leaf of one."""
    position = {variant["ref"]["id"]: index for index, variant in enumerate(doc.get("variants", ()))}
    for child in given:
        index = position[own_id(child)]
        yield _Source(f"variations/{own_id(child)}#", Trial(child, _alone(raw, settings, doc, index)), ("variants", index))


def _alone(raw: Json, settings: ShopSettings, doc: Json, index: int) -> Build:
    def build(other: Json) -> Json:
        try:
            return variant_doc(other, settings, parent=raw, options=doc.get("options", ()), position=index)
        except WrongValue as error:
            raise SkippedRecordError("", error.pointer) from None

    return build


def _trace(source: _Source, origins: dict[Path, list[str]], weaker: dict[Path, list[str]]) -> None:
    """Try each leaf. What is only swept away (with an option, when its attribute is none any more) is weaker evidence."""
    for path, effect in effects(source.trial, _outside_ext).items():
        for found, swept in effect.items():
            whole = (*source.at, *found)
            if whole in origins and _is_from(source.prefix, path, whole):
                (weaker.setdefault(whole, []) if swept else origins[whole]).append(source.prefix + pointer(path))


def _unmapped(sources: Sequence[_Source], origins: dict[Path, list[str]]) -> dict[str, Any]:
    """Every raw leaf from which no canonical value comes: what ext carries, what is volatile, what says nothing."""
    named = {origin for path, found in origins.items() if _outside_ext(path) for origin in found}
    return {
        source.prefix + pointer(path): leaf
        for source in sources
        if source.prefix != "settings#"
        for path, leaf in leaves(source.trial.raw)
        if source.prefix + pointer(path) not in named
    }


def _trace_presence(source: _Source, origins: dict[Path, list[str]], paths: Sequence[Path]) -> None:
    """What no other value would change may still hang on there being one (paid, because there is a date of payment)."""
    orphans = {path for path, found in origins.items() if not found}
    if not orphans or source.prefix == "settings#":
        return
    asked = [path for path in paths if not _moves(source.prefix, path) or path == ("variations",)]
    for path, effect in absences(source.trial, asked).items():
        for found in effect or ():
            if (*source.at, *found) in orphans:
                origins[*source.at, *found].append(source.prefix + pointer(path))


def _moves(prefix: str, path: Path) -> bool:
    """Ids by which children are joined to their parent: another one moves whole parts of the document about."""
    if prefix.startswith(("variations/", "refunds/")):
        return path == ("id",)
    return path[0] == "variations" or (path[0] == "refunds" and path[2:] == ("id",))


def _is_from(prefix: str, path: Path, found: Path) -> bool:
    """Only the reference comes from a joining id, and nothing from there being no variations."""
    return not _moves(prefix, path) or (path != ("variations",) and found[-2:] == ("ref", "id"))
