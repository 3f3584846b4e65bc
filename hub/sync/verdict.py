"""The verdict on a run, judged on its evidence alone, and the sentences that say it to people.

COMPLETE needs proof: the terminal signal seen, the store's total reached or every gap explained by two equal id sweeps, every
nested list drained, at most 1 % and 100 rows in quarantine. Anything less is PARTIAL, and the watermark does not move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Language = Literal["en", "fr"]
MOST_QUARANTINED: Final = 100
SHARE_QUARANTINED: Final = 0.01

#: What keeps a run from being COMPLETE. Every text is filled from the evidence.
TROUBLES: Final[Mapping[str, Mapping[Language, str]]] = {
    "gave_up": {
        "en": "The shop did not answer in {tries} tries: {message} The next run goes on from here.",
        "fr": "La boutique n’a pas répondu en {tries} essais : {message} La prochaine synchronisation reprendra ici.",
    },
    "restless": {
        "en": "The shop’s list kept changing through {sweeps} id sweeps, so nothing could be proved.",
        "fr": "La liste de la boutique a changé pendant {sweeps} relevés d’identifiants : rien n’a pu être prouvé.",
    },
    "cut_short": {
        "en": "The shop’s list ends after fewer rows than the {store_total} that it counts, in every id sweep alike.",
        "fr": "La liste de la boutique s’arrête avant les {store_total} lignes qu’elle annonce, à chaque relevé d’identifiants.",
    },
    "withheld": {
        "en": "{withheld} rows are in the shop’s list of ids but are not given when asked for.",
        "fr": "{withheld} lignes figurent dans la liste des identifiants de la boutique mais ne sont pas livrées.",
    },
    "incomplete": {
        "en": "The nested objects of {incomplete_children} rows did not all come.",
        "fr": "Les objets imbriqués de {incomplete_children} lignes ne sont pas tous arrivés.",
    },
    "quarantine": {
        "en": "{quarantined} rows are in quarantine, more than 1 % or more than 100.",
        "fr": "{quarantined} lignes sont en quarantaine : plus de 1 % ou plus de 100.",
    },
    "held": {
        "en": "{tombstones_held} of {live} records would be deleted; they are held until you confirm (luneo deletions).",
        "fr": "{tombstones_held} fiches sur {live} seraient supprimées ; elles attendent votre confirmation (luneo deletions).",
    },
    "refused": {
        "en": "The shop no longer accepts our credentials: {message}",
        "fr": "La boutique n’accepte plus nos identifiants : {message}",
    },
    "failed": {"en": "It failed: {message}", "fr": "Échec : {message}"},
    "limited": {
        "en": "The shop does not show everything: {sight}",
        "fr": "La boutique ne montre pas tout : {sight}",
    },
    "stopped": {
        "en": "It was stopped. The next run goes on from here.",
        "fr": "Elle a été arrêtée. La prochaine synchronisation reprendra ici.",
    },
}
LIMITED: Final = "limited"  # everything that the shop shows was read, and it does not show everything
FAILURES: Final = frozenset({"refused", "failed"})

_PARTS: Final[tuple[tuple[str, Mapping[Language, str]], ...]] = (
    ("inserted", {"en": "{inserted} new", "fr": "{inserted} nouvelles"}),
    ("updated", {"en": "{updated} changed", "fr": "{updated} modifiées"}),
    ("unchanged", {"en": "{unchanged} as before", "fr": "{unchanged} inchangées"}),
    ("deleted", {"en": "{deleted} deleted", "fr": "{deleted} supprimées"}),
    ("missed", {"en": "{missed} of these had been missed and are repaired",
                "fr": "{missed} d’entre elles avaient été manquées et sont réparées"}),
    ("children", {"en": "{children} nested objects drained", "fr": "{children} objets imbriqués lus"}),
    ("quarantined", {"en": "{quarantined} in quarantine", "fr": "{quarantined} en quarantaine"}),
    ("hidden_by_store", {
        "en": "{hidden_by_store} counted by the shop but never shown, the same in two id sweeps",
        "fr": "{hidden_by_store} comptées par la boutique mais jamais montrées, les mêmes dans deux relevés",
    }),
    ("drift", {"en": "the list moved while it was read (noticed {drift}×) and was proved by an id sweep",
               "fr": "la liste a bougé pendant la lecture ({drift} fois), vérifiée par un relevé d’identifiants"}),
    ("export_failed", {"en": "read by pages, for its export failed: {export_failed}",
                       "fr": "lue par pages, car son export a échoué : {export_failed}"}),
    ("stale", {"en": "{stale} overtaken by newer ones", "fr": "{stale} dépassées par de plus récentes"}),
)  # fmt: skip
_READ: Final[Mapping[str, Mapping[Language, str]]] = {
    "full": {
        "en": "All {distinct} rows of the shop were read ({terminal}).",
        "fr": "Les {distinct} lignes de la boutique ont été lues ({terminal}).",
    },
    "changes": {
        "en": "All {distinct} rows changed since the last run were read ({terminal}).",
        "fr": "Les {distinct} lignes modifiées depuis la dernière synchronisation ont été lues ({terminal}).",
    },
    "export": {
        "en": "All {distinct} rows came in an export of the shop ({terminal}).",
        "fr": "Les {distinct} lignes sont venues d’un export de la boutique ({terminal}).",
    },
    "sweep": {
        "en": "All {distinct} ids of the shop were compared with the catalog.",
        "fr": "Les {distinct} identifiants de la boutique ont été comparés au catalogue.",
    },
}
_SOME: Final[Mapping[Language, str]] = {
    "en": "{distinct} rows were read{of}.",
    "fr": "{distinct} lignes ont été lues{of}.",
}
MOST_NAMED: Final = 8  # fields in a sentence
_COLON: Final[Mapping[Language, str]] = {"en": ": ", "fr": " : "}
_ROWS: Final[Mapping[Language, str]] = {"en": "{} rows", "fr": "{} lignes"}
_NOT_ALL: Final[Mapping[Language, str]] = {
    "en": "The shop does not show everything",
    "fr": "La boutique ne montre pas tout",
}
_NOT_SHOWN: Final[Mapping[Language, str]] = {
    "en": "The shop does not show {names}; what was known of them stays",
    "fr": "La boutique ne montre pas {names} ; ce qui en était connu reste",
}
_OF: Final[Mapping[Language, str]] = {"en": " of {total}", "fr": " sur {total}"}
_TERMINAL: Final[Mapping[str, Mapping[Language, str]]] = {
    "total reached": {"en": "the total it counts was reached", "fr": "le total qu’elle annonce est atteint"},
    "nothing after the last row": {"en": "nothing came after the last row", "fr": "rien ne suit la dernière ligne"},
    "last page": {"en": "the shop called a page its last", "fr": "la boutique a annoncé la dernière page"},
    "the cursor came twice": {"en": "its cursor came twice", "fr": "son curseur est revenu"},
    "no new rows any more": {"en": "no new rows came any more", "fr": "plus aucune ligne nouvelle"},
}


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
    parts = [_fill(text[language], evidence, language) for name, text in _PARTS if evidence.get(name)]
    tail = f" {', '.join(parts)[:1].upper()}{', '.join(parts)[1:]}." if parts else ""
    if trouble is None:
        return _fill(_READ[evidence.get("reading", "full")][language], evidence, language) + tail + _kept_back(evidence, language)
    read = "" if trouble in FAILURES and not evidence.get("distinct") else " " + _fill(_SOME[language], evidence, language) + tail
    note = _kept_back(evidence, language, reason=trouble != LIMITED)
    return _fill(TROUBLES[trouble][language], evidence, language) + read + note


def _kept_back(evidence: Mapping[str, Any], language: Language, *, reason: bool = True) -> str:
    """What the shop did not show, in a sentence; empty when it shows everything."""
    unseen, why = evidence.get("unseen") or {}, evidence.get("sight") if reason else None
    if not unseen and not why:
        return ""
    many = [f"{name} ({_ROWS[language].format(_number(rows, language))})" for name, rows in unseen.items()]
    names = ", ".join(many[:MOST_NAMED]) + ("…" if len(many) > MOST_NAMED else "")
    end = f"{_COLON[language]}{str(why).rstrip('.')}." if why else "."
    return f" {(_NOT_SHOWN if unseen else _NOT_ALL)[language].format(names=names)}{end}"


def _fill(text: str, evidence: Mapping[str, Any], language: Language) -> str:
    words: dict[str, Any] = {name: _number(value, language) for name, value in evidence.items()}
    total = evidence.get("store_total")
    words["of"] = "" if total is None else _OF[language].format(total=_number(total, language))
    terminal = str(evidence.get("terminal") or "")
    words["terminal"] = _TERMINAL.get(terminal, {language: terminal})[language]
    words["sweeps"] = evidence.get("sweeps", 0)
    words["message"] = str(evidence.get("message", "")).rstrip(".") + "."
    words["sight"] = str(evidence.get("sight", "")).rstrip(".") + "."
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
