"""Whether what somebody gives is what a connector asks for: one of its complete sets, by the names in its manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from hub.errors import Unprocessable

if TYPE_CHECKING:
    from hub.ports import Manifest


def fitting(manifest: Manifest, credentials: Mapping[str, str]) -> dict[str, str]:
    """The credentials without those left empty, and without blanks around them. Values never show in messages.

    Raises Unprocessable that names what is missing, what nobody asked for, or what does not go together.
    """
    given = {name: value.strip() for name, value in credentials.items() if value.strip()}
    ways = (manifest.credential_fields, *manifest.other_credentials)
    known = {name for way in ways for name in way} | set(manifest.further_credentials)
    if odd := [name for name in given if name not in known]:
        raise Unprocessable(f"{manifest.title} takes no {' and no '.join(odd)}:", hint=f"give {spoken(manifest)}.", field=odd[0])
    core = set(given) - set(manifest.further_credentials)
    if any(core == set(way) for way in ways):
        return given
    nearest = max(ways, key=lambda way: (len(core & set(way)), -len(set(way) - core)))
    if missing := [name for name in nearest if name not in core]:
        what, hint = f"{manifest.title} needs {' and '.join(missing)}:", f"give {spoken(manifest)}."
        raise Unprocessable(what, hint=hint, field=missing[0])
    extra = sorted(core - set(nearest))
    raise Unprocessable(
        f"{manifest.title} takes {' and '.join(nearest)} without {' and '.join(extra)}:",
        hint=f"give {spoken(manifest)}.",
        field=extra[0],
    )


def spoken(manifest: Manifest, written: Callable[[str], str] = str) -> str:
    """What a shop can be connected with by hand, in words; sets that name their `kind` are made by machines."""
    ways = [manifest.credential_fields, *(way for way in manifest.other_credentials if "kind" not in way)]
    if len(ways) == 1:
        words = f"all of: {', '.join(map(written, ways[0]))}"
    else:
        words = ", or ".join(" and ".join(map(written, way)) for way in ways)
    further = ", ".join(map(written, manifest.further_credentials))
    return f"{words}; {further} if there is one" if further else words
