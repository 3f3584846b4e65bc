"""Whom TLS trusts: the system's authorities, certifi's, and those that are given; as the one file that libcurl reads once."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

import certifi


class Authorities:
    """`path` is a file of certificates in PEM. It stands as long as this object is not closed."""

    def __init__(self, more: Sequence[Path] = ()) -> None:
        system = ssl.get_default_verify_paths().cafile  # SSL_CERT_FILE counts
        files = list(dict.fromkeys([Path(certifi.where()), *([Path(system)] if system else []), *more]))
        self._made: Path | None = None
        if len(files) == 1:
            self.path = str(files[0])
            return
        with tempfile.NamedTemporaryFile("wb", prefix="luneo-ca-", suffix=".pem", delete=False) as bundle:
            for file in files:
                bundle.write(file.read_bytes() + b"\n")
        self._made = Path(bundle.name)
        self.path = bundle.name

    def close(self) -> None:
        """Remove what was made."""
        if self._made is not None:
            self._made.unlink(missing_ok=True)
