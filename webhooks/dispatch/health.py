"""How endpoints fare, gathered in memory and written now and then: when something turns, else every few seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

EVERY = 5.0  # seconds between two writes of an endpoint that goes on as before

WRITE = """
insert into endpoint_health as h (org, endpoint, failures, failing_since, last_success_at, last_failure_at, last_error)
select e.org, e.id, u.failures, to_timestamp(u.since), to_timestamp(u.success), to_timestamp(u.failure), u.error
from unnest($1::uuid[], $2::int[], $3::float8[], $4::float8[], $5::float8[], $6::text[])
    as u(endpoint, failures, since, success, failure, error)
join endpoint e on e.id = u.endpoint
on conflict (endpoint) do update set
    failures = excluded.failures + case when excluded.last_success_at is null then h.failures else 0 end,
    failing_since = case when excluded.last_success_at is null then coalesce(h.failing_since, excluded.failing_since)
        else excluded.failing_since end,
    noticed_at = case when excluded.last_success_at is null then h.noticed_at end,
    last_success_at = coalesce(excluded.last_success_at, h.last_success_at),
    last_failure_at = coalesce(excluded.last_failure_at, h.last_failure_at),
    last_error = coalesce(excluded.last_error, h.last_error)
returning org, endpoint, failures, last_error, extract(epoch from now() - failing_since)::float8 as failing_for, noticed_at
"""


class Health:
    """What happened to one endpoint since it was last written. Times are seconds since 1970."""

    __slots__ = ("endpoint", "error", "failure", "failures", "since", "success", "turned", "well", "written")

    def __init__(self, endpoint: UUID) -> None:
        self.endpoint = endpoint
        self.well: bool | None = None  # nothing is known yet
        self.turned = False
        self.written = 0.0
        self._clear()

    def _clear(self) -> None:
        self.failures = 0  # in a row
        self.since: float | None = None  # the first of them
        self.success: float | None = None
        self.failure: float | None = None
        self.error: str | None = None

    def succeeded(self, at: float) -> None:
        self.success = at
        if self.well is not True:
            self.well = self.turned = True
            self.failures = 0
            self.since = None

    def failed(self, at: float, error: str) -> None:
        self.failure, self.error = at, error
        self.failures += 1
        if self.since is None:
            self.since = at
        if self.well is not False:
            self.well, self.turned = False, True

    def row(self) -> tuple[Any, ...]:
        """Its values for `WRITE`; from here on it gathers anew."""
        row = (self.endpoint, self.failures, self.since, self.success, self.failure, self.error)
        self.turned = False
        self._clear()
        return row


class Healths:
    """The endpoints of which something is to be written."""

    def __init__(self) -> None:
        self._known: dict[UUID, Health] = {}
        self._news: set[Health] = set()

    def of(self, endpoint: UUID) -> Health:
        """The endpoint's, about to be told something."""
        health = self._known.get(endpoint)
        if health is None:
            health = self._known[endpoint] = Health(endpoint)
        self._news.add(health)
        return health

    def due(self, now: float, all: bool = False) -> list[tuple[Any, ...]]:
        """Rows to write now."""
        ripe = [health for health in self._news if all or health.turned or now - health.written > EVERY]
        for health in ripe:
            self._news.discard(health)
            health.written = now
        return [health.row() for health in sorted(ripe, key=lambda health: health.endpoint)]


def columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows as the arrays that unnest takes."""
    return [list(column) for column in zip(*rows, strict=True)]
