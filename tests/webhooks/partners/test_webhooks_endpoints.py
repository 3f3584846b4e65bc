"""Endpoints: every field is checked before anything is kept, and nothing of one organisation is seen by another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.errors import Conflict, NotFound, QuotaExceeded, Unprocessable
from tests.webhooks.partners.conftest import Maker
from webhooks.partners import applications, endpoints, types
from webhooks.partners.applications import Application
from webhooks.partners.draft import EndpointDraft, UrlPolicy
from webhooks.states import State

URL = "https://partner.example/hooks"


async def refusal_of(db: Database, org: UUID, **asked: Any) -> Unprocessable:
    async with db.org(org) as unit:
        with pytest.raises(Unprocessable) as refusal:
            await endpoints.create(unit, "nord", EndpointDraft(**({"url": URL} | asked)), policy=UrlPolicy())
    return refusal.value


async def test_an_endpoint_has_all_that_was_asked_for(
    db: Database, org: UUID, application: Application, installation: UUID
) -> None:
    draft = EndpointDraft(
        URL, ["product.*", "order.created", "order.created"], "main", "Stock desk", {"team": "a"}, [installation],
        {"object.status": "active"}, ["remap"], {"X-Token": "hush"}, 50, [1, 60], True, ["v1a", "v1"],
    )  # fmt: skip
    async with db.org(org) as unit:
        made, _ = await endpoints.create(unit, "nord", draft, policy=UrlPolicy())
        assert await endpoints.get(unit, made.id) == made
        kept = await unit.fetchval("select headers from endpoint where id = $1", made.id)
    assert (made.application, made.url, made.uid, made.enabled, made.version) == (application.id, URL, "main", True, 1)
    assert (made.types, made.causes, made.signatures) == (["product.*", "order.created"], ["remap"], ["v1", "v1a"])
    assert (made.installations, made.filter, made.retry) == ([installation], {"object.status": "active"}, [1, 60])
    assert (made.header_names, made.rate_limit, made.ordered) == (["X-Token"], 50, True)
    assert "hush" not in kept


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"url": "https://127.0.0.1/"}, "/url"),
        ({"url": "ftp://partner.example/"}, "/url"),
        ({"url": "https://user:pass@partner.example/"}, "/url"),
        ({"url": "http://partner.example/"}, "/url"),
        ({"url": "https://partner.example/" + "x" * 2000}, "/url"),
        ({"url": "https://partner.example/\r\nhost: x"}, "/url"),
        ({"url": ""}, "/url"),
        ({"types": []}, "/types"),
        ({"types": ["product.updatd"]}, "/types/0"),
        ({"types": ["product.*", "*.created"]}, "/types/1"),
        ({"types": ["invoice.*"]}, "/types/0"),
        ({"types": ["product.created"] * 201}, "/types"),
        ({"uid": "a b"}, "/uid"),
        ({"description": "x" * 1001}, "/description"),
        ({"description": "a\r\nb"}, "/description"),
        ({"metadata": {"a": "\n"}}, "/metadata/a"),
        ({"installations": []}, "/installations"),
        ({"installations": [uuid7()]}, "/installations/0"),
        ({"filter": {"object.price": {"gt": 5, "lt": 3}}}, "/filter/object.price"),
        ({"filter": {"object.price": {"more": 5}}}, "/filter/object.price/more"),
        ({"headers": {"Host": "x"}}, "/headers/Host"),
        ({"headers": {"webhook-id": "x"}}, "/headers/webhook-id"),
        ({"headers": {"X-A": "b\r\nX-B: c"}}, "/headers/X-A"),
        ({"rate_limit": 0}, "/rate_limit"),
        ({"rate_limit": 10_001}, "/rate_limit"),
        ({"retry": []}, "/retry"),
        ({"retry": [1] * 21}, "/retry"),
        ({"retry": [60, 0]}, "/retry/1"),
        ({"retry": [7 * 86400 + 1]}, "/retry/0"),
        ({"causes": ["sync"]}, "/causes/0"),
        ({"signatures": []}, "/signatures"),
        ({"signatures": ["v1", "v2"]}, "/signatures/1"),
        ({"secret": "whsec_c2hvcnQ="}, "/secret"),
        ({"secret": "no prefix"}, "/secret"),
    ],
)
async def test_bad_input_is_refused_with_its_field(
    db: Database, org: UUID, application: Application, asked: dict[str, Any], field: str
) -> None:
    refusal = await refusal_of(db, org, **asked)
    assert refusal.field == field
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from endpoint") == 0


async def test_an_unknown_type_is_refused_with_those_that_are_near(db: Database, org: UUID, application: Application) -> None:
    async with db.org(org) as unit:
        await types.create(unit, "stock_desk.low")
    assert "product.updated" in (await refusal_of(db, org, types=["product.updatd"])).hint
    assert "stock_desk.low" in (await refusal_of(db, org, types=["stock_desk.lo"])).hint


async def test_own_types_and_their_families_can_be_subscribed_to_until_they_are_archived(
    db: Database, org: UUID, application: Application
) -> None:
    async with db.org(org) as unit:
        await types.create(unit, "desk.stock.low")
        made, _ = await endpoints.create(unit, "nord", EndpointDraft(URL, ["desk.*", "desk.stock.*"]), policy=UrlPolicy())
        assert made.types == ["desk.*", "desk.stock.*"]
        await types.archive(unit, "desk.stock.low")
    assert (await refusal_of(db, org, types=["desk.stock.low"])).field == "/types/0"


async def test_everything_stands_for_the_rest(make_endpoint: Maker) -> None:
    assert (await make_endpoint(types=["product.*", "*"])).types == ["*"]


async def test_an_application_has_at_most_fifty_endpoints(db: Database, org: UUID, make_endpoint: Maker) -> None:
    made = [await make_endpoint() for _ in range(50)]
    with pytest.raises(QuotaExceeded, match="50 endpoints, 50 are allowed"):
        await make_endpoint()
    async with db.org(org) as unit:
        await endpoints.delete(unit, made[0].id)
    await make_endpoint()


async def test_a_uid_is_taken_once_in_an_application(db: Database, org: UUID, make_endpoint: Maker) -> None:
    first = await make_endpoint(uid="main")
    with pytest.raises(Conflict, match="another endpoint of the application has it"):
        await make_endpoint(uid="main")
    async with db.org(org) as unit:
        await endpoints.delete(unit, first.id)
    second, other = await make_endpoint(uid="main"), await make_endpoint()
    async with db.org(org) as unit:
        with pytest.raises(Conflict, match="'main'"):
            await endpoints.update(unit, other.id, {"uid": "main"}, policy=UrlPolicy())
        assert (await endpoints.get(unit, second.id)).uid == "main"


async def test_a_change_adds_to_the_version_and_may_ask_for_the_one_it_was_made_from(
    db: Database, org: UUID, make_endpoint: Maker
) -> None:
    made = await make_endpoint(headers={"X-Token": "hush"})
    async with db.org(org) as unit:
        changed = await endpoints.update(unit, made.id, {"rate_limit": 5}, policy=UrlPolicy(), version=1)
        assert (changed.version, changed.rate_limit, changed.header_names, changed.url) == (2, 5, ["X-Token"], URL)
        with pytest.raises(Conflict, match="its version is 2, not 1"):
            await endpoints.update(unit, made.id, {"rate_limit": 6}, policy=UrlPolicy(), version=1)
        with pytest.raises(Unprocessable):
            await endpoints.update(unit, made.id, {"rate_limit": 6, "url": "https://10.0.0.1/"}, policy=UrlPolicy())
        assert await endpoints.update(unit, made.id, {}, policy=UrlPolicy()) == changed
        assert (await endpoints.update(unit, made.id, {"headers": {}}, policy=UrlPolicy())).header_names == []


async def test_disabled_and_enabled_again(db: Database, org: UUID, make_endpoint: Maker) -> None:
    made = await make_endpoint()
    async with db.org(org) as unit:
        await unit.execute(
            "insert into endpoint_health (org, endpoint, failures, failing_since) values ($1, $2, 9, now())", org, made.id
        )
        disabled = await endpoints.disable(unit, made.id, "partner")
        assert (disabled.enabled, disabled.disabled_reason, disabled.version) == (False, "partner", 2)
        assert disabled.disabled_at is not None
        assert await endpoints.disable(unit, made.id, "failing") == disabled
        enabled = await endpoints.enable(unit, made.id)
        assert (enabled.enabled, enabled.disabled_reason, enabled.disabled_at) == (True, None, None)
        assert await unit.fetchval("select failing_since from endpoint_health") is None


async def test_an_endpoint_without_an_address_is_only_pulled_from(db: Database, org: UUID, make_endpoint: Maker) -> None:
    made = await make_endpoint(url=None)
    assert (made.url, made.enabled, made.disabled_reason) == (None, False, "pull")
    async with db.org(org) as unit:
        with pytest.raises(Conflict, match="has no address"):
            await endpoints.enable(unit, made.id)
        pushed = await endpoints.update(unit, made.id, {"url": URL}, policy=UrlPolicy())
        assert (pushed.url, pushed.enabled, pushed.disabled_reason) == (URL, True, None)
        pulled = await endpoints.update(unit, made.id, {"url": None}, policy=UrlPolicy())
        assert (pulled.url, pulled.enabled, pulled.disabled_reason) == (None, False, "pull")


async def test_what_waits_for_a_deleted_endpoint_is_cancelled(db: Database, org: UUID, make_endpoint: Maker) -> None:
    made = await make_endpoint()
    async with db.org(org) as unit:
        for state in State:
            await unit.execute(
                "insert into message (org, endpoint, event, position, type, state) values ($1, $2, $3, 1, 'a.b', $4)",
                org, made.id, uuid7(), state,
            )  # fmt: skip
        await endpoints.delete(unit, made.id)
        rows = await unit.fetch("select state from message order by event")
        with pytest.raises(NotFound):
            await endpoints.get(unit, made.id)
        assert await endpoints.list_of(unit, "nord") == []
    assert [row[0] for row in rows] == [5, 1, 2, 3, 4, 5]


VERBS: list[Callable[..., Awaitable[Any]]] = [
    lambda unit, id: endpoints.get(unit, id),
    lambda unit, id: endpoints.update(unit, id, {"ordered": True}, policy=UrlPolicy()),
    lambda unit, id: endpoints.enable(unit, id),
    lambda unit, id: endpoints.disable(unit, id),
    lambda unit, id: endpoints.delete(unit, id),
]


@pytest.mark.parametrize("verb", VERBS)
async def test_another_organisation_finds_nothing(
    db: Database, new_org: Callable[[str], Awaitable[UUID]], make_endpoint: Maker, verb: Callable[..., Awaitable[Any]]
) -> None:
    made = await make_endpoint()
    async with db.org(await new_org("other")) as unit:
        with pytest.raises(NotFound):
            await verb(unit, made.id)
        with pytest.raises(NotFound):
            await applications.get(unit, "nord")
