"""`luneo map`: every recorded object as a line of JSON, and one clear line where there is nothing to map."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

import connectors.woocommerce
from connectors.woocommerce.connector import WooCommerce
from hub.cli.map import read_settings, run_map
from hub.errors import ConfigurationError, PermanentError

CAPTURES = sorted((Path(connectors.woocommerce.__file__).parent / "captures").glob("*.json"))
KINDS = ("product", "variation", "order", "refund", "customer")


def ran(kind: str, file: Path, settings: Path | None = None) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    code = run_map(WooCommerce(), kind, file, settings, out)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def written(folder: Path, name: str, value: Any) -> Path:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_every_capture_maps_or_says_that_it_holds_nothing(capture: Path) -> None:
    for kind in KINDS:
        if not WooCommerce().objects_in(kind, capture.read_bytes()):
            with pytest.raises(PermanentError, match=f"there is no WooCommerce {kind} in it"):
                ran(kind, capture)
            continue
        code, lines = ran(kind, capture)
        assert code == 0
        assert all(list(line) == ["canonical", "provenance", "unmapped"] for line in lines)


@pytest.mark.parametrize("topic", ["product.updated", "product.created", "products"])
def test_a_webhooks_topic_names_what_it_is_about(topic: str, tmp_path: Path) -> None:
    assert ran(topic, written(tmp_path, "one.json", {"id": 7}))[0] == 0


@pytest.mark.parametrize("word", ["product_lines", "coupon.updated", "product/", "products_update_x!"])
def test_a_word_that_is_no_topic_is_no_resource(word: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="has no"):
        ran(word, written(tmp_path, "one.json", {"id": 7}))


def test_a_row_that_cannot_be_mapped_is_a_line_of_its_own_and_the_others_are_printed(tmp_path: Path) -> None:
    rows = [None, {"id": 5, "type": "variation", "price": "1"}, {"id": 6, "price": {"a": 1}}, {"id": 7}]
    code, lines = ran("product", written(tmp_path, "rows.json", rows))
    assert code == 1
    assert [line.get("field") for line in lines] == ["/", None, "/price", None]
    assert lines[2]["error"] == '/price is {"a":1}, expected a decimal amount'
    assert lines[1]["canonical"]["ref"] == {"connector": "woocommerce", "kind": "variation", "id": "5"}
    assert lines[3]["canonical"]["refs"][0]["id"] == "7"


def test_the_settings_give_currency_and_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, "one.json", '{"id": 1, "price": "1.2340", "weight": "2", "cost": 1.50}')
    told = {"currency": "KWD", "weight_unit": "lb", "timezone": "Asia/Kuwait", "curency": "EUR", "prices_include_tax": None}
    _, (line,) = ran("product", file, written(tmp_path, "settings.json", told))
    variant = line["canonical"]["variants"][0]
    assert variant["prices"][0]["money"] == {"amount": "1.2340", "currency": "KWD", "minor": 1234}
    assert variant["weight"] == {"value": "2", "unit": "lb"}
    assert "'curency'" in capsys.readouterr().err
    _, (line,) = ran("product", file)
    assert line["canonical"]["variants"][0]["prices"][0]["money"] == {"amount": "1.2340", "currency": None, "minor": None}


def test_a_number_is_printed_with_all_its_digits(tmp_path: Path) -> None:
    out = io.StringIO()
    run_map(WooCommerce(), "product", written(tmp_path, "one.json", '{"id": 1, "x": 13.33333333333333333333330}'), None, out)
    assert out.getvalue().count("13.33333333333333333333330") == 2


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "must hold one JSON object"),
        ({"currency": 5}, "currency is 5, expected a text"),
        ({"currency": "euro"}, "expected an ISO 4217 code"),
        ({"timezone": "Mars/Base"}, "expected an IANA name"),
        ({"prices_include_tax": "yes"}, "expected true or false"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_in_one_line(tmp_path: Path, settings: Any, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        read_settings(written(tmp_path, "settings.json", settings))
    assert "\n" not in str(caught.value)


def test_a_missing_file_an_unknown_resource_and_no_json_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nope\.json cannot be read: no such file"):
        ran("product", tmp_path / "nope.json")
    with pytest.raises(ConfigurationError, match=r"no 'coupon' to map\. It has: product, variation, order, refund, customer"):
        ran("coupon", CAPTURES[0])
    with pytest.raises(PermanentError, match=r"page\.html: The file is not JSON"):
        ran("product", written(tmp_path, "page.html", "<html>"))


def test_a_resource_may_be_named_in_the_plural() -> None:
    for capture, kind in (("04-product-simple.json", "product"), ("08-variations-of-one.json", "variation")):
        file = next(path for path in CAPTURES if path.name == capture)
        assert ran(f"{kind}s", file) == ran(kind, file)
