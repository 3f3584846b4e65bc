"""The pages of replays: begin one, see how far it is, cancel it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from hub.db.unit import Unit
from hub.errors import Conflict, NotFound, Unprocessable
from hub.idempotency import begin, finish
from webhooks import replay
from webhooks.partners import types
from webhooks.partners.endpoints import Endpoint
from webhooks.portal.form import ONCE, Fault, faults_of
from webhooks.portal.health import Tone
from webhooks.portal.pages import Looking, PortalRoute, Sent, Visitor, back
from webhooks.portal.passes import PATH
from webhooks.portal.speech import Said
from webhooks.portal.view import endpoint_view, mine
from webhooks.replay import Replay

router = APIRouter(prefix=PATH, route_class=PortalRoute, include_in_schema=False)

FEW: Final = 20
REFRESH: Final = 3  # seconds between looks at one that is at work
FIELD: Final = "%Y-%m-%dT%H:%M"  # how a browser writes a moment
SCOPES: Final = ("failed", "missing", "all")
TONES: Final[dict[str, Tone]] = {
    "queued": "running", "running": "running", "done": "complete", "cancelled": "none", "failed": "failed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form. Moments in UTC."""

    since: str
    until: str
    scope: str = "failed"
    type: str = ""
    rate: str = ""
    once: str = ""


@dataclass(frozen=True, slots=True)
class ReplayView:
    """A replay on a page. percent None: not counted yet; going: it can still be cancelled."""

    id: UUID
    tone: Tone
    word: str
    span: str
    why: str
    scope: str
    rate: int
    percent: int | None
    progress: str
    reason: str | None
    at: datetime
    finished_at: datetime | None
    going: bool


@router.get("/endpoints/{endpoint}/replays")
async def listed(endpoint: UUID, visitor: Looking) -> Response:
    """Past replays, and the form of a new one: the last day, unless somebody says otherwise."""
    now = visitor.t.now
    typed = Typed(written(now - timedelta(days=1)), written(now), once=secrets.token_urlsafe(18))
    async with visitor.house.db.org(visitor.visit.org) as unit:
        return await form_page(visitor, unit, await mine(unit, visitor, endpoint), typed, {})


@router.post("/endpoints/{endpoint}/replays")
async def start(endpoint: UUID, visitor: Looking, form: Sent) -> Response:
    """Begin one. A form that is sent twice begins one."""
    typed = typed_from(form)
    values, faults = asked(typed, visitor.t)
    async with visitor.house.db.org(visitor.visit.org) as unit:
        found = await mine(unit, visitor, endpoint)
        if faults:
            return await form_page(visitor, unit, found, typed, faults)
    key = f"portal:{typed.once}"
    try:
        async with visitor.house.db.org(visitor.visit.org) as unit:
            if done := await begin(unit, key, b"portal"):
                return back(f"/endpoints/{endpoint}/replays/{done.body.decode()}")
            made = await replay.begin(unit, endpoint, **values)
            await finish(unit, key, 303, "{}", str(made.id).encode())
    except (Unprocessable, Conflict) as error:
        async with visitor.house.db.org(visitor.visit.org) as unit:
            return await form_page(visitor, unit, found, typed, faults_of(error, visitor.t))
    return back(f"/endpoints/{endpoint}/replays/{made.id}", live=True)


