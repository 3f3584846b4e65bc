"""The catalogue says what is really sent: its examples and what is fanned out agree with its schemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import msgspec
import pytest

import connectors.woocommerce
from connectors.woocommerce.mapping import map_customer, map_order, map_product
from hub.catalog.events import draft
from hub.db.engine import Database
from hub.db.ids import record_id
from hub.outbox import EventDraft, record
from hub.ports import ShopSettings
from schemas.event import EVENT_TYPES
from schemas.kinds import encode
from tests.webhooks.conftest import MakeEndpoint
from webhooks.catalogue import DOCUMENTS, canonical
from webhooks.desk import desk_of
from webhooks.fanout.round import Rounds

CAPTURES = Path(connectors.woocommerce.__file__).parent / "captures"
SETTINGS = ShopSettings(currency="EUR", weight_unit="kg", dimension_unit="cm", timezone="Europe/Paris", prices_include_tax=True)


def example(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files("webhooks.examples") / f"{kind}.json").read_text("utf-8"))
    return found


def checked(name: str, data: object) -> None:
    jsonschema.Draft202012Validator(canonical(name).schema, format_checker=jsonschema.FormatChecker()).validate(data)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_canonical_type_has_a_schema_and_an_example_that_agrees(name: str) -> None:
    kind = canonical(name)
    jsonschema.Draft202012Validator.check_schema(kind.schema)
    checked(name, kind.example)
    assert kind.description


def test_an_example_that_is_changed_no_longer_agrees() -> None:
    told = canonical("product.updated").example
    for wrong in ({**told, "object": {**told["object"], "nothing": 1}}, {**told, "kind": "order"}, {**told, "position": "x"}):
        with pytest.raises(jsonschema.ValidationError):
            checked("product.updated", wrong)


@pytest.mark.parametrize(
    ("kind", "capture", "at", "mapped"),
    [
        ("product", "04-product-simple", None, map_product),
        ("order", "19-orders-list", 0, map_order),
        ("customer", "25-customers", -1, map_customer),
    ],
)
def test_the_examples_are_what_the_mapping_makes_of_the_recorded_shop(
    kind: str, capture: str, at: int | None, mapped: Callable[..., Any]
) -> None:
    body = json.loads((CAPTURES / f"{capture}.json").read_text("utf-8"))["exchanges"][0]["response"]["body"]
    doc = mapped(json.dumps(body if at is None else body[at]).encode(), (), SETTINGS).doc
    assert example(kind) == plain(json.loads(encode(doc)))


def plain(value: Any) -> Any:
    """Without what no field takes, and with a shop's address that can be shown."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if key != "ext"}
    return value.replace("https://127.0.0.1:18443", "https://shop.example") if isinstance(value, str) else value


async def test_what_is_fanned_out_agrees_with_its_schema(
    db: Database, org: UUID, installation: UUID, make_endpoint: MakeEndpoint
) -> None:
    await make_endpoint()
    told = []
    async with db.org(org) as unit:
        for kind in DOCUMENTS:
            doc = example(kind)
            ref = doc["refs"][0]["id"]
            id = record_id(installation, kind, ref)
            await unit.execute(
                "insert into record (org, id, kind, installation, vendor_id, doc, content_hash, mapping_version, version) "
                "values ($1, $2, $3, $4, $5, $6, '\\x00', 1, 1)",
                org, id, kind, installation, ref, json.dumps(doc),
            )  # fmt: skip
            for verb, changed in (("created", None), ("updated", ["note"])):
                told.append(
                    draft(
                        verb, cause="sync", kind=kind, record=id, vendor_id=ref, installation=installation,
                        refs=json.dumps(doc["refs"]).encode(), version=1, changed=changed,
                    )
                )  # fmt: skip
        gone = record_id(installation, "product", "999")
        told.append(EventDraft("product.deleted", "sweep", "product", gone, "999", installation, '{"refs":[],"version":2}'))
        told.append(EventDraft("installation.connected", "api", installation=installation))
        told.append(
            EventDraft(
                "run.finished",
                "sync",
                installation=installation,
                data=msgspec.json.encode(canonical("run.finished").example["change"]),
            )
        )
        await record(unit, told)
    await Rounds(db, desk_of(db)).go(org)
    async with db.org(org) as unit:
        rows = await unit.fetch("select e.type, p.data from payload p join event e on e.id = p.event order by e.position")
    assert [row["type"] for row in rows] == [one.type for one in told]
    for row in rows:
        checked(row["type"], json.loads(row["data"]))
    assert sum(b'"object"' in row["data"] for row in rows) == 6
