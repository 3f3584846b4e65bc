"""What becomes of a message after an attempt. Pure: the answer, the place in the schedule and a random number decide."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple, Protocol

LONGEST_WAIT = 86_400.0  # seconds: a Retry-After is honoured up to 24 hours
SHORT_RUNGS = 3  # so often an answer such as 400 or 404 is tried again: it is seldom cured by waiting
PASSING = frozenset({408, 425, 429})  # 4xx that say "later", not "never"
TELLING = frozenset({429, 503})  # their Retry-After is heeded
GONE = 410


class Told(Protocol):
    """What is read of `webhooks.send.answer.Answer`."""

    @property
    def status(self) -> int | None: ...
    @property
    def error(self) -> str | None: ...
    @property
    def retry_after(self) -> float | None: ...


class Fate(Enum):
    """Where the message goes."""

    DELIVERED = "delivered"
    RETRY = "retry"
    DEAD = "dead"
    GONE = "gone"  # dead, and the endpoint wants no more at all


class Verdict(NamedTuple):
    """`delay` in seconds, of a retry. `blames`: the failure says that the endpoint is not well, not that the message is wrong.

    `quiet`: seconds for which the endpoint asked to be left alone.
    """

    fate: Fate
    delay: float = 0.0
    blames: bool = False
    quiet: float = 0.0


DELIVERED = Verdict(Fate.DELIVERED)


def judge(answer: Told, step: int, schedule: Sequence[int], chance: float) -> Verdict:
    """`step`: failures before this one. `chance` from 0 to 1 spreads the wait from 80 to 120 % of the schedule's.

    A success is what has no error: a 2xx whose head came whole, its body too or cut off by us. 3xx is never followed.
    """
    status = answer.status
    if answer.error is None:
        return DELIVERED
    if status == GONE:
        return Verdict(Fate.GONE)
    refuses = status is not None and 400 <= status < 500 and status not in PASSING
    rungs = min(len(schedule), SHORT_RUNGS) if refuses else len(schedule)
    told = answer.retry_after if status in TELLING else None
    quiet = min(told, LONGEST_WAIT) if told is not None and told > 0 else 0.0
    if step >= rungs:
        return Verdict(Fate.DEAD, blames=not refuses, quiet=quiet)
    delay = schedule[step] * (0.8 + 0.4 * chance)
    if quiet > delay:
        delay = min(LONGEST_WAIT, quiet * (1 + 0.1 * chance))  # never before the time it named, or than 24 hours from now
    return Verdict(Fate.RETRY, delay, not refuses, quiet)
