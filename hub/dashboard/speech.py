"""English and French: sentences from the catalogues in `words/`, numbers and dates as the language writes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal
from fastapi import Request
from markupsafe import Markup

LANGUAGES: Final = ("en", "fr")
COOKIE: Final = "luneo-language"
FOLDER: Final = Path(__file__).parent / "words"


@lru_cache(maxsize=8)
def catalogue(language: str, folder: Path = FOLDER) -> dict[str, str]:
    """All sentences of a language by key. Other pages have a folder of their own."""
    words: dict[str, str] = json.loads((folder / f"{language}.json").read_text("utf-8"))
    return words


@dataclass(frozen=True, slots=True)
class Speech:
    """One language, at one moment: what templates speak with."""

    language: str
    now: datetime
    folder: ClassVar[Path] = FOLDER

    @property
    def locale(self) -> Locale:
        """Babel's own. English is written the British way: day before month, 24 hours."""
        return Locale.parse("en_GB" if self.language == "en" else "fr_FR")

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence of a key. Numbers among the values are written as the language does."""
        return catalogue(self.language, self.folder)[key].format(**{name: self._said(value) for name, value in values.items()})

    def count(self, key: str, n: int, **values: Any) -> str:
        """The sentence for a number of things: `key.one` or `key.other`; in French nothing is singular too."""
        form = f"{key}.{self.locale.plural_form(n)}"  # French has a form "many" too, for millions: we say it like the others
        return self(form if self.knows(form) else f"{key}.other", n=n, **values)

    def knows(self, key: str) -> bool:
        """Whether there is a sentence of that key."""
        return key in catalogue(self.language, self.folder)

    def number(self, value: float) -> str:
        """1,234 or 1 234."""
        return format_decimal(value, locale=self.locale)

    def time(self, moment: datetime, zone: str | None = None) -> str:
        """A moment in the shop's time zone, or UTC, which is then said."""
        where: tzinfo = _zone(zone)
        text = format_datetime(moment, "d MMM y, HH:mm", tzinfo=where, locale=self.locale)
        return text if zone else f"{text} UTC"

    def ago(self, moment: datetime) -> Markup:
        """How long ago, with the moment itself for machines and for the pointer."""
        past = min(moment - self.now, timedelta(0))
        text = (
            self("just_now") if past > timedelta(seconds=-5) else format_timedelta(past, add_direction=True, locale=self.locale)
        )
        machine = moment.astimezone(UTC).isoformat(timespec="seconds")
        return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, self.time(moment), text)

    def lasted(self, span: timedelta) -> str:
        """A duration: 0.8 s, 12 s, 3 min."""
        seconds = span.total_seconds()
        if seconds < 10:
            return f"{format_decimal(round(seconds, 1), locale=self.locale)} s"
        if seconds < 100:
            return f"{format_decimal(round(seconds), locale=self.locale)} s"
        return f"{format_decimal(round(seconds / 60), locale=self.locale)} min"

    def _said(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        return self.number(value)


def language_of(request: Request) -> str:
    """The language of a request: `?lang=`, then the cookie of an earlier choice, then what the browser prefers, then English."""
    for wish in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return wish
    return preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> str:
    """The first of our languages by a browser's preference.

    >>> preferred("de, fr-CA;q=0.9, en;q=0.8"), preferred("fr;q=0, *"), preferred("")
    ('fr', 'en', 'en')
    """
    wishes = []
    for place, part in enumerate(header.split(",")):
        tag, _, rest = part.strip().partition(";")
        quality = rest.strip().removeprefix("q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        wishes.append((-weight, place, tag.lower().partition("-")[0]))
    return next((tag for weight, _, tag in sorted(wishes) if weight < 0 and tag in LANGUAGES), LANGUAGES[0])


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
