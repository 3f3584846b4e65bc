"""Write-back: metafields into `meta_data`, only those whose value differs, and nothing but that field."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from connectors.woocommerce.client.calls import Calls
from connectors.woocommerce.client.headers import read_rows
from connectors.woocommerce.client.listing import PATHS
from hub.errors import PermanentError, RetryableError
from hub.ports import Json, MetafieldWrite, Resource, Row

DECODE = msgspec.json.Decoder(float_hook=Decimal).decode


class WooWriter:
    """`hub.ports.Writer`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def write_metafields(self, resource: Resource, vendor_id: str, fields: Sequence[MetafieldWrite]) -> Row:
        """Set or remove metafields of one record; the row as the shop holds it afterwards.

        Raises PermanentError when the record is gone, or when the shop says yes and does not keep the value.
        """
        path = f"{PATHS[resource.raw_kind]}/{vendor_id}"
        text, at = await self._calls.one("GET", path)
        entries = changes(_entries(text), fields)
        if entries:
            text, at = await self._calls.one("PUT", path, payload={"meta_data": entries})
            _must_be_kept(_entries(text), fields, self._calls.where(path))
        rows, bad = read_rows([msgspec.Raw(text)], at)
        if bad:
            raise RetryableError(f"{self._calls.where(path)}: {bad[0].reason}")
        return rows[0]


def changes(entries: Sequence[Json], fields: Sequence[MetafieldWrite]) -> list[Json]:
    """The `meta_data` to send. An existing entry is named by id *and* key: without its key WooCommerce changes nothing.

    A key may stand there more than once; the first is the one that counts, and removing a metafield removes them all.
    """
    wanted = {_key(field): field for field in fields}  # of two writes to one field the last one counts
    sent: list[Json] = []
    for key, field in wanted.items():
        same = [entry for entry in entries if entry.get("key") == key]
        if field.value is None:
            sent += [{"id": entry["id"], "key": key, "value": None} for entry in same]
        elif not same:
            sent.append({"key": key, "value": field.value})
        elif not holds(same[0].get("value"), field.value):
            sent.append({"id": same[0]["id"], "key": key, "value": field.value})
    return sent


def holds(stored: Any, wanted: Any) -> bool:
    """Whether the shop's value is the wanted one. PHP keeps a number or a truth as text: 3.14 as "3.14", true as "1".

    >>> holds("1", True), holds("", False), holds("3.14", Decimal("3.14")), holds({"a": "1"}, {"a": 1}), holds("1", "01")
    (True, True, True, True, False)
    """
    if isinstance(wanted, dict) and isinstance(stored, dict):
        return stored.keys() == wanted.keys() and all(holds(stored[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list) and isinstance(stored, list):
        return len(stored) == len(wanted) and all(map(holds, stored, wanted))
    if isinstance(stored, str) and isinstance(wanted, bool):
        return stored == ("1" if wanted else "")
    if isinstance(stored, str) and isinstance(wanted, (int, float, Decimal)):
        return stored == str(wanted)
    return type(stored) is type(wanted) and bool(stored == wanted)


def _key(field: MetafieldWrite) -> str:
    from connectors.woocommerce.mapping.metafields import native_key

    return native_key(field.namespace, field.key)


def _entries(text: bytes) -> list[Json]:
    entries = DECODE(text).get("meta_data")
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _must_be_kept(entries: Sequence[Json], fields: Sequence[MetafieldWrite], where: str) -> None:
    left = changes(entries, fields)
    if left:
        raise PermanentError(
            f"{where}: the shop accepted {left[0]['key']} and did not keep its value.",
            hint="A plugin there may filter meta data.",
        )
