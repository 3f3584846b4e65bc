"""The value traps of customers."""

from __future__ import annotations

from typing import Any

import pytest
from mapping_cases import CUSTOMER, SETTINGS

from connectors.woocommerce.mapping import map_customer, to_native
from connectors.woocommerce.mapping.customer import e164
from hub.errors import SkippedRecordError
from schemas.exact import encode_plain


def mapped(**fields: Any) -> dict[str, Any]:
    return map_customer(encode_plain({"id": 7, **fields}), (), SETTINGS).doc


def test_a_customer_keeps_the_email_as_written_and_has_a_key_to_be_found_by() -> None:
    doc = mapped(**{**CUSTOMER, "id": 7})
    assert doc["email"] == " Ann@Example.TEST "
    assert doc["identity_keys"] == [
        {"scheme": "email_norm", "value": "ann@example.test"},
        {"scheme": "phone_e164", "value": "+33612345678"},
    ]
    assert to_native("customer", doc)["email"] == " Ann@Example.TEST "


@pytest.mark.parametrize(
    ("phone", "expected"),
    [
        ("+33 6 12 34 56 78", "+33612345678"),
        ("0612345678", None),
        ("+0 12", None),
        ("+1 (415) 555-0100", "+14155550100"),
        ("", None),
        ("+33 x", None),
    ],
)
def test_only_an_international_phone_is_a_key(phone: str, expected: str | None) -> None:
    assert e164(phone) == expected


def test_the_language_comes_from_wordpress_and_a_country_that_is_no_code_stays_native() -> None:
    doc = mapped(**{**CUSTOMER, "id": 7})
    assert doc["locale"] == "fr-FR"
    assert doc["addresses"] == [
        {"roles": ["billing"], "phone": "+33 6 12 34 56 78", "country_native": "France", "subdivision": "75"}
    ]
    assert (doc["role_native"], doc["paying"]) == ("wholesale_buyer", True)


def test_a_customer_without_id_is_refused() -> None:
    with pytest.raises(SkippedRecordError, match="expected a positive integer"):
        map_customer(b'{"email":"a@b.test"}', (), SETTINGS)


def test_nothing_is_told_of_consent_or_spending() -> None:
    assert not {"consent", "spend", "tags"} & mapped(**{**CUSTOMER, "id": 7}).keys()
