"""Whom TLS trusts: the system's authorities, certifi's, and those that are given; as the one file that libcurl reads once."""

from __future__ import annotations

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
        self._made: Path | None = None
        if len(files) == 1:
            self.path = str(files[0])
            return
        found = dict.fromkeys(certificate for file in files for certificate in _certificates(file))
        with tempfile.NamedTemporaryFile("w", prefix="luneo-ca-", suffix=".pem", delete=False) as bundle:
            bundle.write("".join(found))
        self._made = Path(bundle.name)
        self.path = bundle.name

    def close(self) -> None:
        """Remove what was made."""
        if self._made is not None:
            self._made.unlink(missing_ok=True)


def _certificates(file: Path) -> list[str]:
    """The certificates of a file, without what is said between them."""
    pieces = file.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").split(END)[:-1]
    return [piece[piece.index("-----BEGIN") :] + END + "\n" for piece in pieces if "-----BEGIN" in piece]
