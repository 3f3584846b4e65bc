"""What a run's evidence is called in words, in English and in French. Every text is filled from the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Language = Literal["en", "fr"]

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

PARTS: Final[tuple[tuple[str, Mapping[Language, str]], ...]] = (
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
READ: Final[Mapping[str, Mapping[Language, str]]] = {
    "full": {
        "en": "All {distinct} rows of the shop were read ({terminal}).",
        "fr": "Les {distinct} lignes de la boutique ont été lues ({terminal}).",
    },
    "changes": {
        "en": "All {distinct} rows changed since the last run were read ({terminal}).",
        "fr": "Les {distinct} lignes modifiées depuis la dernière synchronisation ont été lues ({terminal}).",
    },
    "export": {
        "en": "All {distinct} rows came in an export of the shop, which was read to its end.",
        "fr": "Les {distinct} lignes sont venues d’un export de la boutique, lu jusqu’au bout.",
    },
    "sweep": {
        "en": "All {distinct} ids of the shop were compared with the catalog.",
        "fr": "Les {distinct} identifiants de la boutique ont été comparés au catalogue.",
    },
}
SOME: Final[Mapping[Language, str]] = {
    "en": "{distinct} rows were read{of}.",
    "fr": "{distinct} lignes ont été lues{of}.",
}
MOST_NAMED: Final = 8  # fields in a sentence
COLON: Final[Mapping[Language, str]] = {"en": ": ", "fr": " : "}
ROWS: Final[Mapping[Language, str]] = {"en": "{} rows", "fr": "{} lignes"}
NOT_ALL: Final[Mapping[Language, str]] = {
    "en": "The shop does not show everything",
    "fr": "La boutique ne montre pas tout",
}
NOT_SHOWN: Final[Mapping[Language, str]] = {
    "en": "The shop does not show {names}; what was known of them stays",
    "fr": "La boutique ne montre pas {names} ; ce qui en était connu reste",
}
OF: Final[Mapping[Language, str]] = {"en": " of {total}", "fr": " sur {total}"}
TERMINAL: Final[Mapping[str, Mapping[Language, str]]] = {
    "total reached": {"en": "the total it counts was reached", "fr": "le total qu’elle annonce est atteint"},
    "nothing after the last row": {"en": "nothing came after the last row", "fr": "rien ne suit la dernière ligne"},
    "last page": {"en": "the shop called a page its last", "fr": "la boutique a annoncé la dernière page"},
    "the cursor came twice": {"en": "its cursor came twice", "fr": "son curseur est revenu"},
    "no new rows any more": {"en": "no new rows came any more", "fr": "plus aucune ligne nouvelle"},
}
