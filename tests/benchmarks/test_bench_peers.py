"""What the peers print is read as they mean it, and an environment that cannot be made says why in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.environments import PINNED, prepare
from benchmarks.peers.airbyte import Airbyte
from benchmarks.peers.airbyte_shopify import AirbyteShopify, Way
from benchmarks.peers.dlt import Dlt
from benchmarks.peers.singer import Singer


@pytest.fixture
def airbyte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Airbyte:
    stand_ready(tmp_path, "airbyte", monkeypatch)
    return Airbyte(tmp_path)


@pytest.fixture
def singer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Singer:
    stand_ready(tmp_path, "singer", monkeypatch)
    return Singer(tmp_path)


def stand_ready(cache: Path, peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNEO_BENCH_CACHE", str(cache))
    monkeypatch.setenv("UV", "true")  # a uv that makes nothing, so that only the marks of a made environment stand
    for home in [path for path in [cache / name(peer)] if not path.exists()]:
        home.mkdir(parents=True)
        (home / "complete").touch()


def name(peer: str) -> str:
    import sys

    return f"{peer}-{'-'.join(PINNED[peer])}-py{sys.version_info.major}{sys.version_info.minor}"


def lines(path: Path, *messages: dict[str, Any]) -> Path:
    path.write_text("noise\n" + "".join(json.dumps(message) + "\n" for message in messages))
    return path


def status(word: str) -> dict[str, Any]:
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": {"status": word}}}


def test_airbyte_is_believed_by_its_last_stream_status(airbyte: Airbyte, tmp_path: Path) -> None:
    record = {"type": "RECORD", "record": {"stream": "products", "data": {"id": 7}}}
    output = lines(tmp_path / "out", status("STARTED"), record, status("COMPLETE"))
    assert list(airbyte.ids(output)) == [7]
    assert airbyte.claims(output, 0) == "COMPLETE"
    assert airbyte.claims(lines(tmp_path / "out", status("STARTED"), status("INCOMPLETE")), 1) == "INCOMPLETE"
    assert airbyte.claims(lines(tmp_path / "out"), 1) == "exit 1"


def test_airbyte_goes_on_from_its_last_state(airbyte: Airbyte, tmp_path: Path) -> None:
    states = [{"type": "STATE", "state": {"type": "STREAM", "stream": {"stream_state": {"at": n}}}} for n in (1, 2)]
    airbyte.remember(lines(tmp_path / "out", *states))
    words = airbyte.follow("http://127.0.0.1:1").words
    assert json.loads(Path(words[words.index("--state") + 1]).read_text()) == [states[1]["state"]]


def test_singer_goes_on_from_its_bookmark(singer: Singer, tmp_path: Path) -> None:
    bookmark = {"bookmarks": {"products": {"replication_key_value": "2025-02-02T02:00:00"}}}
    output = lines(tmp_path / "out", {"type": "RECORD", "record": {"id": 7}}, {"type": "STATE", "value": bookmark})
    singer.remember(output)
    words = singer.follow("http://127.0.0.1:1").words
    assert json.loads(Path(words[words.index("--state") + 1]).read_text()) == bookmark
    assert list(singer.ids(output)) == [7] and singer.claims(output, 1) == "exit 1"


def test_the_scripts_of_the_peers_are_where_they_are_called(airbyte: Airbyte, singer: Singer) -> None:
    for command in (airbyte.read("http://127.0.0.1:1"), singer.read("http://127.0.0.1:1")):
        scripts = [word for word in command.words if isinstance(word, Path) and word.suffix in (".py", ".yaml")]
        assert scripts and all(script.exists() for script in scripts)


def test_airbytes_shopify_source_is_led_through_the_proxy_and_its_ids_are_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_ready(tmp_path, AirbyteShopify.name, monkeypatch)
    peer = AirbyteShopify(tmp_path)
    command = peer.read("shpat_x", Way("http://127.0.0.1:1", "ca.pem"), ("products", "metafield_products"))
    assert (command.env["HTTPS_PROXY"], command.env["REQUESTS_CA_BUNDLE"]) == ("http://127.0.0.1:1", "ca.pem")
    config, catalog = (json.loads((tmp_path / name).read_text()) for name in ("config.json", "catalog.json"))
    assert config["shop"] == "luneo-bench" and config["credentials"]["api_password"] == "shpat_x"
    assert [one["stream"]["name"] for one in catalog["streams"]] == ["products", "metafield_products"]
    records = [{"type": "RECORD", "record": {"stream": "products", "data": {"id": n}}} for n in (1, 2, 2)]
    assert peer.counts(lines(tmp_path / "out", *records)) == {"products": 2}


def test_an_environment_that_cannot_be_made_says_so_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNEO_BENCH_CACHE", str(tmp_path))
    monkeypatch.setenv("UV", "false")
    with pytest.raises(RuntimeError, match="`false venv --clear"):
        prepare("dlt")
    assert Dlt.name in PINNED
