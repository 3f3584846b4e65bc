"""`luneo webhooks listen` as a partner starts it: a process of its own, without any database, told all kinds of things."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.hub.cli.conftest import Luneo, environment
from tests.hub.cli.test_quick import HEAVY, loaded
from tests.webhooks.sign.receivers import post
from tests.webhooks.sign.tamperings import BODY, OTHER, SECRET, SEED, sent, tampered, v1a
from webhooks.sign import PUBLIC, public_of, shown


@dataclass
class Listening:
    """A receiver at work."""

    process: subprocess.Popen[str]
    url: str
    first: dict[str, Any]

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def heard(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.line())
        return found

    def words_until(self, end: str) -> str:
        """The lines up to the one that holds `end`."""
        words = ""
        while end not in words:
            line = self.line()
            assert line, words
            words += line
        return words


@contextmanager
def listening(folder: Path, *words: str, as_json: bool = True, **env: str) -> Iterator[Listening]:
    command = [sys.executable, "-m", "hub.cli", "webhooks", "listen", *words, *(["--json"] if as_json else [])]
    settings = environment(folder, LUNEO_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing", **env)
    with subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            one = Listening(process, "", {})
            if as_json:
                one.first = one.heard()
                one.url = one.first["url"]
            else:
                one.url = one.line().split()[2].rstrip(",")
            yield one
        finally:
            process.kill()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Listening]:
    with listening(tmp_path, "--secret", SECRET) as one:
        yield one


def test_a_genuine_message_is_answered_204_and_told(receiver: Listening) -> None:
    one = sent()
    assert post(receiver.url, [*one.headers, ("webhook-attempt", "3")], BODY) == 204
    heard = receiver.heard()
    assert heard["verdict"] == "genuine" and heard["reason"] is None and heard["duplicate"] is False
    assert (heard["id"], heard["type"], heard["attempt"], heard["version"]) == (one.id, "order.created", "3", "v1")
    assert heard["answered"] == 204 and heard["body"] == json.loads(BODY) and heard["age_seconds"] < 60
    assert post(receiver.url, one.headers, BODY) == 204
    assert receiver.heard()["duplicate"] is True


@pytest.mark.parametrize(
    ("name", "reason"),
    [("another secret", "mismatch"), ("stale", "stale"), ("no signature", "malformed"), ("an empty body", "mismatch")],
)
def test_why_a_signature_failed_is_told(receiver: Listening, name: str, reason: str) -> None:
    one = tampered()[name]
    assert post(receiver.url, one.headers, one.body) == 400
    heard = receiver.heard()
    assert (heard["verdict"], heard["reason"]) == ("refused", reason)
    assert heard["message"] and SECRET not in heard["message"]


def test_several_secrets_and_public_keys_may_be_given(tmp_path: Path) -> None:
    keys = ["--secret", OTHER, "--secret", shown(PUBLIC, public_of(SEED))]
    with listening(tmp_path, *keys) as receiver:
        one = sent(by=OTHER)
        assert post(receiver.url, one.headers, BODY) == 204
        assert receiver.heard()["version"] == "v1"
        other = replace(one, signature=v1a(one.id, one.timestamp))
        assert post(receiver.url, other.headers, BODY) == 204
        assert receiver.heard()["version"] == "v1a"


def test_without_a_secret_one_is_made_and_told(tmp_path: Path) -> None:
    with listening(tmp_path) as receiver:
        one = sent(by=receiver.first["secret"])
        assert post(receiver.url, one.headers, BODY) == 204


@pytest.mark.parametrize("status", [500, 410, 200])
def test_it_answers_what_it_is_asked_to(tmp_path: Path, status: int) -> None:
    with listening(tmp_path, "--secret", SECRET, "--answer", str(status)) as receiver:
        one = sent()
        assert post(receiver.url, one.headers, BODY) == status
        heard = receiver.heard()
        assert (heard["verdict"], heard["answered"]) == ("genuine", status)


def test_for_people_the_verdict_stands_first_and_the_body_is_laid_out(tmp_path: Path) -> None:
    with listening(tmp_path, "--secret", SECRET, as_json=False) as receiver:
        place = urlsplit(receiver.url).netloc
        assert f"LUNEO_EGRESS_ALLOW={place} luneo up" in receiver.words_until("luneo webhooks send")
        one = sent()
        assert post(receiver.url, [*one.headers, ("webhook-attempt", "2")], BODY) == 204
        words = receiver.words_until("\n  }")
        assert f"✓ genuine order.created {one.id} attempt 2, v1, signed" in words and "→ 204" in words
        assert '      "note": "café"' in words
        assert post(receiver.url, one.headers, BODY + b" ") == 400
        words = receiver.words_until("\n  }")
        assert "✗ refused order.created" in words and "No signature fits: another secret signed it" in words


def test_what_a_stranger_sends_cannot_play_with_the_terminal(tmp_path: Path) -> None:
    nasty = json.dumps({"type": "\x1b]0;owned\x07", "data": "[red]\x1b[2J\x9b31m\ud800 é"}, ensure_ascii=True).encode()
    with listening(tmp_path, "--secret", SECRET, as_json=False) as receiver:
        receiver.words_until("luneo webhooks send")
        assert post(receiver.url, [("webhook-id", "[bold]m\x9b1"), ("webhook-attempt", "\x9b")], nasty) == 400
        words = receiver.words_until("\n  }")
    assert not [each for each in words if not each.isprintable() and each != "\n"]
    assert "\\x1b]0;owned\\x07" in words and "[red]" in words and "\\x9b31m\\ud800 é" in words and "[bold]m\\x9b1" in words


def test_garbage_does_not_end_it(receiver: Listening) -> None:
    dice = random.Random(4)
    target = urlsplit(receiver.url)
    for n in range(60):
        with socket.create_connection((target.hostname, target.port), timeout=5) as stream:
            stream.sendall(dice.randbytes(dice.randrange(1, 3000)) + (b"\r\n\r\n" if n % 2 else b""))
    for body in (
        b"",
        b"\x00",
        b"null",
        b"[" * 5000,
        b'"' + b"\\ud800" + b'"',
        b"9" * 10_000,
        b'{"type": {"a": 1}}',
        b"\xff" * 2000,
    ):
        assert post(receiver.url, sent(body=body).headers, body) == 204
        assert receiver.heard()["type"] is None
    with socket.create_connection((target.hostname, target.port), timeout=5) as stream:
        stream.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf")
    one = sent()
    assert post(receiver.url, one.headers, BODY) == 204
    assert receiver.heard()["id"] == one.id
    receiver.process.send_signal(signal.SIGINT)
    _, err = receiver.process.communicate(timeout=20)
    assert (receiver.process.returncode, err) == (0, "")


def test_a_body_without_end_is_cut_off(receiver: Listening) -> None:
    target = urlsplit(receiver.url)
    with socket.create_connection((target.hostname, target.port), timeout=20) as stream:
        stream.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n")
        began = time.monotonic()
        try:
            for _ in range(400):
                stream.sendall(b"x" * 100_000)
            stream.recv(1)
        except OSError:
            pass
        assert time.monotonic() - began < 15
    heard = receiver.heard()
    assert (heard["reason"], heard["answered"], heard["body"]) == ("oversize", 413, None)


def test_another_method_is_told_what_this_is(receiver: Listening) -> None:
    target = urlsplit(receiver.url)
    with socket.create_connection((target.hostname, target.port), timeout=5) as stream:
        stream.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        answer = stream.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 405") and b"it hears POST" in answer


def test_a_reader_that_has_seen_enough_ends_it(receiver: Listening) -> None:
    assert receiver.process.stdout is not None
    receiver.process.stdout.close()
    for _ in range(3):
        try:
            post(receiver.url, sent().headers, BODY)
        except OSError:
            break
    assert receiver.process.wait(timeout=20) in (0, 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_without_a_word_when_asked(tmp_path: Path, number: signal.Signals) -> None:
    with listening(tmp_path) as receiver:
        receiver.process.send_signal(number)
        out, err = receiver.process.communicate(timeout=20)
        assert (receiver.process.returncode, out, err) == (0, "", "")


def test_a_bad_secret_is_refused_and_not_repeated(bare_luneo: Luneo) -> None:
    ran = bare_luneo("webhooks", "listen", "--secret", "whsec_c2hvcnQ=")
    assert ran.code == 1 and "a secret too short: it holds 5 bytes, 24 to 64 are wanted" in ran.err
    assert "c2hvcnQ" not in ran.out + ran.err
    assert bare_luneo("webhooks", "listen", "--answer", "99").code == 1


def test_a_taken_port_is_told_in_a_line(bare_luneo: Luneo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = bare_luneo("webhooks", "listen", "--port", port)
    assert ran.code == 1 and f"port {port} of 127.0.0.1 is taken" in ran.err and os.linesep in ran.err


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    assert not loaded(tmp_path, "webhooks", "--help").intersection(HEAVY)
