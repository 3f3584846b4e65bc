"""The language of a portal page: what the visitor chose, what the link said, what the browser prefers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final

from fastapi import Request
from markupsafe import Markup

from hub.dashboard.speech import LANGUAGES, Speech, preferred

COOKIE: Final = "luneo-portal-language"


@dataclass(frozen=True, slots=True)
class Said(Speech):
    """`hub.dashboard.speech.Speech` with the portal's own sentences."""

    folder: ClassVar[Path] = Path(__file__).parent / "words"

    def moment(self, moment: datetime) -> Markup:
        """A moment in full, for machines too."""
        machine = moment.astimezone(UTC).isoformat(timespec="milliseconds")
        return Markup('<time datetime="{}">{}</time>').format(machine, self.time(moment))


def speech_of(request: Request, passed: str | None = None) -> Said:
    """The language of this request; passed: what the link asked for."""
    for wish in (request.query_params.get("lang"), request.cookies.get(COOKIE), passed):
        if wish in LANGUAGES:
            return Said(wish, datetime.now(UTC))
    return Said(preferred(request.headers.get("accept-language", "")), datetime.now(UTC))
