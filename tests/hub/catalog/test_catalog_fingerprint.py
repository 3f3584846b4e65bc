"""Whether a raw object changed, told from its bytes; and the raw store that keeps them."""

from __future__ import annotations

import json

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from hub.catalog.content import hash_of
from hub.catalog.fingerprint import fingerprinter
from hub.catalog.raw import notes_in, pack, pack_all, unpack, unpack_all

VOLATILE = frozenset({b"related_ids", b"_links"})
of = fingerprinter(VOLATILE)


def body(**fields: object) -> bytes:
    return json.dumps({"id": 1, **fields}).encode()


def compact(**fields: object) -> bytes:
    return json.dumps({"id": 1, **fields}, separators=(",", ":")).encode()


@pytest.mark.parametrize("form", [body, compact])
def test_fields_that_change_by_themselves_do_not_count_and_all_others_do(form: object) -> None:
    assert callable(form)
    one = of(form(name="A", related_ids=[1, 2], _links={"self": []}))
    assert of(form(name="A", related_ids=[2, 1], _links={"self": [1]})) == one
    assert of(form(name="B", related_ids=[1, 2], _links={"self": []})) != one


@pytest.mark.parametrize("form", [body, compact])
def test_a_nested_field_of_that_name_counts(form: object) -> None:
    assert callable(form)
    one = of(form(meta={"related_ids": [1]}, related_ids=[1]))
    assert of(form(meta={"related_ids": [2]}, related_ids=[1])) != one
    assert of(form(meta={"related_ids": [1]}, related_ids=[9])) == one


def test_an_equal_value_elsewhere_is_not_cut_out_with_it() -> None:
    one = of(compact(upsell_ids=[1, 2], related_ids=[1, 2]))
    assert of(compact(upsell_ids=[2, 1], related_ids=[2, 1])) != one


def test_a_text_that_looks_like_the_field_does_not_fool_it() -> None:
    text = '"related_ids":[1]'
    one = of(compact(name=text, related_ids=[1]))
    assert of(compact(name=text.replace("1", "2"), related_ids=[1])) != one
    assert of(compact(name=text, related_ids=[7])) == one


@given(st.dictionaries(st.text(max_size=8), st.recursive(st.integers() | st.text(), st.lists), max_size=6))
def test_any_object_has_one_fingerprint_whatever_its_volatile_fields(fields: dict[str, object]) -> None:
    kept = {name: value for name, value in fields.items() if name.encode("utf-8", "surrogatepass") not in VOLATILE}
    one, two = {**kept, "related_ids": [1, 2, 3]}, {**kept, "related_ids": [3, 1, 2]}
    encoded = [json.dumps(each, separators=(",", ":")).encode() for each in (one, two)]
    assert of(encoded[0]) == of(encoded[1])


def test_what_is_no_object_still_has_a_fingerprint() -> None:
    assert of(b"null") != of(b"[]")
    assert of(b"\xff\xfe") == of(b"\xff\xfe")


def test_raw_bytes_come_back_as_they_were() -> None:
    text = ('{"name":"élan ' + "x" * 5000 + '"}').encode()
    assert unpack(pack(text)) == text and len(pack(text)) < 200
    assert unpack(text, 0) == text
    with pytest.raises(ValueError, match="encoding 7"):
        unpack(text, 7)
    with pytest.raises(ValueError, match="cannot be read"):
        unpack(b"not zstd")


def test_several_objects_and_our_notes_share_one_column_that_any_zstd_can_read() -> None:
    packed = pack_all([b"one", b"", b"three"], b'{"modified":null}')
    assert unpack(packed) == b"one"
    assert unpack_all(packed) == [b"one", b"", b"three"]
    assert notes_in(packed) == b'{"modified":null}'
    assert notes_in(pack_all([b"one"])) == b""
    with zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as reader:
        assert reader.read() == b"onethree"


def test_stamps_do_not_count_in_a_document_and_texts_about_them_do() -> None:
    doc = b'{"ext":{"date_modified":"2026-01-01T00:00:00"},"modified_at":"2026-01-01T00:00:00Z","title":"A"}'
    stamps = frozenset({b"date_modified"})
    assert hash_of(doc.replace(b"01-01", b"02-02"), stamps) == hash_of(doc, stamps)
    assert hash_of(doc.replace(b"A", b"B"), stamps) != hash_of(doc, stamps)
    said = b'{"title":"\\"modified_at\\":\\"x\\""}'
    assert hash_of(said) != hash_of(said.replace(b"x", b"y"))
