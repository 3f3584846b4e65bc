"""An event on its way into the log, and which endpoints it is for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from webhooks.card import Card, Partners
from webhooks.states import Cause

_decode = msgspec.json.Decoder().decode


class Draft(msgspec.Struct, gc=False):
    """A fact for one application.

    data: JSON as its author wrote it. only: this endpoint alone, whatever it subscribes to (a test, a notice). why: what stands
    in `message.cause`.
    """

    type: str
    data: bytes
    application: UUID
    order_key: str | None = None
    installation: UUID | None = None
    cause: str = "api"
    only: UUID | None = None
    why: int = Cause.EVENT


def matched(partners: Partners, draft: Draft) -> Sequence[Card]:
    """The endpoints of the draft's application that want it. Disabled ones too: theirs wait until they are enabled."""
    cards = partners.applications.get(draft.application, ())
    if draft.only is not None:
        return [card for card in cards if card.id == draft.only]
    type, installation, cause = draft.type, draft.installation, draft.cause
    found = [card for card in cards if card.takes(type, installation, cause)]
    if any(card.wants is not None for card in found):
        data = _decode(draft.data)
        found = [card for card in found if card.wants is None or card.wants(data)]
    return found
