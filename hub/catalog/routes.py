"""/v1/products, /v1/orders and /v1/customers: canonical records, their raw form, their mapping explained, their metafields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response

from hub.access import Caller
from hub.catalog.explained import explained, kept_raw
from hub.catalog.listings import PlainListing, shown
from hub.catalog.pages import Filter, Found, one
from hub.ports import RecordKind
from hub.web.answers import answer, tagged
from hub.web.caller import needs
from hub.web.described import Listed, shows
from hub.web.house import House, TheHouse
from hub.web.paging import Cursor, Limit
from schemas.customer import Customer
from schemas.metafield import Metafield
from schemas.order import Order
from schemas.product import Product

router = APIRouter(prefix="/v1", route_class=PlainListing)

Products = Annotated[Caller, needs("products:read")]
Orders = Annotated[Caller, needs("orders:read")]
Customers = Annotated[Caller, needs("customers:read")]
Shop = Annotated[UUID | None, Query(description="Only of this installation.")]
Since = Annotated[datetime | None, Query(description="Only what changed in the hub since then (RFC 3339), in that order.")]
Status = Annotated[str | None, Query(max_length=100, description="The canonical status, or the shop's own word.")]
Word = Annotated[str | None, Query(min_length=1, max_length=200)]
Explain = Annotated[bool, Query(description="Where each field came from, and what was not mapped.")]
Kinds = Literal["products", "orders", "customers"]
Raw = Annotated[bool, Query(description="The shop's own objects, as received.")]


@router.get("/products", tags=["Products"], responses=shows(Listed[Product]))
async def list_products(
    house: TheHouse,
    who: Products,
    limit: Limit = 50,
    cursor: Cursor = None,
    installation: Shop = None,
    updated_since: Since = None,
    status: Status = None,
    sku: Word = None,
    gtin: Word = None,
) -> Response:
    """Products in canonical form (/schemas/v1/product.json), as the shop shows them now."""
    narrowed = Filter(installation, utc(updated_since), status, None, sku, gtin)
    async with house.db.org(who.org) as unit:
        return await shown(unit, "product", narrowed, cursor, limit)


@router.get("/orders", tags=["Orders"], responses=shows(Listed[Order]))
async def list_orders(
    house: TheHouse,
    who: Orders,
    limit: Limit = 50,
    cursor: Cursor = None,
    installation: Shop = None,
    updated_since: Since = None,
    status: Status = None,
    email: Word = None,
) -> Response:
    """Orders in canonical form (/schemas/v1/order.json)."""
    narrowed = Filter(installation, utc(updated_since), status, email)
    async with house.db.org(who.org) as unit:
        return await shown(unit, "order", narrowed, cursor, limit)


@router.get("/customers", tags=["Customers"], responses=shows(Listed[Customer]))
async def list_customers(
    house: TheHouse,
    who: Customers,
    limit: Limit = 50,
    cursor: Cursor = None,
    installation: Shop = None,
    updated_since: Since = None,
    email: Word = None,
) -> Response:
    """Customers in canonical form (/schemas/v1/customer.json)."""
    narrowed = Filter(installation, utc(updated_since), None, email)
    async with house.db.org(who.org) as unit:
        return await shown(unit, "customer", narrowed, cursor, limit)


@router.get("/products/{id}", tags=["Products"], responses=shows(Product))
async def get_a_product(
    id: UUID, request: Request, house: TheHouse, who: Products, explain: Explain = False, raw: Raw = False
) -> Response:
    """One product; with `explain` its mapping, with `raw` what the shop sent."""
    return await single(request, house, who, "product", id, explain, raw)


@router.get("/orders/{id}", tags=["Orders"], responses=shows(Order))
async def get_an_order(
    id: UUID, request: Request, house: TheHouse, who: Orders, explain: Explain = False, raw: Raw = False
) -> Response:
    """One order; with `explain` its mapping, with `raw` what the shop sent."""
    return await single(request, house, who, "order", id, explain, raw)


@router.get("/customers/{id}", tags=["Customers"], responses=shows(Customer))
async def get_a_customer(
    id: UUID, request: Request, house: TheHouse, who: Customers, explain: Explain = False, raw: Raw = False
) -> Response:
    """One customer; with `explain` its mapping, with `raw` what the shop sent."""
    return await single(request, house, who, "customer", id, explain, raw)


@router.get("/{kinds}/{id}/metafields", tags=["Metafields"], responses=shows(Listed[Metafield]))
async def list_metafields(kinds: Kinds, id: UUID, house: TheHouse, who: Annotated[Caller, needs("metafields:read")]) -> Response:
    """The metafields of a product, an order or a customer, as the shop holds them."""
    kind: str = kinds.removesuffix("s")
    async with house.db.org(who.org) as unit:
        found = await one(unit, kind, id)
    doc = msgspec.json.decode(found.doc, type=dict[str, msgspec.Raw])
    return answer({"data": doc.get("metafields", []), "next_cursor": None})


def utc(moment: datetime | None) -> datetime | None:
    """A moment without a zone is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


async def single(request: Request, house: House, who: Caller, kind: RecordKind, id: UUID, explain: bool, raw: bool) -> Response:
    """One record, in the form that was asked for."""
    async with house.db.org(who.org) as unit:
        found = await one(unit, kind, id)
        if not (explain or raw):
            return tagged(request, found.doc, tag=found.content_hash.hex()[:32])
        kept = await kept_raw(unit, house.registry, found)
    body: dict[str, Any] = {"meta": meta(found)}
    if raw:
        body |= {"raw": msgspec.Raw(kept.body), "children": [msgspec.Raw(child) for child in kept.children]}
    if explain:
        body |= explained(kept)
    return answer(body)


def meta(found: Found) -> dict[str, Any]:
    """What the hub knows of a record beside its document."""
    return {
        "id": found.id,
        "installation": found.installation,
        "vendor_id": found.vendor_id,
        "version": found.version,
        "mapping_version": found.mapping_version,
        "updated_at": found.updated_at,
    }
