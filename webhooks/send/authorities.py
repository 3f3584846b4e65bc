"""Whom TLS trusts: the system's authorities, certifi's, and those that are given; as the one file that libcurl reads once."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

import certifi

END = "-----END CERTIFICATE-----"


class Authorities:
    """`path` is a file of certificates in PEM, each in it once. It stands as long as this object is not closed."""

    def __init__(self, more: Sequence[Path] = ()) -> None:
        system = ssl.get_default_verify_paths().cafile  # SSL_CERT_FILE counts
        files = list(dict.fromkeys([Path(certifi.where()), *([Path(system)] if system else []), *more]))
        self._file: int | None = None
        self._left: Path | None = None
        if len(files) == 1:
            self.path = str(files[0])
            return
        found = dict.fromkeys(certificate for file in files for certificate in _certificates(file))
        if hasattr(os, "memfd_create"):  # in memory: nothing is left on the disk by a process that is killed
            self._file = os.memfd_create("authorities")
            self.path = f"/proc/self/fd/{self._file}"
        else:
            self._file, self.path = tempfile.mkstemp(prefix="luneo-authorities-")
            self._left = Path(self.path)
        with open(self._file, "w", closefd=False) as bundle:
            bundle.writelines(found)

    def close(self) -> None:
        """Let go of what was made."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._left is not None:
            self._left.unlink(missing_ok=True)


def _certificates(file: Path) -> list[str]:
    """The certificates of a file, without what is said between them."""
    pieces = file.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").split(END)[:-1]
    return [piece[piece.index("-----BEGIN") :] + END + "\n" for piece in pieces if "-----BEGIN" in piece]
