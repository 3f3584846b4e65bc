"""What the pages show, gathered and put into words: shops with their latest verdicts, runs with evidence, rows with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from hub.dashboard.speech import Speech
from hub.installations.connect import NO_PUBLIC_URL
from hub.installations.installation import Installation
from hub.sync.history import Quarantined, Run
from hub.sync.verdict import sentence

Tone = Literal["complete", "partial", "failed", "running", "stale", "none"]

SILENT: Final = timedelta(minutes=2)  # without a heartbeat
OLD: Final = timedelta(hours=26)  # a night's sweep, and some
MOST_RAW: Final = 20_000  # bytes of a raw object on a page

#: Evidence in the order in which it convinces, and whether it is a good sign.
FACTS: Final[tuple[tuple[str, Tone], ...]] = (
    ("store_total", "none"),
    ("distinct", "complete"),
    ("children", "complete"),
    ("operations", "complete"),
    ("sweeps", "complete"),
    ("missed", "none"),
    ("found_by_sweep", "none"),
    ("hidden_by_store", "none"),
    ("drift", "none"),
    ("stale", "none"),
    ("deleted", "none"),
    ("unseen", "partial"),
    ("quarantined", "partial"),
    ("incomplete_children", "partial"),
    ("withheld", "partial"),
    ("tombstones_held", "partial"),
    ("pages", "none"),
    ("short_pages", "none"),
    ("requests", "none"),
    ("retried", "none"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and how it is meant."""

    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class RunView:
    """A run on a page."""

    id: UUID
    shop: str
    resource: str
    tone: Tone
    sentence: str
    mode: str
    cause: str
    at: datetime
    started_at: datetime
    lasted: str | None
    zone: str | None
    evidence: Sequence[Said]


@dataclass(frozen=True, slots=True)
class RawView:
    """A raw object, indented where it is JSON, cut where it is long."""

    text: str
    cut: bool
    shown: int
    size: int


@dataclass(frozen=True, slots=True)
class RowView:
    """A quarantined row on a page."""

    id: UUID
    shop: str
    resource: str
    vendor_id: str | None
    reason: str
    field: str | None
    created_at: datetime
    resolved_at: datetime | None
    zone: str | None
    raw: Sequence[RawView]


@dataclass(frozen=True, slots=True)
class Tile:
    """One resource of a shop. progress: percent, while it is read and the shop says how much there is."""

    name: str
    count: int
    tone: Tone
    sentence: str
    progress: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ShopView:
    """A shop on a page."""

    id: UUID
    name: str
    host: str
    facts: Sequence[str]
    status: Said
    notice: str | None
    waiting: int
    resources: Sequence[Tile]


def run_view(t: Speech, run: Run, shop: Installation | None) -> RunView:
    """A run in the words of this language."""
    tone = tone_of(t, run)
    ended = run.finished_at or run.heartbeat_at
    return RunView(
        id=run.id,
        shop=shop.name if shop else "",
        resource=resource_name(t, run.resource),
        tone=tone,
        sentence=told(t, run, tone),
        mode=run.mode,
        cause=t(f"cause.{run.cause}") if t.knows(f"cause.{run.cause}") else run.cause,
        at=run.finished_at or run.started_at,
        started_at=run.started_at,
        lasted=t.lasted(ended - run.started_at) if ended else None,
        zone=shop.settings.timezone if shop else None,
        evidence=facts(t, run.evidence),
    )


def tone_of(t: Speech, run: Run) -> Tone:
    """The verdict as a tone; without one, whether its worker still gives signs of life."""
    match run.verdict:
        case "COMPLETE":
            return "complete"
        case "PARTIAL":
            return "partial"
        case "FAILED":
            return "failed"
        case _:
            return "running" if t.now - (run.heartbeat_at or run.started_at) < SILENT else "stale"


def told(t: Speech, run: Run, tone: Tone) -> str:
    """What a run came to, in one line."""
    if tone == "stale":
        return t("tile.silent")
    if tone == "running":
        seen, total = run.progress.get("done", 0), run.progress.get("total")
        return t("tile.running.of", seen=seen, total=total) if total else t("tile.running", seen=seen)
    if run.evidence:
        return sentence(run.evidence, "fr" if t.language == "fr" else "en")
    return run.reason or ""


def facts(t: Speech, evidence: Mapping[str, Any]) -> list[Said]:
    """The evidence in sentences. What is nought says nothing, and is not said."""
    said = []
    for name, tone in FACTS:
        n = evidence.get(name)
        if isinstance(n, list | dict):
            n = len(n)
        if isinstance(n, int) and n and not isinstance(n, bool):
            key = f"evidence.{name}"
            said.append(Said(tone, t(key, n=n) if t.knows(key) else t.count(key, n)))
    return said


