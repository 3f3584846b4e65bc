"""`luneo` as a process of the crash tests: the same command, with a clock that is wrong or deadlines that pass sooner.

    python -m tests.webhooks.crash.launcher '{"skew": 3600, "total": 3, "first_byte": 2}' dispatch

skew: seconds that this machine's clock is ahead of the database's. total, first_byte: the sender's deadlines in seconds.
"""

from __future__ import annotations

import json
import sys
import time


def main() -> None:
    """Bend what is asked for, before anything of the hub is imported; then be the command."""
    asked = json.loads(sys.argv[1])
    if skew := asked.get("skew"):
        now, now_ns = time.time, time.time_ns
        time.time = lambda: now() + skew
        time.time_ns = lambda: now_ns() + int(skew * 1e9)
    deadlines = {name: asked[name] for name in ("total", "first_byte") if name in asked}
    if deadlines:
        from webhooks.send.sender import Sender

        kept = Sender.__init__.__kwdefaults__
        assert kept is not None
        assert deadlines.keys() <= kept.keys()
        kept.update(deadlines)
    from hub.cli import main as luneo

    sys.argv = ["luneo", *sys.argv[2:]]
    luneo()


if __name__ == "__main__":
    main()
