"""What paging needs of a row (id, time, parent, children) without decoding the row; its bytes stay as received."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from hub.ports import BadRow, Row


class RefundRef(msgspec.Struct):
    """An order's mention of a refund."""

    id: int


class Header(msgspec.Struct):
    """The few fields of any row that paging looks at. `date_modified_gmt` is UTC without saying so."""

    id: int
    date_modified_gmt: datetime | None = None
    parent_id: int = 0
    variations: list[int] | None = None
    refunds: list[RefundRef] | None = None


_decode = msgspec.json.Decoder(Header).decode


def read_rows(raws: Iterable[msgspec.Raw], at: datetime | None) -> tuple[list[Row], list[BadRow]]:
    """Rows in the answer's order, and those that cannot be named.

    A modification time after `at`, the store's own clock (None: ours), is left out: a scheduled product carries the day of
    its publication, and a watermark that jumps there would miss everything that changes until then.
    """
    rows: list[Row] = []
    bad: list[BadRow] = []
    now = at or datetime.now(UTC)
    for raw in raws:
        body = bytes(raw)
        try:
            header = _decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            row = _leniently(body, now)
            if isinstance(row, Row):
                rows.append(row)
            else:
                bad.append(row)
            continue
        if header.id <= 0:
            bad.append(BadRow(body, f"The id of the row is {header.id}, not a positive number.", field="/id"))
            continue
        rows.append(_row(header, body, now))
    return rows, bad


def _row(header: Header, body: bytes, now: datetime) -> Row:
    modified = header.date_modified_gmt
    if modified is not None:
        modified = modified.replace(tzinfo=UTC)
        if modified > now:
            modified = None
    children: tuple[str, ...] | None = None
    if header.variations is not None:
        children = tuple(map(str, header.variations))
    elif header.refunds is not None:
        children = tuple([str(refund.id) for refund in header.refunds])
    return Row(str(header.id), body, modified, str(header.parent_id) if header.parent_id else None, children)


def _leniently(body: bytes, now: datetime) -> Row | BadRow:
    """A row whose header is not as documented. Plugins turn numbers into strings; only the id must be what it should."""
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return BadRow(body, f"The row is not valid JSON: {error}.", _name_of(body))
    if not isinstance(value, dict):
        return BadRow(body, f"The row is {'null' if value is None else type(value).__name__}, not an object.")
    id = value.get("id")
    if type(id) is not int or id <= 0:
        return BadRow(body, f"The id of the row is {id!r}, not a positive number.", field="/id")
    refunds = value.get("refunds")
    header = Header(
        id,
        _time(value.get("date_modified_gmt")),
        _number(value.get("parent_id")) or 0,
        _numbers(value.get("variations")),
        # a plugin's refund without an id hides the list: unknown, so that it is asked for
        None if (ids := _numbers(_ids(refunds))) is None else [RefundRef(id) for id in ids],
    )
    return _row(header, body, now)


def _name_of(body: bytes) -> str | None:
    """The id of a row that is no JSON, where a more forgiving reader finds one (NaN, half a surrogate)."""
    try:
        id = json.loads(body.decode("utf-8", "replace"), strict=False).get("id")
    except (ValueError, AttributeError, RecursionError):
        return None
    return str(id) if type(id) is int and id > 0 else None


def _ids(refunds: Any) -> Any:
    return [entry.get("id") if isinstance(entry, dict) else entry for entry in refunds] if isinstance(refunds, list) else None


def _time(value: Any) -> datetime | None:
    try:
        return msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return None


def _number(value: Any) -> int | None:
    if type(value) is int:
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def _numbers(value: Any) -> list[int] | None:
    """A list of ids, or None when it is no list or holds anything else."""
    if isinstance(value, dict):  # PHP makes an object of a list with a gap in its keys
        value = list(value.values())
    if not isinstance(value, list):
        return None
    numbers = [_number(entry) for entry in value]
    return None if None in numbers else [number for number in numbers if number is not None]
