"""The form of an endpoint: what stands in it, what it asks for, and what is wrong with it, said at its field."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.datastructures import FormData

from hub.errors import ApiError
from webhooks.partners.endpoints import Endpoint
from webhooks.partners.types import EventTypeShown
from webhooks.portal.refusals import in_french
from webhooks.portal.speech import Said
from webhooks.send.address import UrlRefused

ADVANCED: Final = ("filter", "headers", "rate_limit", "retry", "ordered", "causes", "signatures")
FIELDS: Final = ("url", "description", "types", *ADVANCED)
ONCE: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
MOST_DETAIL: Final = 400


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field: a sentence in the page's language, the verb's own words, and the element it stands at."""

    text: str
    detail: str = ""
    anchor: str = "other"
    english: bool = False  # the detail, on a page in another language


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, as texts; it is shown again as it was when something is wrong with it."""

    url: str = ""
    description: str = ""
    everything: bool = True
    types: Sequence[str] = ()
    filter: str = ""
    headers: str = field(default="", repr=False)
    kept_headers: Sequence[str] = ()  # names of those that the endpoint has: their values are shown to nobody
    drop_headers: bool = False
    rate_limit: str = ""
    retry: str = ""
    ordered: bool = False
    causes: Sequence[str] = ()
    signatures: Sequence[str] = ("v1",)
    once: str = ""

    @property
    def advanced(self) -> bool:
        """Whether anything in the folded part differs from what it is at first."""
        rest = (self.filter, self.headers, self.kept_headers, self.rate_limit, self.retry, self.ordered, self.causes)
        return any(rest) or list(self.signatures) != ["v1"]


@dataclass(frozen=True, slots=True)
class TypeBox:
    """An event type to tick."""

    name: str
    short: str


@dataclass(frozen=True, slots=True)
class Family:
    """Event types that begin alike. whole: what stands for all of them."""

    name: str
    whole: str | None
    types: Sequence[TypeBox]


def fresh() -> Typed:
    """The form of an endpoint that is to be made. once: so that sending it twice makes one."""
    return Typed(once=secrets.token_urlsafe(18))


def typed_of(endpoint: Endpoint) -> Typed:
    """The form of one that is there."""
    return Typed(
        url=endpoint.url or "",
        description=endpoint.description,
        everything="*" in endpoint.types,
        types=endpoint.types,
        filter=json.dumps(endpoint.filter, indent=2, ensure_ascii=False) if endpoint.filter is not None else "",
        kept_headers=endpoint.header_names,
        rate_limit=str(endpoint.rate_limit) if endpoint.rate_limit is not None else "",
        retry=", ".join(map(str, endpoint.retry)) if endpoint.retry is not None else "",
        ordered=endpoint.ordered,
        causes=endpoint.causes,
        signatures=endpoint.signatures,
    )


def typed_from(form: FormData, endpoint: Endpoint | None) -> Typed:
    """What was sent."""

    def text(name: str) -> str:
        value = form.get(name)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    def many(name: str) -> list[str]:
        return [value for value in form.getlist(name) if isinstance(value, str)]

    once = text("once")
    return Typed(
        text("url"), text("description"), text("which") != "some", many("types"), text("filter"), text("headers"),
        endpoint.header_names if endpoint else (), bool(text("drop_headers")), text("rate_limit"), text("retry"),
        bool(text("ordered")), many("causes"), many("signatures"),
        once if ONCE.fullmatch(once) else secrets.token_urlsafe(18),
    )  # fmt: skip


def asked(typed: Typed, t: Said) -> tuple[dict[str, Any], dict[str, Fault]]:
    """What the form asks for, as `EndpointDraft` names it, and what can be seen at once to be wrong with it."""
    values: dict[str, Any] = {"url": typed.url, "description": typed.description, "ordered": typed.ordered}
    values |= {"types": ["*"] if typed.everything else list(typed.types)}
    values |= {"causes": list(typed.causes), "signatures": list(typed.signatures)}
    faults: dict[str, Fault] = {}
    if not typed.url:
        faults["url"] = Fault(t("wrong.url.blank"), anchor="url")
    if not values["types"]:
        faults["types"] = Fault(t("wrong.types.none"), anchor="types")
    for name, read in (("filter", _filter), ("headers", _headers), ("rate_limit", _rate), ("retry", _retry)):
        try:
            values |= {name: read(typed)}
        except ValueError as error:
            faults[name] = Fault(t(f"wrong.{error}"), anchor=name)
    if typed.kept_headers and not typed.headers and not typed.drop_headers:
        values.pop("headers", None)
    if not typed.signatures:
        faults["signatures"] = Fault(t("wrong.signatures.none"), anchor="signatures")
    return values, {name: faults[name] for name in FIELDS if name in faults}


def _filter(typed: Typed) -> Any:
    if not typed.filter:
        return None
    try:
        value = json.loads(typed.filter)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ValueError("filter.json")
    return value


def _headers(typed: Typed) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in typed.headers.splitlines():
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or not name.strip():
            raise ValueError("headers.line")
        if name.strip().lower() in {known.lower() for known in found}:
            raise ValueError("headers.twice")
        found[name.strip()] = value.strip()
    return found


def _rate(typed: Typed) -> int | None:
    if typed.rate_limit and not re.fullmatch(r"[0-9]{1,9}", typed.rate_limit):
        raise ValueError("rate_limit.number")
    return int(typed.rate_limit) if typed.rate_limit else None


def _retry(typed: Typed) -> list[int] | None:
    if not typed.retry:
        return None
    parts = [part for part in re.split(r"[,;\s]+", typed.retry) if part]
    if not all(re.fullmatch(r"[0-9]{1,9}", part) for part in parts):
        raise ValueError("retry.numbers")
    return [int(part) for part in parts]


def faults_of(error: ApiError, t: Said) -> dict[str, Fault]:
    """A verb's refusal at the field that it names."""
    pointer = (error.field or "").lstrip("/")
    field = pointer.partition("/")[0]
    words = error.message if isinstance(error, UrlRefused) else str(error)  # its hint is for whoever runs the hub
    detail = words.removeprefix(f"/{pointer} ").removeprefix(f"/{pointer}: ").removeprefix(f"/{pointer}") if pointer else words
    french = in_french(words) if t.language == "fr" else None
    known = bool(field) and t.knows(f"wrong.{field}")
    fault = Fault(
        t(f"wrong.{field}" if known else "wrong.other"),
        (french or detail)[:MOST_DETAIL],
        field if known and field != "endpoint" else "other",
        english=french is None and t.language != "en",
    )
    return {field or "other": fault}


def families_of(known: Sequence[EventTypeShown], chosen: Sequence[str], t: Said) -> list[Family]:
    """The catalogue to tick from, and in a last group what the endpoint has chosen and is there no more."""
    groups: dict[str, list[TypeBox]] = {}
    for type in known:
        groups.setdefault(type.name.rpartition(".")[0], []).append(TypeBox(type.name, type.name))
    wholes = {f"{family}.*" for family in groups} | {"*"} | {type.name for type in known}
    found = [Family(_family_name(family, t), f"{family}.*" if family else None, types) for family, types in groups.items()]
    if rest := [TypeBox(name, name) for name in chosen if name not in wholes]:
        found.append(Family(t("form.types.rest"), None, rest))
    return found


def _family_name(family: str, t: Said) -> str:
    return t(f"family.{family}") if t.knows(f"family.{family}") else family
