"""How an endpoint fares, in words and as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from hub.db.unit import Unit
from webhooks.log import health as log
from webhooks.partners.endpoints import Endpoint
from webhooks.portal.picture import Day, day_of
from webhooks.portal.speech import Said

Tone = Literal["complete", "partial", "failed", "paused", "running", "none"]

MANY: Final = 5  # failures in a row
BY_ITSELF: Final = ("gone", "failing")  # disabled by the hub, not by anybody's wish
REASONS: Final = ("partner", "operator", "pull", *BY_ITSELF)


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict, why, when it last worked, and what lies in line or was given up, as far as that is counted."""

    tone: Tone
    word: str
    why: str
    last_success: datetime | None
    waiting: int
    dead: int
    day: Day


async def health_of(unit: Unit, t: Said, endpoint: Endpoint) -> Health:
    """How this endpoint fares now."""
    known = await log.health_of(unit, endpoint.id)
    tone, word, why = judged(t, endpoint, known)
    return Health(tone, t(word), why, known.last_success_at, known.waiting, known.dead, await day_of(unit, t, endpoint.id))


def judged(t: Said, endpoint: Endpoint, known: log.Health) -> tuple[Tone, str, str]:
    """The tone, the key of the verdict in a word or two, and the sentence that says why."""
    if not endpoint.enabled:
        reason = endpoint.disabled_reason if endpoint.disabled_reason in REASONS else "operator"
        stopped = reason in BY_ITSELF
        return ("failed", "health.stopped", t(f"health.disabled.{reason}")) if stopped else (
            "paused", "health.disabled", t(f"health.disabled.{reason}")
        )  # fmt: skip
    if known.failures:
        why = t.count("health.failing.why", known.failures)
        if known.last_error:
            why = f"{why} {fault_word(t, known.last_error)}"
        return ("failed", "health.failed", why) if known.failures >= MANY else ("partial", "health.partial", why)
    tone: Tone = "complete" if known.last_success_at else "none"
    return tone, f"health.{tone}", t(f"health.{tone}.why")


def fault_word(t: Said, error: str) -> str:
    """What stood in the way of an attempt, in this language; the word itself when we have no sentence for it."""
    word = error.partition(":")[0].strip()
    return t(f"fault.{word}") if t.knows(f"fault.{word}") else error
