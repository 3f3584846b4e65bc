"""The end of a run: evidence, verdict, watermark, event, lease; all in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from hub import outbox
from hub.sync import watermark as watermarks
from hub.sync.checkpoint import finish
from hub.sync.outcome import RunResult
from hub.sync.session import Session
from hub.sync.sight import sight_evidence, sight_of
from hub.sync.verdict import Verdict, judge, sentence, trouble_in
from hub.sync.watermark import Watermark
from hub.sync.words import LIMITED


async def close(session: Session, mark: Watermark | None) -> RunResult:
    """Judge the evidence and write it down. The watermark moves only with COMPLETE, or when nothing but what
    the shop does not show is missing, and not past a change that stayed hidden."""
    evidence = gather(session)
    verdict = judge(evidence)
    evidence["words"] = {"en": sentence(evidence, "en"), "fr": sentence(evidence, "fr")}
    return await _write(session, verdict, evidence, mark)


async def failed(session: Session, error: Exception) -> None:
    """A run that ends in an error of our own: it is said, and the next one goes on from its checkpoint."""
    session.extra |= {"trouble": "failed", "message": f"{type(error).__name__}: {error}"}
    await close(session, None)


def gather(session: Session) -> dict[str, Any]:
    """The numbers that the verdict stands on."""
    asker = session.pull.asker
    counts = session.counts.numbers()
    evidence: dict[str, Any] = {
        **counts,
        "counts": counts,
        "incomplete_children": session.counts.incomplete,
        "requests": asker.asked,
        "retried": asker.retried,
        "page_size": asker.size.smallest,
    }
    if session.reading is not None:
        evidence |= session.reading.evidence()
    whole = session.reading is None or not session.reading.changes
    sight = sight_of(session.pull.store, session.target.resource)
    return evidence | sight_evidence(sight, session.counts.unseen, session.counts.rows, whole=whole) | session.extra


async def _write(session: Session, verdict: Verdict, evidence: dict[str, Any], mark: Watermark | None) -> RunResult:
    shop, run, resource = session.shop, session.run, session.target.resource
    complete = verdict.word == "COMPLETE"
    async with session.engine.db.org(shop.org) as unit:
        await session.lease.hold(unit)
        resumable = not complete and session.reading is not None and evidence.get("trouble") in ("gave_up", "refused", "failed")
        await finish(unit, run, verdict.word, verdict.reason, evidence, resumable=resumable)
        # Rows that the shop shows to nobody like us are no reason to ask for all the others again.
        if (complete or trouble_in(evidence) == LIMITED) and session.reading is not None:
            reading = session.reading
            moved = (mark or Watermark()).moved(reading.started, reading.newest, timedelta(seconds=resource.overlap_seconds))
            if mark is not None and reading.changes and evidence.get("hidden_by_store"):
                moved = mark  # a change that the store counts and does not show is asked for again until it shows it
            await watermarks.store(unit, shop.id, resource.name, moved, scanned=not reading.changes)
        if not complete or session.counts.inserted or session.counts.updated or evidence.get("deleted"):
            told = {"run": run.id, "resource": resource.name, "mode": run.mode, "verdict": verdict.word}
            await outbox.record(
                unit,
                [outbox.EventDraft("run.finished", session.target.cause, installation=shop.id, data=msgspec.json.encode(told))],
            )
        await session.lease.give_back(unit)
        seconds = await unit.fetchval("select extract(epoch from now() - started_at)::float8 from run where id = $1", run.id)
    return RunResult(
        run.id, shop.id, resource.name, run.mode, verdict.word, verdict.reason, evidence, session.counts.numbers(), seconds
    )
