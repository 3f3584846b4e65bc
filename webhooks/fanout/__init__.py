"""Canonical events on their way to partners: from the log, by the cursor `webhooks`, into messages; once, whoever does it."""

from __future__ import annotations

from webhooks.fanout.fanout import Fanout, fanning

__all__ = ["Fanout", "fanning"]
