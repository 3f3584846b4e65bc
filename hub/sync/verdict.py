"""The verdict on a run, judged on its evidence alone, and the sentences that say it to people.

COMPLETE needs proof: the terminal signal seen, the store's total reached or every gap explained by two equal id sweeps, every
nested list drained, at most 1 % and 100 rows in quarantine. Anything less is PARTIAL, and the watermark does not move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from hub.sync.words import (
    COLON,
    FAILURES,
    LIMITED,
    MOST_NAMED,
    NOT_ALL,
    NOT_SHOWN,
    OF,
    PARTS,
    READ,
    ROWS,
    SOME,
    TERMINAL,
    TROUBLES,
    Language,
)

MOST_QUARANTINED: Final = 100
SHARE_QUARANTINED: Final = 0.01
OTHER: Final = "/ext"  # what no canonical field takes: nobody knows it by this name


@dataclass(frozen=True, slots=True)
class Verdict:
    """COMPLETE, PARTIAL or FAILED; `reason` says why in one English line."""

    word: Literal["COMPLETE", "PARTIAL", "FAILED"]
    reason: str


def judge(evidence: Mapping[str, Any]) -> Verdict:
    """The verdict on this evidence."""
    trouble = trouble_in(evidence)
    if trouble is None:
        return Verdict("COMPLETE", sentence(evidence, "en"))
    return Verdict("FAILED" if trouble in FAILURES else "PARTIAL", _fill(TROUBLES[trouble]["en"], evidence, "en"))


def trouble_in(evidence: Mapping[str, Any]) -> str | None:
    """The first thing that keeps a run from being COMPLETE, as a key of TROUBLES."""
    if named := evidence.get("trouble"):
        return str(named)
    if not evidence.get("proven"):
        return "restless"
    if evidence.get("incomplete_children"):
        return "incomplete"
    quarantined, rows = evidence.get("quarantined", 0), evidence.get("rows_seen", 0)
    if quarantined > MOST_QUARANTINED or quarantined > rows * SHARE_QUARANTINED:
        return "quarantine"
    if evidence.get("tombstones_held"):
        return "held"
    return LIMITED if evidence.get("limited") else None


def sentence(evidence: Mapping[str, Any], language: Language) -> str:
    """What happened and why it is believed, in one or two sentences."""
    trouble = trouble_in(evidence)
    parts = [_fill(text[language], evidence, language) for name, text in PARTS if evidence.get(name)]
    tail = f" {', '.join(parts)[:1].upper()}{', '.join(parts)[1:]}." if parts else ""
    if trouble is None:
        return _fill(READ[evidence.get("reading", "full")][language], evidence, language) + tail + _kept_back(evidence, language)
    read = "" if trouble in FAILURES and not evidence.get("distinct") else " " + _fill(SOME[language], evidence, language) + tail
    note = _kept_back(evidence, language, reason=trouble != LIMITED)
    return _fill(TROUBLES[trouble][language], evidence, language) + read + note


def _kept_back(evidence: Mapping[str, Any], language: Language, *, reason: bool = True) -> str:
    """What the shop did not show, in a sentence; empty when it shows everything."""
    unseen, why = evidence.get("unseen") or {}, _sight(evidence, language) if reason else ""
    if not unseen and not why:
        return ""
    end = f"{COLON[language]}{why}." if why else "."
    return f" {(NOT_SHOWN if unseen else NOT_ALL)[language].format(names=_named(unseen, language))}{end}"


def _named(unseen: Mapping[str, int], language: Language) -> str:
    """Fields as the API names them, the most often missed first; with how many rows came without, once where all are alike.

    >>> _named({"/ext": 4, "/buyer/email": 12, "/phone": 12}, "en"), _named({"/note": 2, "/email": 1000}, "en")
    ('buyer.email, phone (12 rows)', 'email (1,000 rows), note (2 rows)')
    """
    fields = sorted(((name, rows) for name, rows in unseen.items() if name != OTHER or len(unseen) == 1), key=lambda one: -one[1])
    alike = len({rows for _, rows in fields}) == 1
    said = [ROWS[language].format(_number(rows, language)) for _, rows in fields]
    names = [name.lstrip("/").replace("/", ".") for name, _ in fields]
    many = names if alike else [f"{name} ({rows})" for name, rows in zip(names, said, strict=True)]
    return ", ".join(many[:MOST_NAMED]) + ("…" if len(many) > MOST_NAMED else "") + (f" ({said[0]})" if alike else "")


def _sight(evidence: Mapping[str, Any], language: Language) -> str:
    """Why the shop does not show everything, in this language where the connector says it so."""
    return str((evidence.get("sight_fr") if language == "fr" else None) or evidence.get("sight") or "").rstrip(".")


def _fill(text: str, evidence: Mapping[str, Any], language: Language) -> str:
    words: dict[str, Any] = {name: _number(value, language) for name, value in evidence.items()}
    total = evidence.get("store_total")
    words["of"] = "" if total is None else OF[language].format(total=_number(total, language))
    terminal = str(evidence.get("terminal") or "")
    words["terminal"] = TERMINAL.get(terminal, {language: terminal})[language]
    words["sweeps"] = evidence.get("sweeps", 0)
    words["message"] = str(evidence.get("message", "")).rstrip(".") + "."
    words["sight"] = _sight(evidence, language) + "."
    words["export_failed"] = str(evidence.get("export_failed", "")).rstrip(".")
    return text.format_map(_Known(words))


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def _number(value: Any, language: Language) -> Any:
    """Thousands apart: 12,345 in English, 12 345 with a narrow no-break space in French."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return f"{value:,}" if language == "en" else f"{value:,}".replace(",", "\u202f")
