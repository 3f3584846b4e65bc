"""What a metafield write may say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.errors import Unprocessable
from hub.sync.wish import wished


def body(**field: Any) -> bytes:
    return json.dumps({"metafields": [{"namespace": "a", "key": "b", **field}]}).encode()


def test_a_number_stays_as_it_was_written() -> None:
    (write,) = wished(b'{"metafields":[{"namespace":"a","key":"b","type":"number","value":1.10}]}')
    assert str(write.value) == "1.10"


@pytest.mark.parametrize("value", ["a\0b", "\0"])
@pytest.mark.parametrize(
    "wrap", [lambda value: ("text", value), lambda value: ("json", {"x": [value]}), lambda value: ("json", {value: 1})]
)
def test_a_character_that_no_database_keeps_is_refused_by_its_name(value: str, wrap: Any) -> None:
    kind, whole = wrap(value)
    with pytest.raises(Unprocessable, match=r"/metafields/0/value holds the character U\+0000") as caught:
        wished(body(type=kind, value=whole))
    assert caught.value.field == "/metafields/0/value"
