"""Secrets that are looked for wherever they must not stand."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from urllib.parse import quote


def disguises(canary: str) -> set[str]:
    """A secret as it might stand somewhere: plain, in a URL, in base64, in PostgreSQL's hexadecimal."""
    raw = canary.encode()
    coded = {base64.b64encode(bytes(shift) + raw).decode()[4:-4] for shift in range(3)}  # wherever in the text it began
    return {canary, quote(canary, safe=""), raw.hex(), *coded}


def found(text: str, canaries: Iterable[str]) -> str | None:
    """The line in which a secret stands, with the secret struck out; None when there is none."""
    for canary in canaries:
        for disguise in disguises(canary):
            if (at := text.find(disguise)) >= 0:
                line = text[max(0, at - 120) : at + len(disguise) + 60].replace(disguise, "***")
                return " ".join(line.split())
    return None
