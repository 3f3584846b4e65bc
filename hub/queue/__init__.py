"""Durable jobs in PostgreSQL: enqueued in the caller's transaction, leased by workers, retried, in the end buried.

A job runs at least once: its handler must bear a second run. At most one job of an (organisation, kind, key) is unfinished;
enqueueing it again while it runs makes it run once more afterwards, so no change is missed.
"""

from __future__ import annotations

from hub.queue.claim import claim, new_owner
from hub.queue.enqueue import enqueue
from hub.queue.execute import Handler, Handlers, execute
from hub.queue.job import Job
from hub.queue.outcome import dead_letters, fail, finish, heartbeat, release, revive, sweep_finished
from hub.queue.runner import LocalRunner

__all__ = [
    "Handler",
    "Handlers",
    "Job",
    "LocalRunner",
    "claim",
    "dead_letters",
    "enqueue",
    "execute",
    "fail",
    "finish",
    "heartbeat",
    "new_owner",
    "release",
    "revive",
    "sweep_finished",
]
