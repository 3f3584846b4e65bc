"""Printing an extraction: lines to stdout as they come, the verdict to stderr."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from hub.cli.verdicts import COMPLETE, FAILED, PARTIAL

if TYPE_CHECKING:
    from hub.cli.source import Source
    from hub.sync.extract import Extraction, Form

CODES = {"COMPLETE": COMPLETE, "PARTIAL": PARTIAL}


async def print_lines(opening: AbstractAsyncContextManager[Source], resource: str, form: Form, as_json: bool) -> int:
    """Print the rows of a resource; answers the exit code. Raises ConnectorError, and BrokenPipeError when nobody reads on."""
    from hub.sync.extract import Extraction

    out = sys.stdout.buffer
    async with opening as source:
        wanted = source.resource(resource)
        work = Extraction(source.store, wanted, source.settings, form, source.connector.manifest.limits.page_sizes)
        async for lines in work.lines():
            out.write(b"\n".join(lines) + b"\n" if lines else b"")
        out.flush()
    _conclude(work, as_json)
    return CODES.get(work.verdict.word, FAILED) if work.verdict else FAILED


def _conclude(work: Extraction, as_json: bool) -> None:
    verdict = work.verdict
    assert verdict is not None  # noqa: S101 (the lines have been read to their end)
    if as_json:
        told = {"verdict": verdict.word, "reason": verdict.reason, "rows": work.rows, "evidence": work.evidence}
        sys.stderr.write(json.dumps(told, ensure_ascii=False, default=str) + "\n")
        return
    for id, reason in work.rejected:
        sys.stderr.write(f"left out: {id or 'a row without id'}: {reason}\n")
    sys.stderr.write(f"{verdict.word}: {verdict.reason}\n")
