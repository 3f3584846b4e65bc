"""Extraction without a database."""

from __future__ import annotations

import json
import subprocess
import sys

from hub.errors import PermanentError, RetryableError
from hub.ports import ShopSettings
from hub.sync.extract import Extraction, Form, one_line
from tests.hub.sync.shelf import QUICK, THINGS, Shelf


def extraction(shelf: Shelf, form: Form) -> Extraction:
    return Extraction(shelf, THINGS, ShopSettings(), form, (10, 5), QUICK)


async def lines(extraction: Extraction) -> list[bytes]:
    return [line async for many in extraction.lines() for line in many]


async def test_raw_lines_are_the_bytes_that_came_with_a_verdict_behind_them() -> None:
    shelf = Shelf()
    shelf.put(*range(1, 46))
    done = extraction(shelf, "raw")
    found = await lines(done)
    assert [json.loads(line)["id"] for line in found] == list(range(1, 46))
    assert done.verdict is not None and done.verdict.word == "COMPLETE"
    assert done.evidence["store_total"] == 45


async def test_canonical_lines_carry_their_children_and_name_what_was_refused() -> None:
    shelf = Shelf()
    shelf.put(*range(1, 201))
    shelf.part(5, 501, 502)
    shelf.put(7, broken="x")
    done = extraction(shelf, "canonical")
    docs = [json.loads(line) for line in await lines(done)]
    assert len(docs) == 199 and len(docs[4]["variants"]) == 2
    assert done.rejected == [("7", "price 'x' is no number")]
    assert done.verdict is not None and done.verdict.word == "COMPLETE" and "1 in quarantine" in done.verdict.reason


async def test_a_page_that_is_refused_for_good_ends_the_lines_and_the_verdict_says_so() -> None:
    shelf = Shelf()
    shelf.put(*range(1, 46))

    def refuse() -> None:
        raise PermanentError("The shop answered 404.")

    shelf.hooks[3] = refuse
    done = extraction(shelf, "raw")
    assert len(await lines(done)) == 19
    assert done.verdict is not None and done.verdict.word == "FAILED" and "404" in done.verdict.reason


async def test_a_store_that_gives_up_ends_the_lines_and_the_verdict_says_so() -> None:
    shelf = Shelf()
    shelf.put(*range(1, 46))

    def fail() -> None:
        raise RetryableError("The shop answered 503.", status=503)

    shelf.hooks = dict.fromkeys(range(3, 30), fail)
    done = extraction(shelf, "raw")
    assert len(await lines(done)) == 19
    assert done.verdict is not None and done.verdict.word == "PARTIAL" and "503" in done.verdict.reason


def test_a_row_printed_over_several_lines_becomes_one() -> None:
    assert one_line(b'{\n  "a": "x\\ny",\r\n "b": 1.50 }') == b'{"a":"x\\ny","b":1.50}'
    assert one_line(b'{"a": 1}') == b'{"a": 1}'


def test_the_raw_path_imports_nothing_heavy() -> None:
    code = "import sys, hub.sync.extract; print([m for m in ('pydantic','sqlalchemy','asyncpg','zstandard') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert out.stdout.strip() == "[]"
