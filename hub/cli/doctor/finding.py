"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hub.errors import HubError

Level = Literal["green", "amber", "red"]


@dataclass(frozen=True, slots=True)
class Finding:
    """green: well; amber: works, but know this; red: something does not work until it is changed."""

    level: Level
    about: str
    words: str
    hint: str = ""


def green(about: str, words: str, hint: str = "") -> Finding:
    """All is well."""
    return Finding("green", about, words, hint)


def amber(about: str, words: str, hint: str = "") -> Finding:
    """It works; there is something to know."""
    return Finding("amber", about, words, hint)


def red(about: str, error: Exception | str) -> Finding:
    """What does not work, in the error's own words."""
    if isinstance(error, HubError):
        return Finding("red", about, error.message, error.hint)
    return Finding("red", about, str(error) or type(error).__name__)
