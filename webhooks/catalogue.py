"""The canonical event types as partners see them: what happened, the JSON Schema of a message's `data`, and an example of it.

Schemas are made from the models of `schemas/`, so that they change with them. `data` of a canonical event is `Told` below; its
`change` says what happened, `object` is the record as it was when the event was put into line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, create_model

from hub.db.ids import record_id
from schemas.base import Canonical, UtcText
from schemas.customer import Customer
from schemas.event import EVENT_TYPES, Cause
from schemas.order import Order
from schemas.product import Product
from schemas.published import DIALECT
from schemas.reference import ExternalRef

SHOP: Final = UUID("0198b2c4-5d10-7c3a-9b1e-2f4a6c8e0d12")  # of the examples
EVENT: Final = UUID("0198b2c4-7e3f-7d21-8c5a-1b3d5f7a9c0e")
RUN: Final = UUID("0198b2c4-7e00-7a11-8b22-3c4d5e6f7081")
ENDPOINT: Final = UUID("0198b2c4-6a10-7b3c-9d2e-4f5a6b7c8d9e")
AT: Final = "2026-11-22T08:00:00Z"
DOCUMENTS: Final = {"product": Product, "order": Order, "customer": Customer}


class Part(Canonical):
    """What a change says. More keys may come with later versions."""

    model_config = ConfigDict(extra="allow")


class Changed(Part):
    """A record was created, updated or deleted."""

    refs: list[ExternalRef] = Field(default_factory=list, description="The record in its shop.")
    version: int | None = Field(None, description="Grows with every change of the record.")
    changed: list[str] | None = Field(None, description="Names of the fields that are not what they were.")


class Written(Part):
    """We wrote something to the shop, and read it back."""

    refs: list[ExternalRef] = Field(default_factory=list)
    write_back: UUID
    metafields: list[dict[str, Any]] | None = None
    stock: list[dict[str, Any]] | None = None
    media: dict[str, Any] | None = None


class Disconnected(Part):
    """A shop was disconnected."""

    purged: bool | None = Field(None, description="Whether everything that was read from it was forgotten.")
    uninstalled: bool | None = None


class Finished(Part):
    """A sync came to its verdict."""

    run: UUID
    resource: str
    mode: str
    verdict: str


class Failing(Canonical):
    """An endpoint answers no message."""

    endpoint: UUID
    url: str
    since: UtcText | None = Field(None, description="Since when every attempt has failed.")
    error: str | None = Field(None, description="The last failure in a word or two.")


class Disabled(Failing):
    """An endpoint is sent nothing more until somebody enables it."""

    reason: Literal["gone", "failing"] = Field(description="gone: it answered 410; failing: nothing worked for five days.")


class Dead(Canonical):
    """A message was given up."""

    endpoint: UUID
    message: str = Field(description="As in the header webhook-id.")
    event: UUID
    type: str
    attempts: int
    status: int | None = Field(None, description="Of the last answer, if there was one.")
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A canonical event type. `schema` is of a message's `data`, `example` is one."""

    name: str
    description: str
    schema: dict[str, Any]
    example: dict[str, Any]


RECORDS: Final = {"created": "is new", "updated": "has changed", "deleted": "is gone"}
WORDS: Final[Mapping[str, str]] = {
    **{f"{kind}.{verb}": f"A {kind} {what} in a shop." for kind in DOCUMENTS for verb, what in RECORDS.items()},
    "metafield.written": "Metafields were written to a shop's record.",
    "stock.written": "Stock was set in a shop.",
    "media.written": "A file was put on a product in a shop.",
    "installation.connected": "A shop was connected.",
    "installation.disconnected": "A shop was disconnected.",
    "run.finished": "A sync came to its verdict.",
    "endpoint.failing": "Every attempt at an endpoint has failed for a day. Told to the other endpoints of its application.",
    "endpoint.disabled": "An endpoint was disabled by the hub. Told to the other endpoints of its application.",
    "message.dead": "A message was given up. Told to the other endpoints of its application.",
}
#: Those that tell of the delivery itself: their data is theirs alone, without the facts that stand around a shop's.
ABOUT_DELIVERY: Final[Mapping[str, type[Canonical]]] = {
    "endpoint.failing": Failing,
    "endpoint.disabled": Disabled,
    "message.dead": Dead,
}
CHANGES: Final[Mapping[str, type[Canonical]]] = {
    **{f"{kind}.{verb}": Changed for kind in DOCUMENTS for verb in RECORDS},
    **dict.fromkeys(("metafield.written", "stock.written", "media.written"), Written),
    "installation.connected": Part,
    "installation.disconnected": Disconnected,
    "run.finished": Finished,
}


