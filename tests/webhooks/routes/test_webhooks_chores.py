"""What the plugin brings fits together: every chore of the clock has a job that runs it, and it runs."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from hub.db.engine import Database
from hub.queue import LocalRunner, enqueue
from hub.web.house import House
from hub.web.redaction import without_secrets
from tests.webhooks.conftest import Put
from webhooks.sign import new_secret


async def test_every_chore_has_its_job(house: House) -> None:
    plugin = house.registry.plugins["webhooks"]
    assert set(plugin.housekeeping()) <= set(plugin.jobs(house))
    assert all(timedelta(minutes=1) <= every <= timedelta(days=1) for every in plugin.housekeeping().values())


async def test_retention_runs_as_a_job_of_nobody(house: House, db: Database, org: UUID, endpoint: Put) -> None:
    plugin = house.registry.plugins["webhooks"]
    async with db.org(org) as unit:
        await unit.execute("update endpoint_secret set expires_at = now()")
    async with db.system() as unit:
        await enqueue(unit, "webhooks.retention", {}, key="webhooks.retention")
    await LocalRunner(db, plugin.jobs(house)).run_until_idle()
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from endpoint_secret") == 0


def test_secrets_do_not_reach_the_log() -> None:
    secret = new_secret()
    assert secret not in without_secrets(f"POST with {secret}")