def row_view(t: Speech, row: Quarantined, shop: Installation | None) -> RowView:
    """A quarantined row, its raw form readable."""
    return RowView(
        id=row.id,
        shop=shop.name if shop else "",
        resource=resource_name(t, row.resource),
        vendor_id=row.vendor_id,
        reason=row.reason,
        field=row.field,
        created_at=row.created_at,
        resolved_at=row.resolved_at,
        zone=shop.settings.timezone if shop else None,
        raw=[raw_view(raw) for raw in row.raw],
    )


def raw_view(raw: bytes) -> RawView:
    """Indented JSON, its numbers and its order untouched; anything else as the text that it is."""
    try:
        text = msgspec.json.format(raw, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = raw.decode("utf-8", "replace")
    return RawView(text[:MOST_RAW], len(text) > MOST_RAW, min(MOST_RAW, len(text)), len(text))


def shop_view(
    t: Speech,
    shop: Installation,
    title: str,
    names: Sequence[str],
    latest: Mapping[str, Run],
    counts: Mapping[str, int],
    waiting: int,
    api_expires: date | None = None,
) -> ShopView:
    """A shop with one tile for each of its resources. counts: records by resource; api_expires: when its API's version ends."""
    facts = [title, shop.settings.currency, shop.settings.timezone, api_fact(t, shop.api_version, api_expires)]
    facts.append(t("shop.webhooks") if shop.inbound["mode"] == "webhooks" else t("shop.polling"))
    return ShopView(
        id=shop.id,
        name=shop.name,
        host=urlsplit(shop.url).netloc + urlsplit(shop.url).path.rstrip("/"),
        facts=[fact for fact in facts if fact],
        status=Said("complete" if shop.status == "active" else "failed", t(f"shop.status.{shop.status}")),
        notice=notice(t, shop),
        waiting=waiting,
        resources=[tile(t, name, latest.get(name), counts.get(name, 0)) for name in names],
    )


def api_fact(t: Speech, version: str | None, expires: date | None) -> str | None:
    """The version of the vendor's API that the shop is asked with, and how long the vendor still has it."""
    if version is None or expires is None:
        return version and t("shop.api", version=version)
    days = (expires - t.now.date()).days
    return t.count("shop.api.days", days, version=version) if days >= 0 else t("shop.api.ended", version=version)


def notice(t: Speech, shop: Installation) -> str | None:
    """What the merchant should know at once."""
    if shop.status == "reconnect":
        return t("shop.notice.reconnect", reason=shop.reconnect_reason or "").strip()
    if shop.inbound["mode"] == "polling" and shop.inbound.get("reason"):
        reason = str(shop.inbound["reason"])
        return t("shop.notice.no_address") if reason == NO_PUBLIC_URL else t("shop.notice.polling", reason=reason.rstrip("."))
    return None


def tile(t: Speech, resource: str, run: Run | None, count: int) -> Tile:
    """The state of one resource."""
    name = resource_name(t, resource)
    if run is None:
        return Tile(name, count, "none", t("tile.none"), None, None)
    tone = tone_of(t, run)
    text = told(t, run, tone)
    if tone == "complete" and run.finished_at and t.now - run.finished_at > OLD:
        tone, text = "stale", f"{t('tile.stale')} {text}"
    progress = None
    if tone == "running" and (total := run.progress.get("total")):
        progress = min(100, int(run.progress.get("done", 0) * 100 / total))
    return Tile(name, count, tone, text, progress, run.finished_at or run.heartbeat_at or run.started_at)


def state(t: Speech, shops: Sequence[ShopView]) -> Said:
    """The whole in one sentence: the worst thing first."""
    tiles = [tile.tone for shop in shops for tile in shop.resources]
    if not shops:
        return Said("none", t("state.none"))
    if refused := sum(shop.status.tone == "failed" for shop in shops):
        return Said("failed", t.count("state.reconnect", refused))
    if bad := sum(tone in ("partial", "failed", "stale") for tone in tiles):
        return Said("partial", t.count("state.partial", bad))
    if "running" in tiles:
        return Said("running", t("state.running"))
    return Said("none", t("state.first")) if "none" in tiles else Said("complete", t("state.fine"))


def resource_name(t: Speech, resource: str) -> str:
    """The resource's name in this language; the connector's own word when we have none."""
    return t(f"resource.{resource}") if t.knows(f"resource.{resource}") else resource
