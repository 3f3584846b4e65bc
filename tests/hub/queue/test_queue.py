from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from hub.db.engine import Database
from hub.errors import Conflict, LeaseLost, PermanentError, RetryableError
from hub.outbox import EventDraft, head, record
from hub.queue import (
    Job,
    LocalRunner,
    claim,
    dead_letters,
    enqueue,
    fail,
    finish,
    heartbeat,
    release,
    revive,
    sweep_finished,
)  # fmt: skip
from hub.queue.outcome import pause


async def add(db: Database, org: UUID, kind: str = "work", **options: object) -> UUID:
    async with db.org(org) as unit:
        return await enqueue(unit, kind, {"n": 1}, **options)  # type: ignore[arg-type]


async def row(db: Database, id: UUID) -> asyncpg.Record:
    async with db.system() as unit:
        found = await unit.fetchrow("select * from job where id = $1", id)
    assert found is not None
    return found


async def take(db: Database, limit: int = 1) -> list[Job]:
    return await claim(db, "tester", limit)


async def test_a_claimed_job_is_nobody_elses(db: Database, org: UUID) -> None:
    id = await add(db, org)
    (job,) = await take(db)
    assert (job.id, job.org, job.kind, job.payload, job.attempts) == (id, org, "work", {"n": 1}, 1)
    assert await take(db) == []
    async with db.org(org) as unit:
        await finish(unit, job)
    assert (await row(db, id))["status"] == "done"


async def test_twenty_claimers_at_once_share_the_jobs_without_doubles(db: Database, org: UUID) -> None:
    ids = [await add(db, org) for _ in range(60)]
    taken: list[UUID] = []

    async def work() -> None:
        while jobs := await take(db, 2):
            taken.extend(job.id for job in jobs)

    await asyncio.gather(*(work() for _ in range(20)))
    while jobs := await take(db, 10):  # a claimer may have found its candidates just taken and gone home
        taken.extend(job.id for job in jobs)
    assert sorted(taken) == sorted(ids)


async def test_a_job_of_a_rolled_back_transaction_never_runs(db: Database, org: UUID) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.org(org) as unit:
            await enqueue(unit, "work", {})
            raise ZeroDivisionError
    assert await take(db) == []


async def test_a_job_waits_for_its_time(db: Database, org: UUID) -> None:
    await add(db, org, run_at=datetime.now(UTC) + timedelta(seconds=0.4))
    assert await take(db) == []
    await asyncio.sleep(0.45)
    assert len(await take(db)) == 1


async def test_a_key_keeps_one_job_per_organisation_and_kind(
    db: Database, org: UUID, new_org: Callable[[str], Awaitable[UUID]]
) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    first = await add(db, org, key="a", run_at=later)
    assert await add(db, org, key="a") == first
    assert (await row(db, first))["run_at"] < later
    others = {await add(db, org, key="b"), await add(db, org, "other", key="a"), await add(db, await new_org("o"), key="a")}
    assert len(others | {first, await add(db, org)}) == 5


async def test_a_key_enqueued_while_its_job_runs_makes_it_run_once_more(db: Database, org: UUID) -> None:
    id = await add(db, org, key="a")
    (job,) = await take(db)
    async with db.org(org) as unit:
        assert await enqueue(unit, "work", {"n": 2}, key="a") == id
        assert await enqueue(unit, "work", {"n": 3}, key="a") == id
    assert await take(db) == []
    async with db.org(org) as unit:
        await finish(unit, job)
    (again,) = await take(db)
    assert (again.id, again.payload, again.attempts) == (id, {"n": 3}, 1)
    with pytest.raises(LeaseLost):  # the first run's holder is not the second's
        async with db.org(org) as unit:
            await finish(unit, job)
    async with db.org(org) as unit:
        await finish(unit, again)
    assert await take(db) == []
    assert await add(db, org, key="a") != id


