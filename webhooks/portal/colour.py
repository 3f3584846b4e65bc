"""Colours as WCAG sees them: how much two of them differ in light, and what comes of an accent in both themes."""

from __future__ import annotations

import re
from typing import Final

from hub.errors import Unprocessable

ENOUGH: Final = 4.5  # WCAG 2.2, 1.4.3 (AA), text
FORM: Final = re.compile(r"#[0-9a-fA-F]{6}")

WHITE: Final = "#ffffff"  # the text on buttons
LIGHT_GROUND: Final = "#f0f0f3"  # no ground of the light theme that carries links is darker
DARK_GROUND: Final = "#242428"  # nor any of the dark theme lighter


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`: 0 for black, 1 for white (WCAG's definition)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 to 21.

    >>> round(contrast("#000000", "#ffffff"), 1), round(contrast("#d4af37", "#ffffff"), 1)
    (21.0, 2.1)
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(colour: str, other: str, share: float) -> str:
    """So much of the other colour in this one.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = [(int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def readable(colour: str, towards: str, *grounds: str) -> str:
    """The colour itself, or with as much of `towards` (black on light grounds, white on dark) as reading asks for."""
    tries = (mixed(colour, towards, step / 50) for step in range(51))
    return next(tried for tried in tries if all(contrast(tried, ground) >= ENOUGH for ground in grounds))


def checked(accent: str) -> str:
    """The accent in small letters. Raises Unprocessable(field="accent") for what is no colour, or too light for its text."""
    if not FORM.fullmatch(accent):
        raise Unprocessable(f"accent {accent[:40]!r} is no colour:", hint="write it as #rrggbb, such as #0a5c46.", field="accent")
    accent = accent.lower()
    found = contrast(accent, WHITE)
    if found < ENOUGH:
        near = readable(accent, "#000000", WHITE)
        raise Unprocessable(
            f"accent {accent} carries white text with a contrast of {int(found * 100) / 100}:1, and WCAG AA asks for {ENOUGH}:1:",
            hint=f"take a darker colour; {near} is the nearest that does.",
            field="accent",
            contrast=round(found, 2),
            nearest=near,
        )
    return accent
