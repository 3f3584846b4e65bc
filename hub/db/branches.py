"""The schemas that plugins bring: folders of Alembic revisions, found by the entry-point group `luneo.migrations`."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

GROUP = "luneo.migrations"
REVISION = re.compile(r"""^revision = ["'](\w+)["']""", re.MULTILINE)
STANDS_ON = re.compile(r"""^depends_on = ["'](\w+)["']""", re.MULTILINE)


@cache
def installed() -> tuple[Path, ...]:
    """The `versions` folder of every package that brings tables; an entry point names one such as `webhooks.migrations`."""
    folders = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        spec = find_spec(point.value)
        if spec is not None and spec.origin is not None:
            folders.append(Path(spec.origin).parent / "versions")
    return tuple(folders)


def newest(folder: Path) -> tuple[str, str | None] | None:
    """A branch's newest revision by its file's name, and the revision of ours that it stands on, read without Alembic.

    None when its file is not written as ours are: then Alembic must be asked.
    """
    text = max(path for path in folder.glob("*.py") if not path.name.startswith("_")).read_text("utf-8")
    revision, below = REVISION.search(text), STANDS_ON.search(text)
    return (revision[1], below and below[1]) if revision is not None else None
