"""What the verbs say when they refuse, in French: they speak English, and say exactly what is wrong.

A sentence that is not known here is shown as it is, marked as English.
"""

from __future__ import annotations

import re
from typing import Final

# In the order in which they are tried. What a group holds is the partner's own text.
FRENCH: Final = tuple(
    (re.compile(pattern), told)
    for pattern, told in (
        (r"hub's own address", "C’est l’adresse de ce hub lui-même\u00a0: les messages tourneraient en rond."),
        (r"must begin with https://", "Elle doit commencer par https://."),
        (r"is longer than ([\d,]+) characters", r"Elle dépasse \1 caractères."),
        (r"holds a space, a line break", "Elle contient une espace, un saut de ligne ou un caractère invisible."),
        (r"holds a character that URLs do not have", "Elle contient un caractère qui n’existe pas dans une URL."),
        (r"has a fragment", "Elle contient un fragment (#), qui n’est jamais envoyé."),
        (
            r"carries a user name or a password",
            "Elle contient un nom d’utilisateur ou un mot de passe\u00a0: prenez un en-tête.",
        ),
        (r"cannot be read; it must look like", "Elle est illisible\u00a0; elle ressemble à https://partenaire.example/hooks."),
        (r"is a number in disguise", "C’est un nombre déguisé\u00a0: une adresse s’écrit en quatre nombres décimaux."),
        (r"its host ends with a dot", "Son hôte se termine par un point."),
        (r"its host is not a name|its host is percent-encoded", "Son hôte n’est pas un nom."),
        (r"its host holds (\S+), which only looks like (\S+)", r"Son hôte contient \1, qui ressemble seulement à \2."),
        (r"address has a zone|not an IPv6 address", "L’adresse entre crochets n’est pas une adresse IPv6 utilisable."),
        (r"port (\S+) does not exist", r"Le port \1 n’existe pas."),
        (r"nothing speaks HTTP on port (\d+)", r"Rien ne parle HTTP sur le port \1."),
        (r"(\S+) is not a public address", r"\1 n’est pas une adresse publique."),
        (r"(\S+) is a name inside a network", r"\1 est un nom interne à un réseau, pas sur Internet."),
        (r"'([^']*)': there is no such event type", r"\1 n’existe pas parmi les types d’événement."),
        (r"choose 1 to ([\d,]+) attempts per second", r"Choisissez de 1 à \1 tentatives par seconde."),
        (r"choose 1 to \d+ seconds \(seven days\)", "Chaque attente va d’une seconde à sept jours."),
        (r"name 1 to (\d+), or null for the hub's schedule", r"Indiquez de 1 à \1 attentes, ou aucune."),
        (
            r"The application has (\d+) endpoints",
            r"Il y a déjà \1 points de réception\u202f: supprimez-en un qui ne sert plus.".replace("\\u202f", "\u202f"),
        ),
        (r"line break or another control character", "Il contient un saut de ligne ou un autre caractère de contrôle."),
        (r"has (\d+) characters", r"Il compte \1 caractères, c’est trop."),
    )
)


def in_french(words: str) -> str | None:
    """The refusal in French; None when it is not known."""
    for pattern, told in FRENCH:
        if found := pattern.search(words):
            return found.expand(told)
    return None
