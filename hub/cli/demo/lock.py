"""One demo at a time on one data folder: its database is made anew, which would pull the floor from under another one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import ConfigurationError


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Hold the place, or raise ConfigurationError. A killed demo lets go by dying."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                "A demo is running already.", hint="Stop it with Ctrl-C, or give this one its own LUNEO_DATA_DIR."
            ) from None
        yield
