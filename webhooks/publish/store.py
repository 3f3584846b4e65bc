"""Writing events and their messages in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hub import outbox
from hub.db.unit import Unit
from webhooks.card import Card, Partners
from webhooks.intake import Intake
from webhooks.publish.draft import Draft, matched
from webhooks.publish.lines import Line


class Stored:
    """What was written. With an intake, call `hand_over` once the unit has committed, `give_back` when it did not."""

    __slots__ = ("at", "counts", "first", "ids", "line")

    def __init__(self, ids: list[UUID], first: int, at: datetime, counts: list[int], line: Line) -> None:
        self.ids = ids
        self.first = first  # position of the first; the others follow without gaps
        self.at = at
        self.counts = counts  # messages of each
        self.line = line

    def hand_over(self) -> None:
        self.line.hand_over()

    def give_back(self) -> None:
        self.line.give_back()


async def put(
    unit: Unit,
    partners: Partners,
    drafts: Sequence[Draft],
    intake: Intake | None = None,
    *,
    cards: Sequence[Sequence[Card]] | None = None,
) -> Stored:
    """Append the drafts to the log and put their messages into line, in the unit's transaction. At least one draft.

    `partners` is what the book knows of the unit's organisation; `cards`, the endpoints of each draft where they are matched
    already. Without an intake every message is left to whichever dispatcher comes first, and nothing is to be done afterwards.
    """
    told = await outbox.append(unit, [_event(draft) for draft in drafts])
    first = told.position - len(drafts) + 1
    line = Line(partners.org, intake)
    counts: list[int] = []
    try:
        for nth, draft in enumerate(drafts):
            wanted = cards[nth] if cards is not None else matched(partners, draft)
            counts.append(len(wanted))
            if wanted:
                await line.add(
                    unit, wanted, told.ids[nth], first + nth, draft.type, told.at, draft.data, draft.order_key, draft.why
                )
        await line.flush(unit)
    except BaseException:
        line.give_back()
        raise
    return Stored(told.ids, first, told.at, counts, line)


def _event(draft: Draft) -> outbox.EventDraft:
    return outbox.EventDraft(
        draft.type, draft.cause, installation=draft.installation, data=draft.data, audience=draft.application,
        order_key=draft.order_key,
    )  # fmt: skip
