"""Where each canonical value comes from, and what no canonical field took.

Pointers (RFC 6901): canonical ones into the document, raw ones into the vendor's object, `settings#/…` into the shop's settings.
What stands in the document because an object is there at all (kind: "image") points to that object; a constant of the mapping
comes from an empty list of pointers. Objects may be of GraphQL's form or of that which webhooks send.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import partial
from typing import Any, Final

from connectors.shopify.alike import FEW, absences, effects
from connectors.shopify.mapping import parts, rest
from connectors.shopify.mapping.customer import customer_doc
from connectors.shopify.mapping.notices import NOTICES
from connectors.shopify.mapping.order import order_doc
from connectors.shopify.mapping.product import product_doc
from connectors.shopify.mapping.reading import VENDOR, opened, rest_shaped, skipped
from connectors.shopify.mapping.rest.pointers import in_body
from connectors.shopify.mapping.rest.product import option_names, variant_tree
from connectors.shopify.mapping.variant import variant_doc
from connectors.shopify.thinned import Thinned, long_lists, shape, thinned
from connectors.shopify.tracing import Changed, Trial
from hub.errors import SkippedRecordError
from hub.mapping import WrongValue
from hub.mapping.origins import fill_in, outside_ext, trace_neighbours
from hub.mapping.paths import Path, leaves, pointer
from hub.ports import Explained, Json, ShopSettings

_outside_ext: Final = partial(outside_ext, VENDOR)
_PARTS: Final[Mapping[str, Callable[[Json, ShopSettings], Json]]] = {
    "variant": parts.variant,
    "refund": parts.refund,
    "fulfillment": parts.parcel,
    "inventory_level": parts.stock_level,
    "inventory_item": parts.stock_item,
}
#: What can be mapped alone → the kind of its canonical document, None where that is of no kind.
KINDS: Final[Mapping[str, str | None]] = {
    "product": "product",
    "order": "order",
    "customer": "customer",
    **dict.fromkeys(_PARTS),
    "variant": "variant",
    "refund": "refund",
    **dict.fromkeys(NOTICES),
}


class _Source:
    """One of the inputs: its name before the pointers, and where in the document its own part stands.

    `apart` is what is tried by itself: a hundred variants must not be mapped again for each leaf of one.
    """

    def __init__(self, prefix: str, trial: Trial, at: Path = (), apart: Path | None = None, small: Trial | None = None) -> None:
        self.prefix, self.trial, self.at = prefix, trial, at
        self.asked = [(path, leaf) for path, leaf in leaves(trial.raw) if apart is None or not inside(path, apart)]
        self._lists = list(long_lists(trial.raw))
        if self._lists:
            small = Trial(thinned(trial.raw, self._lists), trial.build)
        self._thin = trial if small is None else Thinned(trial, small)
        self.like: _Source | None = None  # another of the same shape, whose answers hold for this one
        self._effects: dict[Path, dict[Path, bool]] | None = None
        self._absences: dict[Path, Changed] | None = None

    def effects(self) -> dict[Path, dict[Path, bool]]:
        """What each leaf does to the document."""
        if self._effects is None:
            self._effects = self._found_effects() if self.like is None else self.like.effects()
        return self._effects

    def _found_effects(self) -> dict[Path, dict[Path, bool]]:
        near, far = self._parted(self.asked)
        return {**effects(self.trial, near, _outside_ext), **effects(self._thin, far, _outside_ext)}

    def absences(self, paths: Iterable[Path], wanted: Callable[[Path], bool]) -> dict[Path, Changed]:
        """What changes when nothing is said at each path."""
        if self.like is not None:
            return self.like.absences(paths, wanted)
        if self._absences is None or not self.at:
            self._absences = self._found_absences(paths, wanted)
        return self._absences

    def _found_absences(self, paths: Iterable[Path], wanted: Callable[[Path], bool]) -> dict[Path, Changed]:
        near, far = self._parted((path, None) for path in paths)
        found = absences(self.trial, [path for path, _ in near], wanted)
        return {**found, **absences(self._thin, [path for path, _ in far], wanted)}

    def _parted(self, found: Iterable[tuple[Path, Any]]) -> tuple[list[tuple[Path, Any]], list[tuple[Path, Any]]]:
        """What stands in long lists, and what does not."""
        near: list[tuple[Path, Any]] = []
        far: list[tuple[Path, Any]] = []
        for path, leaf in found:
            (near if any(inside(path, place) for place in self._lists) else far).append((path, leaf))
        return near, far


def explain(raw_kind: str, body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Explained:  # noqa: ARG001
    """A mapping with its reasons. `raw_kind` is any of KINDS. Raises SkippedRecordError as the mapping does.

    For one record, on demand: takes a mapping per leaf, fewer where many are alike.
    """
    if raw_kind not in KINDS:
        raise ValueError(f"{raw_kind!r} is no Shopify object; known: {', '.join(KINDS)}")
    with uncollected():
        return _explained(raw_kind, body, settings)


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection for a while: hundreds of mappings make millions of short-lived objects, none of them in cycles."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _explained(raw_kind: str, body: bytes, settings: ShopSettings) -> Explained:
    raw = opened(body, raw_kind)
    told = {field.name: getattr(settings, field.name) for field in fields(settings)}
    whole = Trial(raw, lambda other: build(raw_kind, other, settings))
    doc = whole.before
    variants = _alike(list(_variants(raw_kind, raw, settings, doc)))
    object_ = _Source("", whole, apart=_place(raw) if variants else None)
    few = thinned(raw, list(long_lists(raw)))
    settled = _Source(
        "settings#",
        Trial(told, lambda other: build(raw_kind, raw, replace(settings, **other))),
        small=Trial(told, lambda other: build(raw_kind, few, replace(settings, **other))),
    )
    sources = (object_, *variants, settled)
    origins: dict[Path, list[str]] = {path: [] for path, _ in leaves(doc)}
    weaker: dict[Path, list[str]] = {}
    for source in sources:
        _trace(source, origins, weaker)
    fill_in(origins, weaker)
    trace_neighbours(origins)
    orphans = {path for path, found in origins.items() if not found}
    for source in (object_, *variants):
        _trace_presence(source, origins, orphans, [path for path, leaf in source.asked if leaf is not None])
    containers: list[Path] = [(key,) for key, value in raw.items() if isinstance(value, dict | list)]
    _trace_presence(object_, origins, {path for path in orphans if not origins[path]}, containers)
    provenance = {pointer(path): found[0] if len(found) == 1 else found for path, found in origins.items()}
    named = {origin for path, found in origins.items() if _outside_ext(path) for origin in found}
    unmapped = {pointer(path): leaf for path, leaf in leaves(raw) if pointer(path) not in named}
    return Explained(doc, provenance, unmapped)


def build(raw_kind: str, raw: Json, settings: ShopSettings) -> Json:
    """The canonical document of a decoded object of any kind and form. Raises SkippedRecordError."""
    body = rest_shaped(raw)
    if raw_kind == "product":
        return rest.product_doc(raw, settings) if body else product_doc(raw, settings)
    if raw_kind == "order":
        return rest.order_doc(raw) if body else order_doc(raw)
    if raw_kind == "customer":
        return rest.customer_doc(raw) if body else customer_doc(raw)
    try:
        return NOTICES[raw_kind](raw) if raw_kind in NOTICES else _PARTS[raw_kind](raw, settings)
    except WrongValue as error:
        raise skipped(raw_kind, raw, in_body(error, raw) if body and raw_kind in _PARTS else error) from None


def _place(raw: Json) -> Path:
    """Where an object of either form lists its variants."""
    return ("variants",) if rest_shaped(raw) else ("variants", "nodes")


def _variants(raw_kind: str, raw: Json, settings: ShopSettings, doc: Json) -> Iterator[_Source]:
    """Each variant of a product that has many, by itself: it says nothing of the others, nor of the product."""
    if raw_kind != "product" or len(doc.get("variants", ())) < FEW:
        return
    place, body = _place(raw), rest_shaped(raw)
    names = option_names(raw) if body else ()
    for index, one in enumerate(raw["variants"] if body else raw["variants"]["nodes"]):
        trial = Trial(one, lambda other: _alone(variant_tree(other, names) if body else other, settings))
        yield _Source(pointer((*place, index)), trial, ("variants", index))


def _alike(variants: list[_Source]) -> list[_Source]:
    """Variants with the same leaves of the same sort depend on them alike, if the first and the last of them do."""
    shapes: dict[object, list[_Source]] = {}
    for one in variants:
        shapes.setdefault((shape(one.trial.raw), tuple(path for path, _ in leaves(one.trial.before))), []).append(one)
    for same in shapes.values():
        if len(same) >= FEW and same[0].effects() == same[-1].effects():
            for one in same[1:]:
                one.like = same[0]
    return variants


def _alone(tree: Json, settings: ShopSettings) -> Json:
    try:
        return variant_doc(tree, settings)
    except WrongValue as error:
        raise SkippedRecordError("", error.pointer) from None


def inside(path: Path, place: Path) -> bool:
    """Whether a path leads into what stands at a place."""
    return len(path) > len(place) and path[: len(place)] == place


def _trace(source: _Source, origins: dict[Path, list[str]], weaker: dict[Path, list[str]]) -> None:
    """Try each leaf. What is only swept away (a parcel's lines, when it is another parcel's id) is weaker evidence."""
    for path, effect in source.effects().items():
        for found, swept in effect.items():
            place = (*source.at, *found)
            if place in origins:
                (weaker.setdefault(place, []) if swept else origins[place]).append(source.prefix + pointer(path))


def _trace_presence(source: _Source, origins: dict[Path, list[str]], orphans: set[Path], paths: Sequence[Path]) -> None:
    """What no other value would change may still hang on there being one (cancelled, because there is a date of it)."""
    if not orphans:
        return
    for path, effect in source.absences(paths, lambda found: (*source.at, *found) in orphans).items():
        for found in effect or ():
            place = (*source.at, *found)
            if place in orphans:
                origins[place].append(source.prefix + pointer(path))
