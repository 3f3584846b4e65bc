"""An application as a partner finds it after a few days: endpoints that fare well and badly, messages in every state, replays."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub.crypto import Secret
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.outbox import EventDraft, append
from webhooks.log.bounds import floor_of, message_id
from webhooks.partners import applications, endpoints, secrets, types
from webhooks.partners.draft import EndpointDraft, UrlPolicy
from webhooks.partners.endpoints import Endpoint
from webhooks.portal.brand import put_brand
from webhooks.states import State

HOSTILE = '<script>alert("x")</script><style>body{display:none}</style>'
HEADERS = b"HTTP/1.1 502 Bad Gateway\r\nserver: nginx\r\ncontent-type: text/html\r\nx-evil: <img src=x onerror=alert(1)>\r\n\r\n"


@dataclass(frozen=True)
class Furnished:
    """What the pages show: the application and the paths worth looking at."""

    application: UUID
    empty: UUID
    healthy: Endpoint
    pages: list[tuple[str, str]]


async def furnish(db: Database, org: UUID) -> Furnished:
    async with db.org(org) as unit:
        await put_brand(unit, "Maison Pierre-de-Lune", "#7a1f3d")
        account = await applications.create(unit, "Atelier Corbeau", "corbeau")
        empty = await applications.create(unit, "Nouvelle Boutique")
        await types.create(
            unit, "season.article_runs_low", "Stock of a seasonal article runs low.",
            {"type": "object", "properties": {"sku": {"type": "string"}}}, {"sku": "LAMP-1"},
        )  # fmt: skip
        healthy, _ = await add(
            unit, account.id, "https://partner.example/hooks", description="Stock of the Paris shop",
            types=["product.*", "order.created"],
            filter={"object.status": "active"}, headers={"Authorization": "Bearer abc"}, rate_limit=20, ordered=True,
            signatures=["v1", "v1a"],
        )  # fmt: skip
        failing, _ = await add(
            unit,
            account.id,
            "https://a-rather-long-name-for-a-server.of-a-partner.example/path/that/does/not/end/webhooks?shop=paris",
        )
        gone, _ = await add(unit, account.id, "https://old.example/hooks", description="The old warehouse")
        await add(unit, account.id, "https://new.example/hooks", description="Not yet used")
        await endpoints.disable(unit, gone.id, "gone")
        await secrets.rotate(unit, healthy.id)
        await healths(unit, org, healthy.id, failing.id)
        messages = await history(unit, org, account.id, healthy.id, failing.id)
        running, done = await replays(unit, org, failing.id)
    at, bad = f"/endpoints/{healthy.id}", f"/endpoints/{failing.id}"
    pages = [
        ("endpoint", at),
        ("failing", bad),
        ("gone", f"/endpoints/{gone.id}"),
        ("edit", f"{at}/edit"),
        ("messages", f"{at}/messages"),
        ("messages-none", f"{at}/messages?state=expired&type=order.created"),
        ("message", f"{at}/messages/{messages['delivered']}"),
        ("message-dead", f"{bad}/messages/{messages['dead']}"),
        ("replays", f"{bad}/replays"),
        ("replay", f"{bad}/replays/{running}"),
        ("replay-done", f"{bad}/replays/{done}"),
        ("verify", f"{at}/verify"),
        ("types", "/types"),
        ("own-type", "/types/season.article_runs_low"),
        ("type", "/types/product.updated"),
    ]
    return Furnished(account.id, empty.id, healthy, pages)


async def add(unit: Unit, application: UUID, url: str, **more: object) -> tuple[Endpoint, Secret]:
    return await endpoints.create(unit, application, EndpointDraft(url, **more), policy=UrlPolicy())  # type: ignore[arg-type]


async def healths(unit: Unit, org: UUID, healthy: UUID, failing: UUID) -> None:
    await unit.execute(
        "insert into endpoint_health (org, endpoint, last_success_at) values ($1, $2, now() - interval '3 minutes')", org, healthy
    )
    await unit.execute(
        "insert into endpoint_health (org, endpoint, failures, failing_since, last_success_at, last_failure_at, last_error) "
        "values ($1, $2, 37, now() - interval '9 hours', now() - interval '9 hours', now(), 'timeout_first_byte')",
        org, failing,
    )  # fmt: skip


async def history(unit: Unit, org: UUID, application: UUID, healthy: UUID, failing: UUID) -> dict[str, str]:
    """A day of attempts for the pictures, and two messages with all that can be told of them."""
    now, chance = datetime.now(UTC), random.Random(4)
    for endpoint, broken in ((healthy, 0.02), (failing, 0.0)):
        for hour in range(24):
            for n in range(chance.randrange(4, 40)):
                at = now - timedelta(hours=24 - hour, minutes=-chance.randrange(1, 59))
                if at > now:
                    continue
                event = UUID(int=floor_of(at).int + chance.getrandbits(60))
                bad = chance.random() < broken or (endpoint == failing and hour > 14)
                await put_message(unit, org, endpoint, event, State.DEAD if bad and n % 3 == 0 else State.DELIVERED, at)
                await put_attempt(unit, org, endpoint, event, at, 502 if bad else 204, "status" if bad else None)
    data = json.dumps(
        {"event": "…", "kind": "product", "note": HOSTILE, "price": 0, "title": "Bague Éclipse"}, ensure_ascii=False
    ).replace('"price": 0', '"price": 1290.500000000000000001')
    told = await append(unit, [EventDraft("product.updated", "api", data=data, audience=application, order_key="ring-17")] * 3)
    good, dead, waiting = told.ids
    await put_message(unit, org, healthy, good, State.DELIVERED, now, attempts=2)
    await put_attempt(unit, org, healthy, good, now - timedelta(minutes=2), None, "timeout_connect", n=1)
    await put_attempt(unit, org, healthy, good, now - timedelta(minutes=1), 200, None, body=b'{"ok":true}', n=2)
    await put_message(unit, org, failing, dead, State.DEAD, now, attempts=11)
    body = f"<html>{HOSTILE}\u202e{'Bad gateway ' * 200}</html>".encode()
    await put_attempt(unit, org, failing, dead, now - timedelta(hours=1), 502, "status", body=body, size=90_000, n=10)
    await put_attempt(unit, org, failing, dead, now - timedelta(minutes=1), None, "certificate", n=11)
    await put_message(unit, org, healthy, waiting, State.WAITING, now, attempts=3, due=now + timedelta(hours=2))
    return {"delivered": message_id(good), "dead": message_id(dead)}


async def put_message(
    unit: Unit, org: UUID, endpoint: UUID, event: UUID, state: State, at: datetime, attempts: int = 1, due: datetime | None = None
) -> None:
    await unit.execute(
        "insert into message (org, endpoint, event, position, type, state, attempts, created_at, due_at) "
        "values ($1, $2, $3, 1, 'product.updated', $4, $5, $6, $7)",
        org, endpoint, event, int(state), attempts, at, due or at,
    )  # fmt: skip


async def put_attempt(
    unit: Unit, org: UUID, endpoint: UUID, event: UUID, at: datetime, status: int | None, error: str | None,
    *, body: bytes | None = None, size: int | None = None, n: int = 1,
) -> None:  # fmt: skip
    await unit.execute(
        "insert into attempt (org, endpoint, event, at, n, cause, ms, status, error, address, headers, body, size) "
        "values ($1, $2, $3, $4, $5, 0, 143, $6, $7, '203.0.113.9', $8, $9, $10)",
        org, endpoint, event, at, n, status, error, HEADERS if status else None, body, size,
    )  # fmt: skip


async def replays(unit: Unit, org: UUID, endpoint: UUID) -> tuple[UUID, UUID]:
    running, done = uuid7(), uuid7()
    for id, status, share in ((running, "running", 412), (done, "done", 1000)):
        await unit.execute(
            "insert into replay (org, id, endpoint, since, until, scope, rate, status, total, done, skipped, finished_at) values "
            "($1, $2, $3, now() - interval '2 days', now() - interval '1 day', 'failed', 50, $4, 1000, $5, 3, "
            "case when $4 = 'done' then now() end)",
            org, id, endpoint, status, share,
        )  # fmt: skip
    return running, done