async def test_a_failed_job_waits_longer_each_time_and_is_buried_in_the_end(db: Database, org: UUID) -> None:
    id = await add(db, org, max_attempts=2)
    (job,) = await take(db)
    async with db.system() as unit:
        await fail(unit, job, "no luck")
    failed = await row(db, id)
    assert (failed["status"], failed["last_error"]) == ("queued", "no luck")
    assert 1 < (failed["run_at"] - datetime.now(UTC)).total_seconds() < 3
    assert [1.5 <= pause(1) <= 2.5, 6 <= pause(3) <= 10, pause(40) <= 4500] == [True] * 3
    async with db.system() as unit:
        await unit.execute("update job set run_at = now()")
    (job,) = await take(db)
    async with db.system() as unit:
        await fail(unit, job, "no luck again")
    async with db.org(org) as unit:
        (letter,) = await dead_letters(unit)
        assert (letter.id, letter.attempts, letter.last_error) == (id, 2, "no luck again")
        await revive(unit, id)
        with pytest.raises(Conflict):
            await revive(unit, id)
    assert [job.attempts for job in await take(db)] == [1]


async def test_a_dead_letter_is_not_revived_beside_its_twin(db: Database, org: UUID) -> None:
    id = await add(db, org, key="a")
    (job,) = await take(db)
    async with db.system() as unit:
        await fail(unit, job, "never", final=True)
    assert await add(db, org, key="a") != id
    async with db.org(org) as unit:
        with pytest.raises(Conflict):
            await revive(unit, id)


async def test_a_lease_that_was_lost_lets_nothing_be_written(db: Database, org: UUID) -> None:
    await add(db, org)
    (job,) = await claim(db, "slow", 1, lease=timedelta(milliseconds=1))
    await asyncio.sleep(0.01)
    (again,) = await take(db)
    assert (again.id, again.attempts) == (job.id, 2)
    with pytest.raises(LeaseLost):
        async with db.org(org) as unit:
            await record(unit, [EventDraft("thing.done", "api")])
            await finish(unit, job)
    with pytest.raises(LeaseLost):
        async with db.system() as unit:
            await heartbeat(unit, job)
    async with db.org(org) as unit:
        assert await head(unit) == 0
        await heartbeat(unit, again)


async def test_a_released_job_has_not_used_up_an_attempt(db: Database, org: UUID) -> None:
    await add(db, org, max_attempts=1)
    (job,) = await take(db)
    async with db.system() as unit:
        await release(unit, job)
    assert [job.attempts for job in await take(db)] == [1]


async def test_one_organisations_flood_does_not_starve_the_others(
    db: Database, org: UUID, new_org: Callable[[str], Awaitable[UUID]]
) -> None:
    async with db.org(org) as unit:
        for _ in range(300):
            await enqueue(unit, "flood", {})
    quiet = [await new_org(f"quiet-{n}") for n in range(3)]
    for tenant in quiet:
        await add(db, tenant)
    first = await take(db, 4)
    assert {job.org for job in first} == {org, *quiet}
    assert [job.kind for job in await take(db, 2)] == ["flood", "flood"]
    late = await new_org("late")
    await add(db, late)
    assert [job.org for job in await take(db, 1)] == [late]  # the flood has three running already


async def test_the_hubs_own_jobs_are_claimed_too_and_no_tenant_sees_them(db: Database, org: UUID) -> None:
    async with db.system() as unit:
        id = await enqueue(unit, "housekeeping", {}, key="nightly")
        assert await enqueue(unit, "housekeeping", {}, key="nightly") == id
    async with db.org(org) as unit:
        assert await unit.fetch("select * from job") == []
    (job,) = await take(db)
    assert (job.id, job.org) == (id, None)


async def test_a_worker_takes_only_the_kinds_it_knows(db: Database, org: UUID) -> None:
    await add(db, org, "unknown")
    id = await add(db, org, "known")
    assert [job.id for job in await claim(db, "tester", 5, kinds=["known"])] == [id]