@cache
def canonical(name: str) -> Kind:
    """One canonical event type; do not change it. Raises KeyError for what is none."""
    schema = {"$schema": DIALECT, **_model(name).model_json_schema(mode="validation")}
    return Kind(name, WORDS[name], schema, _example(name))


def _model(name: str) -> type[Canonical]:
    if name in ABOUT_DELIVERY:
        return ABOUT_DELIVERY[name]
    kind, _, verb = name.partition(".")
    fields: dict[str, Any] = {
        "event": (UUID, Field(description="The event; also in webhook-id, after msg_.")),
        "cause": (Cause, Field(description="Why it became known.")),
        "position": (int, Field(ge=1, description="Its place in the log of GET /v1/events.")),
        "installation": (UUID | None, Field(None, description="The shop.")),
        "change": (CHANGES[name], ...),
    }
    if name in EVENT_TYPES and CHANGES[name] in (Changed, Written):
        fields |= {
            "kind": (Literal[kind] if kind in DOCUMENTS else str, ...),
            "record": (UUID, Field(description="The record's id in the hub.")),
            "vendor_id": (str | None, Field(None, description="Its id in the shop.")),
        }
        if kind in DOCUMENTS:
            gone = "Absent: it is gone." if verb == "deleted" else "The record; absent when it was deleted meanwhile."
            fields["object"] = (DOCUMENTS[kind] | None, Field(None, description=gone))
        else:
            fields["object"] = (dict[str, Any] | None, Field(None, description="The record that was written to."))
    return create_model("Told", __base__=Canonical, __doc__=WORDS[name], **fields)


def _example(name: str) -> dict[str, Any]:
    if name in ABOUT_DELIVERY:
        return _about_delivery(name)
    kind, _, verb = name.partition(".")
    told: dict[str, Any] = {"event": str(EVENT)}
    if CHANGES[name] in (Changed, Written):
        kind = kind if kind in DOCUMENTS else "product"
        doc = json.loads((files("webhooks.examples") / f"{kind}.json").read_text("utf-8"))
        id, ref = doc["refs"][0]["id"], doc["refs"]
        told |= {"kind": kind, "record": str(record_id(SHOP, kind, id)), "vendor_id": id}
    told |= {"installation": str(SHOP), "cause": "write_back" if CHANGES[name] is Written else "webhook", "position": 4211}
    match name.partition("."):
        case ("metafield", _, _):
            field = {"namespace": "luneo", "key": "engraving", "type": "text"}
            change: dict[str, Any] = {"refs": ref, "write_back": str(RUN), "metafields": [field]}
        case ("stock", _, _):
            change = {"refs": ref, "write_back": str(RUN), "stock": [{"item": id, "location": None, "name": "available"}]}
        case ("media", _, _):
            change = {"refs": ref, "write_back": str(RUN), "media": {"name": "ring.glb", "type": "model/gltf-binary"}}
        case ("run", _, _):
            change = {"run": str(RUN), "resource": "products", "mode": "incremental", "verdict": "COMPLETE"}
        case ("installation", _, "disconnected"):
            change = {"purged": False}
        case ("installation", _, _):
            change = {}
        case _:
            change = {"refs": ref, "version": 3} | ({"changed": ["title", "variants"]} if verb == "updated" else {})
    told["change"] = change
    if "record" in told and verb != "deleted":
        told["object"] = {"id": told["record"], **doc}
    return told


def _about_delivery(name: str) -> dict[str, Any]:
    if name == "message.dead":
        return {
            "endpoint": str(ENDPOINT), "message": f"msg_{EVENT.hex}", "event": str(EVENT), "type": "product.updated",
            "attempts": 11, "status": 500, "error": "status",
        }  # fmt: skip
    told = {"endpoint": str(ENDPOINT), "url": "https://partner.example/hooks", "since": AT, "error": "timeout"}
    return told | ({"reason": "failing"} if name == "endpoint.disabled" else {})
