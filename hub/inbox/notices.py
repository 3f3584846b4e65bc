"""What a message says of the connection itself, or of people: uninstalled, other permissions, somebody to be forgotten.

Such messages come when the credentials are dead, late, and twice. So nothing here needs the shop to answer, and nothing is
believed that the shop itself contradicts: an uninstallation that arrives after the app was installed again ends nothing.
"""

from __future__ import annotations

import msgspec
import structlog

from hub.budget import Unhurried
from hub.catalog.expunge import expunge
from hub.db.unit import Unit
from hub.errors import HubError, RetryableError
from hub.inbox.receipts import JOB, Became, Receipt
from hub.installations import secrets
from hub.installations.connect import UNINSTALLED
from hub.installations.disconnect import close, forget
from hub.installations.installation import Installation
from hub.installations.opening import opening
from hub.outbox import EventDraft, record
from hub.ports import Forgets, Notice
from hub.queue import enqueue
from hub.sync.engine import Engine

log = structlog.get_logger("hub.inbox")

PROBE = "inbox.probe"


async def heed(engine: Engine, shop: Installation, receipt: Receipt, notice: Notice, secret: str, *, last: bool) -> Became:
    """Do what a notice asks for. `secret`: what it is signed with; `last`: there will be no further try.

    Raises RetryableError when the shop must be asked and is away.
    """
    match notice.kind:
        case "uninstalled":
            return await _uninstalled(engine, shop, secret, last=last)
        case "scopes":
            return await _scopes(engine, shop)
        case "forget_shop":
            return await _forget_shop(engine, shop)
        case "forget_customer":
            return await _forget_customer(engine, shop, receipt, notice)
        case "customer_data":
            told = f"The merchant must hand out what is held of a customer: luneo customer-data {receipt.id}"
            log.warning("customer_data_asked", installation=str(shop.id), shop=shop.shop, todo=told)
            return Became("done", told)


async def _uninstalled(engine: Engine, shop: Installation, secret: str, *, last: bool) -> Became:
    """The credentials go at once, and the work that was waiting. What was read stays: the shop may be back within two days.

    Kept is what the message was signed with, so that those that must follow are believed; it belongs to the app, not the shop.
    """
    if shop.status == "disconnected":
        return Became("ignored", "The shop was disconnected already.")
    if await _still_installed(engine, shop, last=last):
        return Became("ignored", "The shop accepts our credentials: the app is installed (again).")
    async with engine.db.org(shop.org) as unit:
        await close(unit, shop, keep_jobs=(JOB,))
        await _note_uninstalled(unit, shop, secret)
        told = msgspec.json.encode({"purged": False, "uninstalled": True})
        await record(unit, [EventDraft("installation.disconnected", "webhook", installation=shop.id, data=told)])
    log.warning("uninstalled", installation=str(shop.id), shop=shop.shop)
    return Became(
        "done", "The app was uninstalled: credentials deleted, data kept until the shop asks to be forgotten.", wipe=True
    )


async def _note_uninstalled(unit: Unit, shop: Installation, secret: str) -> None:
    await unit.execute(
        "update installation set webhook_secret = $2, capabilities = capabilities || $3 where id = $1",
        shop.id, secrets.seal_webhook_secret(shop.org, shop.id, secret), msgspec.json.encode({UNINSTALLED: True}),
    )  # fmt: skip


async def _still_installed(engine: Engine, shop: Installation, *, last: bool) -> bool:
    """Whether the shop still lets us in: a message that is hours late may speak of an installation before this one."""
    try:
        _, open_to = await opening(engine.db, engine.http, Unhurried(), shop.org, shop.id)
        probe = await engine.registry.get(shop.connector).probe(open_to)
    except RetryableError:
        if last:
            return False
        raise
    except HubError:
        return False
    return probe.shop == shop.shop


async def _scopes(engine: Engine, shop: Installation) -> Became:
    if shop.status == "disconnected":
        return Became("ignored", "The shop was disconnected.")
    async with engine.db.org(shop.org) as unit:
        await enqueue(unit, PROBE, {"installation": str(shop.id)}, key=str(shop.id))
    return Became("done")


async def _forget_shop(engine: Engine, shop: Installation) -> Became:
    """Two days after an uninstallation. A shop that is connected (again) is not forgotten, wherever it is connected."""
    async with engine.db.system() as unit:
        connected = await unit.fetchval(
            "select exists (select from installation where connector = $1 and shop = $2 and status <> 'disconnected')",
            shop.connector, shop.shop,
        )  # fmt: skip
    if connected:
        return _kept(shop)
    async with engine.db.org(shop.org) as unit:
        status = await unit.fetchval("select status from installation where id = $1 for update", shop.id)
        if status != "disconnected":  # it came back at this moment
            return _kept(shop)
        purged = await forget(unit, shop)
        told = msgspec.json.encode({"purged": True, "uninstalled": True})
        await record(unit, [EventDraft("installation.disconnected", "webhook", installation=shop.id, data=told)])
    log.info("forgotten", installation=str(shop.id), purged=purged)
    return Became("done")  # the receipt has gone with the shop


def _kept(shop: Installation) -> Became:
    log.warning("kept", installation=str(shop.id), reason="asked to forget a shop that is connected")
    return Became("ignored", "The shop is connected: nothing was forgotten.")


async def _forget_customer(engine: Engine, shop: Installation, receipt: Receipt, notice: Notice) -> Became:
    known = engine.registry.get(shop.connector).resources
    resources: dict[str, tuple[str, str]] = {one.kind: (one.name, one.raw_kind) for one in known}
    ids: dict[str, tuple[str, ...]] = {one.kind: notice.ids[one.name] for one in known if notice.ids.get(one.name)}
    async with engine.db.org(shop.org) as unit:
        asked = {name: plugin for name, plugin in engine.registry.plugins.items() if isinstance(plugin, Forgets)}
        elsewhere = {name: await plugin.forget(unit, shop.id, ids) for name, plugin in asked.items()}
        gone = await expunge(unit, shop.id, ids, resources, receipt.id)
    gone |= {name: count for name, count in elsewhere.items() if count}
    log.info("customer_forgotten", installation=str(shop.id), gone=gone)
    told = ", ".join(f"{count} {name}" for name, count in gone.items()) or "nothing was held"
    return Became("done", f"Forgotten: {told}.", wipe=True)