async def test_finished_jobs_are_forgotten_and_dead_letters_stay(db: Database, org: UUID) -> None:
    for final in (False, True):
        await add(db, org)
        (job,) = await take(db)
        async with db.system() as unit:
            await (fail(unit, job, "x", final=True) if final else finish(unit, job))
    async with db.system() as unit:
        assert await sweep_finished(unit, timedelta(hours=1)) == 0
        await unit.execute("update job set finished_at = now() - interval '2 hours'")
        assert await sweep_finished(unit, timedelta(hours=1)) == 1
        assert await unit.fetchval("select status from job") == "dead"


async def test_the_runner_starts_a_job_as_soon_as_it_is_committed(db: Database, org: UUID) -> None:
    ran = asyncio.Event()

    async def handle(job: Job) -> None:
        ran.set()

    runner = LocalRunner(db, {"work": handle}, poll=30)
    running = asyncio.ensure_future(runner.run())
    await asyncio.sleep(0.2)
    id = await add(db, org)
    async with asyncio.timeout(2):
        await ran.wait()
        runner.stop()
        await running
    assert (await row(db, id))["status"] == "done"


async def test_what_a_handler_raises_decides_what_becomes_of_its_job(db: Database, org: UUID) -> None:
    errors = {"later": RetryableError("busy", after=300), "never": PermanentError("gone"), "bug": KeyError("x")}

    async def handle(job: Job) -> None:
        raise errors[job.kind]

    ids = {kind: await add(db, org, kind) for kind in errors}
    await LocalRunner(db, dict.fromkeys(errors, handle)).run_until_idle()
    rows = {kind: await row(db, id) for kind, id in ids.items()}
    assert {kind: found["status"] for kind, found in rows.items()} == {"later": "queued", "never": "dead", "bug": "queued"}
    assert (rows["later"]["run_at"] - datetime.now(UTC)).total_seconds() > 290
    assert [rows[kind]["last_error"] for kind in ("never", "bug")] == ["gone", "KeyError: 'x'"]


async def test_a_long_job_keeps_its_lease(db: Database, org: UUID) -> None:
    async def handle(job: Job) -> None:
        await asyncio.sleep(1.0)

    id = await add(db, org)
    runner = LocalRunner(db, {"work": handle}, lease=timedelta(seconds=0.4))
    working = asyncio.ensure_future(runner.run_until_idle())
    await asyncio.sleep(0.7)
    assert await take(db) == []
    await working
    found = await row(db, id)
    assert (found["status"], found["attempts"]) == ("done", 1)


async def test_a_handler_may_finish_its_job_with_its_effects(db: Database, org: UUID) -> None:
    async def handle(job: Job) -> None:
        async with db.org(org) as unit:
            await record(unit, [EventDraft("thing.done", "api")])
            await finish(unit, job)

    id = await add(db, org)
    await LocalRunner(db, {"work": handle}).run_until_idle()
    found = await row(db, id)
    assert (found["status"], found["attempts"], found["last_error"]) == ("done", 1, None)


async def test_cancelling_the_runner_hands_its_jobs_back(db: Database, org: UUID) -> None:
    started = asyncio.Event()

    async def handle(job: Job) -> None:
        started.set()
        await asyncio.sleep(3600)

    id = await add(db, org)
    running = asyncio.ensure_future(LocalRunner(db, {"work": handle}).run())
    async with asyncio.timeout(5):
        await started.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    found = await row(db, id)
    assert (found["status"], found["attempts"], found["lease_owner"]) == ("queued", 0, None)


async def test_the_runner_hears_again_after_its_connection_was_cut(db: Database, org: UUID) -> None:
    ran = asyncio.Queue[UUID]()

    async def handle(job: Job) -> None:
        ran.put_nowait(job.id)

    runner = LocalRunner(db, {"work": handle}, poll=0.3)
    running = asyncio.ensure_future(runner.run())
    async with asyncio.timeout(10):
        assert await add(db, org) == await ran.get()
        connection = await db.listener()
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )
        await connection.close()
        assert await add(db, org) == await ran.get()
        runner.stop()
        await running
