"""Webhooks are lost on purpose while a shop changes: the reconcile finds every record that was missed, and says how many."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from connectors.shopify.connector import RESOURCES
from connectors.shopify.inbound import parse
from connectors.shopify.sandbox import Sandbox
from hub.catalog.canonical import canonical
from hub.catalog.content import hash_of
from hub.db.engine import Database
from hub.installations.installation import Installation
from hub.ports import InboundRequest
from schemas.exact import encode_plain
from tests.connectors.shopify.webhook_street import RICH, Street, open_street

SECRET = "hush_hush_hush_hush_hush_hush_hush_1"


def named(deliveries: list[Any]) -> set[str]:
    """The records that some deliveries speak of."""
    found: set[str] = set()
    for one in deliveries:
        headers = {name.lower(): value for name, value in one.headers.items()}
        found |= {id for change in parse(InboundRequest(headers, one.body), SECRET).changes for id in change.ids}
    return found


def live_through(sandbox: Sandbox) -> None:
    """Hundreds of changes, each of another record: edits, new ones, and a few that end. Orders only change:
    a new one counts among what its customer spent, which no webhook tells and no time stamp shows."""
    for name, edited, new, gone in (("products", 120, 25, 3), ("orders", 80, 0, 0), ("customers", 80, 20, 2)):
        ids = sandbox.ids(name)
        for id in ids[len(ids) - gone :]:
            sandbox.hand.delete(id, aloud=True)
        sandbox.change(name, ids[:edited])
        sandbox.add(name, new)


async def differing(street: Street, org: UUID, known: Installation, sandbox: Sandbox) -> list[str]:
    """The records that are not as the shop has them now."""
    wrong: list[str] = []
    for resource in RESOURCES:
        sql = "select vendor_id, content_hash from record where kind = $1 and deleted_at is null"
        held = {row["vendor_id"]: row["content_hash"] for row in await street.rows(org, sql, resource.kind)}
        theirs = set(sandbox.ids(resource.name))
        wrong += sorted(theirs ^ set(held))
        for id in theirs & set(held):
            _, doc = canonical(resource, known.settings, encode_plain(sandbox.record(resource.name, id)), ())
            if hash_of(doc, resource.stamps) != held[id]:
                wrong.append(id)
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize(("share", "seed"), [(0.01, 3), (1.0, 1)])
async def test_what_lost_webhooks_would_have_told_is_found_repaired_and_counted(
    db: Database, org: UUID, share: float, seed: int
) -> None:
    sandbox = Sandbox(products=180, orders=110, customers=110, variants=4, **RICH)
    async with open_street(db, sandbox) as street:
        known = await street.connect(org, sandbox)
        for resource in RESOURCES:
            assert (await street.sync(known, resource.name, "backfill")).verdict == "COMPLETE"
        assert await differing(street, org, known, sandbox) == []
        sandbox.webhooks.drop(share, seed)
        live_through(sandbox)
        await street.work(sandbox)
        hooks = sandbox.webhooks
        missed = named(hooks.dropped) - named(hooks.sent)
        assert len(hooks.dropped) >= len(missed) > 0
        assert set(await differing(street, org, known, sandbox)) == missed
        reported = 0
        for resource in RESOURCES:
            run = await street.sync(known, resource.name, "sweep")
            assert run.verdict == "COMPLETE", run.reason
            reported += run.evidence["missed"]
        assert await differing(street, org, known, sandbox) == []
        assert reported == len(missed)
        told = await street.rows(org, "select distinct vendor_id from event where cause = 'sweep' and kind is not null")
        assert {row["vendor_id"] for row in told} == missed
