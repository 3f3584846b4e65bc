"""The body of a message: exact bytes, the author's own in the middle."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from webhooks.body import body_of

AT = datetime(2026, 11, 22, 8, 0, 0, 120000, tzinfo=UTC)


def test_the_data_goes_in_byte_for_byte() -> None:
    data = '{"b": 1,  "a":\t1.10, "é":"\\u00e9", "n":1e3}'.encode()
    body = body_of("parcel.lost", AT, data)
    assert body == b'{"type":"parcel.lost","timestamp":"2026-11-22T08:00:00.120000Z","data":' + data + b"}"


def test_it_is_json_whatever_the_type_is_called() -> None:
    body = body_of('a"b\\c', AT, b"null")
    assert json.loads(body) == {"type": 'a"b\\c', "timestamp": "2026-11-22T08:00:00.120000Z", "data": None}


def test_the_time_is_utc_however_it_came() -> None:
    here = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert body_of("x", here, b"1") == body_of("x", AT, b"1")
    assert json.loads(body_of("x", AT.replace(microsecond=0), b"1"))["timestamp"] == "2026-11-22T08:00:00Z"