@router.get("/endpoints/{endpoint}/replays/{id}")
async def one(endpoint: UUID, id: UUID, visitor: Looking) -> Response:
    """How far it is; can be followed while it is at work."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        found = await mine(unit, visitor, endpoint)
        view = replay_view(visitor.t, await own(unit, endpoint, id))
    return visitor.page(
        "replay.html", endpoint=endpoint_view(visitor.t, found), tab="replays", replay=view,
        refresh=REFRESH if view.going else None,
    )  # fmt: skip


@router.post("/endpoints/{endpoint}/replays/{id}/cancel")
async def cancel(endpoint: UUID, id: UUID, visitor: Looking, _: Sent) -> Response:
    """Stop it; one that has ended meanwhile is shown as it is."""
    done = "cancelled"
    async with visitor.house.db.org(visitor.visit.org) as unit:
        await mine(unit, visitor, endpoint)
        await own(unit, endpoint, id)
        try:
            await replay.cancel(unit, id)
        except Conflict:
            done = ""
    return back(f"/endpoints/{endpoint}/replays/{id}", done)


async def own(unit: Unit, endpoint: UUID, id: UUID) -> Replay:
    """A replay of this endpoint. Raises NotFound for any other."""
    known = await replay.get(unit, id)
    if known.endpoint != endpoint:
        raise NotFound(f"There is no replay {id}.", field="replay")
    return known


async def form_page(visitor: Visitor, unit: Unit, endpoint: Endpoint, typed: Typed, faults: dict[str, Fault]) -> Response:
    """The form and what was replayed before."""
    past = [replay_view(visitor.t, one) for one in await replay.list_of(unit, endpoint.id, limit=FEW)]
    known = [type.name for type in await types.catalogue(unit)]
    return visitor.page(
        "replays.html", status=422 if faults else 200, endpoint=endpoint_view(visitor.t, endpoint), tab="replays",
        typed=typed, faults=faults, types=known, replays=past, scopes=SCOPES,
    )  # fmt: skip


def typed_from(form: FormData) -> Typed:
    """What was sent."""

    def text(name: str) -> str:
        value = form.get(name)
        return value.strip()[:200] if isinstance(value, str) else ""

    once = text("once")
    once = once if ONCE.fullmatch(once) else secrets.token_urlsafe(18)
    return Typed(text("since"), text("until"), text("scope") or "failed", text("type"), text("rate"), once)


def asked(typed: Typed, t: Said) -> tuple[dict[str, Any], dict[str, Fault]]:
    """What `replay.begin` is to be told, and what can be seen at once to be wrong."""
    values: dict[str, Any] = {"scope": typed.scope, "types": [typed.type] if typed.type else None}
    faults: dict[str, Fault] = {}
    for name, text in (("since", typed.since), ("until", typed.until)):
        moment = moment_of(text)
        values[name] = moment
        if moment is None:
            faults[name] = Fault(t(f"wrong.{name}"), anchor=name)
    if typed.rate:
        if typed.rate.isascii() and typed.rate.isdigit() and len(typed.rate) < 10:
            values["rate"] = int(typed.rate)
        else:
            faults["rate"] = Fault(t("wrong.rate.number"), anchor="rate")
    if typed.until == written(t.now):  # this very minute: until now, its seconds too
        values["until"] = None
    return values, faults


def moment_of(text: str) -> datetime | None:
    """What a browser's field says, in UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def written(moment: datetime) -> str:
    """As a field has it."""
    return moment.astimezone(UTC).strftime(FIELD)


def replay_view(t: Said, known: Replay) -> ReplayView:
    """The replay in the words of this language."""
    going = known.status in ("queued", "running")
    percent: int | None = None if going else 0
    if known.total is not None:
        progress = t("replay.done.of", n=known.done, total=known.total)
        percent = 100 if known.status == "done" else min(99, int(known.done * 100 / max(1, known.total)))
    else:
        progress = t.count("replay.done", known.done)
    if known.skipped:
        progress = f"{progress} {t.count('replay.skipped', known.skipped)}"
    told = ", ".join(known.types) if known.types else t("messages.any_type")
    return ReplayView(
        known.id, TONES[known.status], t(f"replay.is.{known.status}"), f"{t.time(known.since)} – {t.time(known.until)}",
        f"{t(f'replay.scope.{known.scope}')} · {told}", known.scope, known.rate, percent, progress,
        known.reason if known.status == "failed" else None, known.created_at, known.finished_at, going,
    )  # fmt: skip
