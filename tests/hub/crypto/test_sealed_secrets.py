from __future__ import annotations

import copy
import json
import logging
import os
import pickle
import stat
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from hub.crypto import KeyRing, SealBroken, Secret, open_sealed, rewrap, seal
from hub.crypto.keys import pepper_of, ring_of
from hub.errors import ConfigurationError, HubError
from hub.settings import Settings

PLACE = {"org": "org-1", "table": "installation", "column": "credentials", "row": "row-1"}
PLAIN = b"ck_0123456789:cs_9876543210"
RING = KeyRing({"k1": b"1" * 32})


def test_what_was_sealed_opens_and_never_looks_the_same_twice() -> None:
    first, second = RING.seal(PLAIN, **PLACE), RING.seal(PLAIN, **PLACE)
    assert first != second
    assert RING.open_sealed(first, **PLACE) == RING.open_sealed(second, **PLACE) == PLAIN
    assert RING.open_sealed(RING.seal(b"", **PLACE), **PLACE) == b""


def test_flipping_any_bit_of_the_text_breaks_the_seal() -> None:
    text = RING.seal(PLAIN, **PLACE).encode()
    for position in range(len(text)):
        for bit in range(7):
            flipped = bytearray(text)
            flipped[position] ^= 1 << bit
            with pytest.raises(HubError):
                RING.open_sealed(flipped.decode("latin-1"), **PLACE)


def test_flipping_any_bit_of_the_bytes_below_breaks_the_seal() -> None:
    version, kid, *parts = RING.seal(PLAIN, **PLACE).split(".")
    for part in range(2):
        data = urlsafe_b64decode(parts[part])
        for position in range(len(data) * 8):
            flipped = bytearray(data)
            flipped[position // 8] ^= 1 << position % 8
            altered = [*parts]
            altered[part] = urlsafe_b64encode(flipped).decode()
            with pytest.raises(SealBroken):
                RING.open_sealed(".".join([version, kid, *altered]), **PLACE)


@pytest.mark.parametrize("text", ["", "v1", "v1.k1.a", "v1.k1..", "v1.k1.####.####", "v2.k1.AA==.AA==", "v1.k1.é.é"])
def test_a_text_that_is_no_seal_is_refused(text: str) -> None:
    with pytest.raises(SealBroken):
        RING.open_sealed(text, **PLACE)


@pytest.mark.parametrize("part", ["org", "table", "column", "row"])
def test_a_seal_moved_to_another_place_does_not_open(part: str) -> None:
    text = RING.seal(PLAIN, **PLACE)
    with pytest.raises(SealBroken):
        RING.open_sealed(text, **{**PLACE, part: "elsewhere"})


def test_the_key_of_one_seal_does_not_open_the_text_of_another() -> None:
    first, second = (RING.seal(PLAIN, **PLACE).split(".") for _ in range(2))
    with pytest.raises(SealBroken):
        RING.open_sealed(".".join([*first[:3], second[3]]), **PLACE)


def test_an_unknown_key_is_named() -> None:
    text = KeyRing({"lost": b"0" * 32}).seal(PLAIN, **PLACE)
    with pytest.raises(ConfigurationError, match=r"'lost'.*put that key back"):
        RING.open_sealed(text, **PLACE)


def test_another_key_of_the_same_name_does_not_open() -> None:
    with pytest.raises(SealBroken, match=r"installation\.credentials of row row-1"):
        KeyRing({"k1": b"9" * 32}).open_sealed(RING.seal(PLAIN, **PLACE), **PLACE)


def test_keys_rotate_twice_and_the_oldest_can_then_go() -> None:
    first, second, third = (f"k{n}" for n in (1, 2, 3))
    keys = {name: name.encode() * 16 for name in (first, second, third)}
    old = KeyRing({first: keys[first]}).seal(PLAIN, **PLACE)
    ring = KeyRing({second: keys[second], first: keys[first]})
    once = ring.rewrap(old, **PLACE)
    assert once.split(".")[1] == second
    assert ring.rewrap(once, **PLACE) == once
    twice = KeyRing({third: keys[third], second: keys[second]}).rewrap(once, **PLACE)
    assert twice.split(".")[3] == old.split(".")[3]  # the secret itself was not touched
    assert KeyRing({third: keys[third]}).open_sealed(twice, **PLACE) == PLAIN
    with pytest.raises(ConfigurationError):
        KeyRing({third: keys[third]}).open_sealed(once, **PLACE)


def test_rewrapping_in_the_wrong_place_fails() -> None:
    ring = KeyRing({"k2": b"2" * 32, "k1": b"1" * 32})
    with pytest.raises(SealBroken):
        ring.rewrap(RING.seal(PLAIN, **PLACE), **{**PLACE, "org": "org-2"})


def test_the_processs_own_ring_seals_and_opens() -> None:
    text = seal(PLAIN, **PLACE)
    assert open_sealed(text, **PLACE) == PLAIN
    assert rewrap(text, **PLACE) == text


def test_a_secret_shows_itself_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("cs_hidden")
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("%s %r %s", secret, secret, [secret])
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>30}", str({"a": (secret,)}), caplog.text]
    assert all("hidden" not in text for text in shown)
    with pytest.raises(TypeError):
        json.dumps(secret)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)
    with pytest.raises(TypeError):
        hash(secret)
    assert secret.reveal() == "cs_hidden"
    assert secret == Secret("cs_hidden")
    assert secret != Secret("cs_other")


def test_a_ring_shows_the_names_of_its_keys_only() -> None:
    text = b64encode(b"Q" * 32).decode()
    assert repr(KeyRing.parse(f"a:{text},b:{text}")) == "KeyRing(a, b)"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no key"),
        ("k1:QUJD", "has 3 bytes"),
        ("k1:QUJ", "not base64"),
        ("k.1:" + b64encode(b"Q" * 32).decode(), "no key name"),
        ("k1:{0},k1:{0}".format(b64encode(b"Q" * 32).decode()), "twice"),
    ],
)
def test_a_bad_key_ring_is_refused_without_showing_it(text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        KeyRing.parse(text)
    assert b64encode(b"Q" * 32).decode() not in str(caught.value)


def no_keys(folder: Path) -> Settings:
    return Settings(data_dir=folder, keys=None, pepper=None)


def test_keys_are_made_once_and_only_we_can_read_them(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    text = ring_of(no_keys(folder)).seal(PLAIN, **PLACE)
    assert ring_of(no_keys(folder)).open_sealed(text, **PLACE) == PLAIN
    assert pepper_of(no_keys(folder)) == pepper_of(no_keys(folder))
    assert stat.S_IMODE((folder / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["keys.json"]


def test_keys_made_by_many_at_once_are_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        peppers = set(pool.map(lambda _: pepper_of(no_keys(tmp_path)), range(16)))
    assert len(peppers) == 1


def test_a_damaged_key_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"keys": ')
    with pytest.raises(ConfigurationError, match=r"keys\.json is damaged.*backup"):
        ring_of(no_keys(tmp_path))
    assert (tmp_path / "keys.json").read_text() == '{"keys": '


def test_a_data_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="LUNEO_DATA_DIR"):
        ring_of(no_keys(tmp_path / "file"))


def test_a_short_pepper_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="16 bytes"):
        pepper_of(Settings(pepper=SecretStr(b64encode(os.urandom(8)).decode())))
