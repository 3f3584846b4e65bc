"""JSON in and out without binary floating point."""

from __future__ import annotations

import ast
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import connectors.woocommerce.mapping
import schemas
from schemas.exact import NotJson, decode, encode_plain, encode_sorted

relaxed = settings(deadline=None)
ROOMS = [Path(schemas.__file__).parent, Path(connectors.woocommerce.mapping.__file__).parent]
SOURCES = [path for room in ROOMS for path in sorted(room.glob("*.py"))]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_float_is_written_or_called_for(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        assert not (isinstance(node, ast.Name) and node.id == "float"), f"{path.name}:{node.lineno}"
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), f"{path.name}:{node.lineno}"


def test_the_float_test_reads_real_files() -> None:
    assert len(SOURCES) > 20


@pytest.mark.parametrize(
    "text", ["412.5", "412.50", "13.333333333333333333333", "1E-7", "0.10", "1E+400", "123456789012345678901234567890"]
)
def test_a_number_keeps_every_digit(text: str) -> None:
    assert encode_plain(decode(text)).decode() == text


@relaxed
@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_comes_back_as_it_went(value: Decimal) -> None:
    back = decode(encode_plain([value]))[0]
    assert str(back) == str(value) or (isinstance(back, int) and back == value)


def test_equal_values_give_equal_bytes() -> None:
    assert encode_sorted({"b": 1, "a": {"d": "é", "c": None}}) == '{"a":{"c":null,"d":"é"},"b":1}'.encode()
    assert encode_plain({"b": 1, "a": 2}) == b'{"b":1,"a":2}'


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html>", b'{"a": NaN}', b'"\\ud800"', b'"\xff"', b"[" * 5000 + b"]" * 5000, b"1" * 5000]
)
def test_what_is_no_json_is_said_so(body: bytes) -> None:
    with pytest.raises(NotJson, match="not JSON"):
        decode(body)
