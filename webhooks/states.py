"""The numbers that stand in `message.state` and in `message.cause`."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class State(IntEnum):
    """Where a message is on its way."""

    WAITING = 0  # in the table, nobody's
    HELD = 1  # by the dispatcher that `owner` names
    DELIVERED = 2
    DEAD = 3  # given up: a dead letter
    EXPIRED = 4  # its payload was gone before it could be sent
    CANCELLED = 5  # its endpoint was deleted


class Cause(IntEnum):
    """Why a message is in line; an attempt bears the same number."""

    EVENT = 0
    RESEND = 1
    REPLAY = 2
    TEST = 3


#: What waits, said so that both indexes of waiting messages are found: that of the others, and that of the ordered ones.
WAITING: Final = "(state = 0 and (shard is null or (shard is not null and state < 2)))"
