"""L25: credentials never stand in a log, an error, a job or the database, but sealed."""

from __future__ import annotations

from uuid import UUID

from hub.db.engine import Database
from hub.db.unit import Unit
from hub.errors import HubError
from hub.installations.reconnect import kept_secret
from hub.installations.reconnect import reconnect as give_key
from hub.queue import enqueue
from hub.testing.hostile import Mode
from hub.testing.laws import apart
from hub.testing.laws.book import law
from hub.testing.laws.canaries import found
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must
from hub.testing.laws.postbox import Postbox
from hub.testing.laws.strangers import two_at_once
from hub.testing.laws.trial import Trial, trial
from hub.testing.serving import serve

ROWS = 60
TABLES = """
select c.relname from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and has_table_privilege(c.oid, 'select') order by 1
"""
TROUBLES = {Mode.HTML_200: 10**6, Mode.FORBIDDEN: 10**6, Mode.CUT_CONNECTION: 1}  # mode → how often


async def dump(db: Database, org: UUID) -> str:
    """Every row that this organisation, and the system's role, can see of every table, as text."""
    lines: list[str] = []
    for unit_of in (db.org(org), db.system()):
        async with unit_of as unit:
            lines += await _tables(unit)
    return "\n".join(lines)


async def _tables(unit: Unit) -> list[str]:
    lines: list[str] = []
    for (table,) in await unit.fetch(TABLES):
        rows = await unit.fetch(f'select t::text from "{table}" t')  # noqa: S608 (a name out of pg_class)
        lines += [f"{table}: {row[0]}" for row in rows]
    return lines


async def _said(shop: Trial) -> list[str]:
    """What a process says, at its most talkative, while a shop gives it all kinds of trouble."""
    name, said = shop.ground.first, []
    for mode, times in TROUBLES.items():
        with shop.trouble(mode, at=2, times=times):
            child = await apart.start(shop, name)
            said.append((await child.end())[1])
    return said


async def _errors(shop: Trial, credentials: dict[str, str]) -> list[str]:
    """What people are told when credentials are wrong."""
    engine, told = shop.engine, []
    for field in credentials:
        wrong = credentials | {field: credentials[field][:-4] + "0000"}
        try:
            await give_key(
                engine.db, engine.registry, engine.http, org=shop.org, installation=shop.installation, credentials=wrong
            )
        except HubError as error:
            told += [str(error), repr(error), *(f"{one}" for one in (error.__cause__, error.__context__) if one)]
    return told


@law("L25", "credentials stand in no log, error or job, nor in the clear in the database")
async def secrets(ground: Ground) -> str:
    """The credentials and the webhooks' secret are looked for in everything a process says and the database holds."""
    post = Postbox()
    sandbox = ground.sandbox(ground.rows(ROWS))
    credentials = sandbox.credentials()
    async with serve(post) as public_url, trial(ground, sandbox, public_url=public_url) as shop:
        canaries = [*credentials.values(), await kept_secret(shop.engine.db, shop.org, shop.installation)]
        said = await _said(shop)
        must(all("DEBUG" in one for one in said), "a process kept its log to itself: nothing was looked at")
        for text in said:
            must((line := found(text, canaries)) is None, "a secret stands in a log", line or "")
        for text in (errors := await _errors(shop, credentials)):
            must((line := found(text, canaries)) is None, "a secret stands in an error", line or "")
        async with shop.engine.db.org(shop.org) as unit:
            await enqueue(unit, "sync.run", {"installation": str(shop.installation), "resource": ground.first})
        text = await dump(shop.engine.db, shop.org)
        must("installation: " in text and "job: " in text and "run: " in text, "the dump lacks what was to be looked at")
        must((line := found(text, canaries)) is None, "a secret stands in the clear in the database", line or "")
    sizes = f"{sum(map(len, said)):,} characters of log, {len(errors)} errors, {len(text):,} characters of database"
    return f"none of {len(canaries)} secrets in {sizes}; {await two_at_once(ground, {})}"
