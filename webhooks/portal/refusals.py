"""What the verbs say when they refuse, in French: they speak English, and say exactly what is wrong.

`words/refusals.fr.json` holds patterns of their sentences, tried in its order; what a group holds is the partner's own text. A
sentence that is not known there is shown as it is, marked as English.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

WORDS = Path(__file__).parent / "words" / "refusals.fr.json"


@cache
def french() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of English sentences, each with the French one."""
    return tuple((re.compile(pattern), told) for pattern, told in json.loads(WORDS.read_text("utf-8")).items())


def in_french(words: str) -> str | None:
    """The refusal in French; None when it is not known.

    >>> in_french("/url 'https://10.0.0.1/': 10.0.0.1 is not a public address (private)")
    '10.0.0.1 n’est pas une adresse publique.'
    """
    for pattern, told in french():
        if found := pattern.search(words):
            return found.expand(told)
    return None
