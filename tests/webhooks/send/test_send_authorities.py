"""The file of authorities: all of them, each once, and gone afterwards."""

from __future__ import annotations

from pathlib import Path

import certifi
import pytest

from tests.webhooks.send.certificates import Authority
from webhooks.send.authorities import Authorities


def test_it_holds_the_systems_certifis_and_ours_each_once(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    public = Path(certifi.where()).read_text()
    system = tmp_path / "system.pem"
    system.write_text("# what the operator trusts\n" + public.replace("\n", "\r\n"), newline="")
    monkeypatch.setenv("SSL_CERT_FILE", str(system))
    made = Authorities([authority.path])
    text = Path(made.path).read_text()
    assert text.count("BEGIN CERTIFICATE") == public.count("BEGIN CERTIFICATE") + 1
    assert authority.path.read_text().strip() in text
    assert "#" not in text
    made.close()
    assert not Path(made.path).exists()
    made.close()


def test_certifis_file_alone_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    made = Authorities()
    assert made.path == certifi.where()
    made.close()
    assert Path(certifi.where()).exists()
