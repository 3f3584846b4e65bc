"""A store on a real socket, for the tests of the benchmark."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from benchmarks.bench import control, open_store


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def rows(self) -> list[Any]:
        found = json.loads(self.body)
        assert isinstance(found, list)
        return found

    @property
    def ids(self) -> list[int]:
        return [row["id"] for row in self.rows]


@dataclass
class Shop:
    url: str

    def reset(self, products: int, mode: str = "") -> None:
        control(self.url, "reset", products=products, mode=mode)

    def touch(self, count: int) -> list[int]:
        touched: list[int] = control(self.url, "touch", n=count)
        return touched

    def expected(self) -> list[int]:
        expected: list[int] = control(self.url, "expected")
        return expected

    def get(self, route: str, method: str = "GET", body: dict[str, Any] | None = None, **query: object) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            path = f"/wp-json/wc/v3/{route}?{urlencode(query)}"
            connection.request(method, path, body=json.dumps(body) if body else None)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def page(self, page: int, **query: Any) -> Answer:
        listing: dict[str, Any] = {"page": page, "per_page": 100, "orderby": "id", "order": "asc"}
        return self.get("products", **listing, **query)


@pytest.fixture(scope="session")
def store_url() -> Iterator[str]:
    with open_store() as url:
        yield url


@pytest.fixture
def shop(store_url: str) -> Shop:
    return Shop(store_url)
