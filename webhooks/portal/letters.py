"""Messages and attempts as pages show them. What a partner's server answered is text, whatever it says it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

import msgspec

from webhooks.log.attempts import Attempt
from webhooks.log.messages import Message
from webhooks.portal.health import Tone, fault_word
from webhooks.portal.speech import Said
from webhooks.states import Cause, State

#: What can be filtered by, and the states behind it.
STATES: Final = {
    "waiting": (State.WAITING, State.HELD),
    "delivered": (State.DELIVERED,),
    "dead": (State.DEAD,),
    "expired": (State.EXPIRED,),
    "cancelled": (State.CANCELLED,),
}
TONES: Final[dict[State, Tone]] = {
    State.WAITING: "running", State.HELD: "running", State.DELIVERED: "complete", State.DEAD: "failed",
    State.EXPIRED: "none", State.CANCELLED: "none",
}  # fmt: skip
CAUSES: Final = {Cause.RESEND: "resend", Cause.REPLAY: "replay", Cause.TEST: "test"}
SOON: Final = timedelta(seconds=30)
MOST_TEXT: Final = 40_000  # characters of a payload on a page


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message on a page. moving: something will happen to it within seconds."""

    id: str
    type: str
    tone: Tone
    word: str
    why: str
    at: datetime
    due_at: datetime | None
    order_key: str | None
    resendable: bool
    moving: bool


@dataclass(frozen=True, slots=True)
class AttemptView:
    """An attempt on a page."""

    n: int
    tone: Tone
    word: str
    why: str
    at: datetime
    lasted: str
    address: str | None
    headers: str
    body: str
    note: str


@dataclass(frozen=True, slots=True)
class TextView:
    """A long text, cut where it is too long. Sizes in characters."""

    text: str
    cut: bool
    shown: int
    size: int


def message_view(t: Said, message: Message, *, payload: bool = True, enabled: bool = True) -> MessageView:
    """The message in the words of this language."""
    waits = message.state in STATES["waiting"]
    tried = waits and message.attempts > 0
    word = "retrying" if tried else next(key for key, states in STATES.items() if message.state in states)
    due = message.due_at if message.state is State.WAITING and tried else None
    return MessageView(
        message.id,
        message.type,
        "partial" if tried else TONES[message.state],
        t(f"state.{word}"),
        t.count("message.tries", message.attempts),
        message.created_at,
        due,
        message.order_key,
        payload and enabled and message.state is not State.HELD,
        waits and (due is None or due < t.now + SOON),
    )


def attempt_view(t: Said, attempt: Attempt) -> AttemptView:
    """The attempt in the words of this language."""
    good = attempt.error is None
    if attempt.status is not None:
        why = t("attempt.good" if good else "attempt.bad", status=status_line(attempt.status))
    else:
        why = fault_word(t, attempt.error or "")
    if attempt.cause in CAUSES:
        why = f"{why} {t(f'attempt.cause.{CAUSES[attempt.cause]}')}"
    held = len((attempt.body or "").encode())
    note = t("attempt.cut", shown=held, size=attempt.size) if attempt.size is not None and attempt.size > held > 0 else ""
    return AttemptView(
        attempt.n,
        "complete" if good else "failed",
        str(attempt.status) if attempt.status is not None else t("attempt.no_answer"),
        why,
        attempt.at,
        t.lasted(timedelta(milliseconds=attempt.ms)),
        attempt.address,
        printable("\n".join(f"{name}: {value}" for name, value in attempt.headers or ())),
        printable(attempt.body or ""),
        note,
    )


def status_line(status: int) -> str:
    """404 Not Found; the number alone where it has no name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def text_view(body: bytes) -> TextView:
    """Indented JSON, its numbers and its order untouched; anything else as the text that it is."""
    try:
        text = msgspec.json.format(body, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body.decode("utf-8", "replace")
    return TextView(text[:MOST_TEXT], len(text) > MOST_TEXT, min(len(text), MOST_TEXT), len(text))


def printable(text: str) -> str:
    """Control characters made visible: what a stranger sent must not reorder or hide what a page says."""
    return "".join(one if one.isprintable() or one in "\n\t\r" else "\ufffd" for one in text)


def utc(moment: datetime) -> str:
    """As a form's field has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
