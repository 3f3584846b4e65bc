"""The callers of a running hub turn every page, insist on good answers, and wait for the run they asked for."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from benchmarks.api import requests_per_cpu_second
from benchmarks.postgres import Server
from benchmarks.running import Running, synced


class Hub(ThreadingHTTPServer):
    """Speaks as much of the API as the benchmark uses."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: list[str] = []
        self.runs: list[dict[str, Any]] = []
        self.verdict = "COMPLETE"
        self.short = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/v1/runs":
            return self.answer({"data": self.server.runs})
        cursor = parse_qs(url.query).get("cursor", ["0"])[0]
        self.server.pages.append(cursor)
        after = str(int(cursor) + 1) if cursor < "3" else None
        rows: list[dict[str, Any]] = [{}] * (49 if self.server.short else 50)
        return self.answer({"data": rows, "next_cursor": after})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        assert asked == {"resource": "products", "mode": "incremental"}
        assert self.headers["authorization"] == "Bearer lun_test_x"
        run = {"id": len(self.server.runs) + 1, "resource": "products", "verdict": None, "reason": "a page was cut"}
        self.server.runs.insert(0, run)
        threading.Timer(0.3, run.update, kwargs={"verdict": self.server.verdict}).start()
        self.answer({"job": 1}, 202)

    def answer(self, body: dict[str, Any], status: int = 200) -> None:
        sent = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def caller(hub: Hub) -> Running:
    postgres = Server("127.0.0.1:1", "", os.getpid(), Path("psql"))
    return Running(f"http://127.0.0.1:{hub.server_port}", "lun_test_x", os.getpid(), postgres)


def test_callers_turn_the_pages_and_begin_again(hub: Hub) -> None:
    assert requests_per_cpu_second(caller(hub), 200) > 1
    assert len(hub.pages) >= 240 and {"0", "1", "2", "3"} == set(hub.pages)


def test_a_page_that_is_not_full_stops_the_count(hub: Hub) -> None:
    hub.short = True
    with pytest.raises(RuntimeError, match="a page of 49"):
        requests_per_cpu_second(caller(hub), 200)


def test_the_cost_of_a_sync_is_taken_when_its_run_has_a_verdict(hub: Hub) -> None:
    cost = synced(caller(hub), "shop")
    assert cost.wall >= 0.3 and cost.status == 0
    assert synced(caller(hub), "shop").wall >= 0.3  # an earlier run of the list is not taken for the new one


def test_a_sync_that_does_not_end_complete_has_no_figure(hub: Hub) -> None:
    hub.verdict = "PARTIAL"
    with pytest.raises(RuntimeError, match="PARTIAL: a page was cut"):
        synced(caller(hub), "shop")
