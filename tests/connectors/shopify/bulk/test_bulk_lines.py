"""Lines of a bulk operation's file: split, read, brought into one form."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.shopify.bulk import lines as room
from connectors.shopify.bulk.lines import blocks, claimed, kind_of, lines_of, plain

METAFIELD = b'{"id":"gid://shopify/Metafield/820982911946154508","value":"%b","__parentId":"gid://shopify/Product/1"}'
PARENT = "gid://shopify/Product/1"


def read(path: Path) -> list[bytes]:
    return [line for block in blocks(path) for line in lines_of(block)]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\u0085", "\x0c", "\x1c"])
def test_a_line_ends_at_a_newline_and_at_nothing_else(tmp_path: Path, mark: str) -> None:
    line = METAFIELD % f"one{mark}two".encode()
    path = tmp_path / "file"
    path.write_bytes(line + b"\n" + line + b"\n")
    assert read(path) == [line, line]


def test_lines_are_whole_whatever_the_blocks_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BLOCK", 7)
    path = tmp_path / "file"
    path.write_bytes(b"a\nlonger than a block\n\nc")
    assert read(path) == [b"a", b"longer than a block", b"", b"c"]


def test_escaped_slashes_become_slashes_and_escaped_backslashes_stay() -> None:
    block = b'{"a":"gid:\\/\\/shopify\\/Product\\/1"}\n{"b":"C:\\\\/x"}\n{"c":"1\\/2"}'
    first, second, third = lines_of(block)
    assert (first, second, third) == (b'{"a":"gid://shopify/Product/1"}', b'{"b":"C:\\\\/x"}', b'{"c":"1/2"}')


def test_a_plain_line_stays_as_it_is() -> None:
    line = METAFIELD % b'say \\"hi\\"\\n'
    assert plain(line, PARENT) is line


@pytest.mark.parametrize(
    "line",
    [
        b'{"__parentId":"gid://shopify/Product/1","id":"gid://shopify/Metafield/1","value":"\xc3\xa9"}',
        b'{"id": "gid://shopify/Metafield/1", "value": "\xc3\xa9", "__parentId": "gid://shopify/Product/1"}',
        b'{"id":"gid://shopify/Metafield/1","value":"\\u00e9","__parentId":"gid://shopify/Product/1"}',
        b'{"id":"gid:\\/\\/shopify\\/Metafield\\/1","value":"\\u00e9","__parentId":"gid:\\/\\/shopify\\/Product\\/1"}\r',
    ],
)
def test_any_other_form_is_written_anew(line: bytes) -> None:
    wanted = b'{"id":"gid://shopify/Metafield/1","value":"\xc3\xa9","__parentId":"gid://shopify/Product/1"}'
    assert plain(line, PARENT) == wanted


def test_a_parent_named_inside_a_text_is_no_parent() -> None:
    line = b'{"id":"gid://shopify/Product/1","title":"x\\",\\"__parentId\\":\\"gid://shopify/Product/2\\"}'
    assert claimed(line) == ("gid://shopify/Product/1", None)


def test_a_cut_line_still_says_whose_it_was() -> None:
    assert claimed(b'{"__typename":"Video","id":"gid:\\/\\/shopify\\/Video\\/5","al') == ("gid://shopify/Video/5", None)
    assert claimed(b'"x":1,"__parentId":"gid://shopify/Product/7"}') == (None, "gid://shopify/Product/7")
    assert claimed(b"\xff\xfe<html>") == (None, None)


def test_the_type_stands_in_the_id() -> None:
    assert kind_of("gid://shopify/InventoryLevel/1?inventory_item_id=2") == "InventoryLevel"
    assert kind_of("12345") != "Product"
