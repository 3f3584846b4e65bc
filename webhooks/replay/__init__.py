"""Replays: a span of an endpoint's past, sent again as a job that shows its progress, keeps to a rate and survives its worker.

`failed` sends dead letters, `all` everything that was sent or given up, `missing` what matches the endpoint now and was never in
line for it. What waits or is on its way is left as it is. A message keeps its id and its bytes.
"""

from __future__ import annotations

from webhooks.replay.verbs import Replay, begin, cancel, get, list_of

__all__ = ["Replay", "begin", "cancel", "get", "list_of"]
