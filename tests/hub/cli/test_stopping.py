"""A command that is stopped lets go of what it holds, however it was started."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

WORK = """
import asyncio, signal, sys
from hub.cli.run import run

async def work():
    try:
        print("ready", flush=True)
        await asyncio.sleep(60)
    finally:
        print("let go", flush=True)

signal.signal(signal.SIGINT, getattr(signal, sys.argv[1]))
try:
    run(work())
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("started", ["default_int_handler", "SIG_IGN"], ids=["by hand", "in the background"])
def test_sigterm_stops_a_command(started: str) -> None:
    with subprocess.Popen([sys.executable, "-c", WORK, started], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "let go\n")
