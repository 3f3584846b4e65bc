"""Shopify's own schemas of the Admin API, out of the npm package that carries them (ISC licence), kept in the user's cache.

The package is packed and not installed: nothing of it is run.
"""

from __future__ import annotations

import gzip
import json
import tarfile
from functools import cache
from pathlib import Path

from graphql import GraphQLSchema, build_client_schema

from tests.npm import kept, npm

PACKAGE, RELEASE = "@shopify/dev-mcp", "1.16.0"


@cache
def official_schema(version: str) -> GraphQLSchema:
    """The schema of a version ("2026-10"). Raises RuntimeError with one line when it cannot be brought."""
    file = folder() / f"admin_{version}.json.gz"
    if not file.is_file():
        raise RuntimeError(f"{PACKAGE} {RELEASE} has no schema of version {version}; its versions lie in {file.parent}")
    found = json.loads(gzip.decompress(file.read_bytes()))
    return build_client_schema(found.get("data", found), assume_valid=True)


def folder() -> Path:
    """Where the schemas lie; brought there once, by one process at a time."""
    return kept(f"shopify-schemas-{RELEASE}", f"npm's {PACKAGE} {RELEASE} (Shopify's schemas)", _bring)


def _bring(work: Path) -> Path:
    npm("pack", f"{PACKAGE}@{RELEASE}", "--ignore-scripts", cwd=work)
    schemas = work / "schemas"
    schemas.mkdir()
    with tarfile.open(next(work.glob("*.tgz"))) as packed:
        for member in packed:
            file = Path(member.name)
            if (
                file.parent == Path("package/dist/data")
                and file.name.startswith("admin_")
                and (body := packed.extractfile(member))
            ):
                (schemas / file.name).write_bytes(body.read())
    return schemas
