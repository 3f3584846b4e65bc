"""Every GraphQL document that the connector sends, each a file of its own, complete with its fragments.

The tests hold them against the official schemas. Fragments of the same name are the same text in all files.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def load(name: str) -> str:
    """The text of `{name}.graphql`."""
    return files(__package__).joinpath(f"{name}.graphql").read_text(encoding="utf-8")
