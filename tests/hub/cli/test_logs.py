"""The log is read in terminals, and what stands in it was partly sent by strangers."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from hub.cli import logs


@pytest.fixture
def file() -> Iterator[io.StringIO]:
    kept, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield io.StringIO()
    structlog.configure(**kept)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_what_a_stranger_sends_neither_steers_the_terminal_nor_forges_a_line(file: io.StringIO) -> None:
    logs._configure(file, "info")
    structlog.get_logger().info("request", path="/x\x1b[31mred\r\x00\u202e\ntimestamp=forged", name="é", ms=3)
    line = file.getvalue()
    assert line.endswith("\n") and line[:-1].isprintable()
    assert "x1b[31mred" in line and "name=é ms=3" in line
