"""What connectors' mappings share: opening a vendor's row, reading its fields, and saying what is wrong with one. Pure.

Lenient on what is missing, strict on the type of what is there. Every reader takes the raw dict and a key; the pointer of a wrong
value is completed on the way out (`WrongValue.under`). Empty text, null and an absent key all say "nothing" and are left out of
the canonical form.
"""

from hub.mapping.opening import Torn, opened, readable
from hub.mapping.reading import LONGEST, decimal_text, flag, instant, text, texts
from hub.mapping.wrong import WrongValue, shortened, skipped, wrong

__all__ = [
    "LONGEST",
    "Torn",
    "WrongValue",
    "decimal_text",
    "flag",
    "instant",
    "opened",
    "readable",
    "shortened",
    "skipped",
    "text",
    "texts",
    "wrong",
]
