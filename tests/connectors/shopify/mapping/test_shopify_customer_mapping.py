"""The value traps of customers, one by one."""

from __future__ import annotations

from typing import Any

import pytest
from shopify_cases import REST_CUSTOMER, SETTINGS, payload, tree

from connectors.shopify.mapping import map_customer, to_native
from connectors.shopify.mapping.customer import customer_doc
from hub.errors import SkippedRecordError
from schemas.exact import encode_plain


def mapped(**fields: Any) -> dict[str, Any]:
    return customer_doc({"id": "gid://shopify/Customer/4", **fields})


def address(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"id": f"gid://shopify/MailingAddress/{number}?model_name=CustomerAddress", "address1": "1 rue", **fields}


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("SUBSCRIBED", "granted"),
        ("UNSUBSCRIBED", "denied"),
        ("PENDING", "pending"),
        ("NOT_SUBSCRIBED", "unknown"),
        ("INVALID", "unknown"),
        ("REDACTED", "unknown"),
        ("NEW_WORD", "unknown"),
    ],
)
def test_a_consent_has_its_word_and_goes_back_in_the_shops(word: str, state: str) -> None:
    said = {"emailAddress": "a@b.test", "marketingState": word, "marketingOptInLevel": "SINGLE_OPT_IN"}
    doc = mapped(defaultEmailAddress=said)
    assert doc["consent"] == [{"channel": "email", "state": state, "level": "SINGLE_OPT_IN"}]
    assert to_native("customer", doc)["emailMarketingConsent"] == {"marketingState": word, "marketingOptInLevel": "SINGLE_OPT_IN"}


def test_fields_that_are_kept_from_us_are_nothing() -> None:
    fields = (
        "firstName",
        "lastName",
        "defaultEmailAddress",
        "defaultPhoneNumber",
        "defaultAddress",
        "amountSpent",
        "addressesV2",
    )
    assert mapped(**dict.fromkeys(fields)) == mapped()
    assert mapped() == {"refs": [{"connector": "shopify", "kind": "Customer", "id": "4", "gid": "gid://shopify/Customer/4"}]}


@pytest.mark.parametrize(
    ("state", "account"),
    [("ENABLED", "registered"), ("DISABLED", "guest"), ("INVITED", "guest"), ("DECLINED", "guest"), ("ODD", None)],
)
def test_a_state_says_whether_the_customer_can_log_in(state: str, account: str | None) -> None:
    assert (mapped(state=state).get("account"), mapped(state=state)["role_native"]) == (account, state)


def test_the_default_address_is_one_of_the_addresses() -> None:
    doc = mapped(addressesV2={"nodes": [address(1), address(2)]}, defaultAddress={"id": address(2)["id"]})
    assert [one.get("roles") for one in doc["addresses"]] == [None, ["default"]]
    assert "ext" not in doc
    unknown = mapped(addressesV2={"nodes": []}, defaultAddress={"id": address(2)["id"]})
    assert unknown["ext"]["shopify"]["defaultAddress"] == {"id": address(2)["id"]}


@pytest.mark.parametrize(
    ("country", "code", "found"),
    [
        ("US", "CA", "US-CA"),
        ("US", "AE", "AE"),
        ("JP", "JP-13", "JP-13"),
        ("MX", "DF", "DF"),
        ("IT", "RM", "IT-RM"),
        (None, "CA", "CA"),
    ],
)
def test_a_province_is_named_by_iso_where_that_is_certain(country: str | None, code: str, found: str) -> None:
    doc = mapped(addressesV2={"nodes": [address(countryCodeV2=country, provinceCode=code, province="Name")]})
    (one,) = doc["addresses"]
    assert (one["subdivision"], one["ext"]["shopify"]["province"]) == (found, "Name")
    assert to_native("customer", doc)["addresses"][0]["provinceCode"] == code


def test_a_province_that_has_only_a_name_keeps_it() -> None:
    doc = mapped(addressesV2={"nodes": [address(countryCodeV2="GB", province="Kent")]})
    assert doc["addresses"][0]["subdivision"] == "Kent"
    assert "provinceCode" not in to_native("customer", doc)["addresses"][0]


def test_identity_keys_are_for_finding() -> None:
    doc = customer_doc(tree("customer"))
    assert doc["identity_keys"] == [
        {"scheme": "email_norm", "value": "lea@test.fr"},
        {"scheme": "phone_e164", "value": "+33612345678"},
    ]
    assert "identity_keys" not in mapped(defaultPhoneNumber={"phoneNumber": "555-625-1199"})


def test_what_was_spent_is_exact_and_counts_may_be_texts() -> None:
    doc = mapped(numberOfOrders="12", amountSpent={"amount": "1234.5", "currencyCode": "KWD"})
    assert doc["spend"] == {"orders": 12, "total": {"amount": "1234.5", "currency": "KWD", "minor": 1234500}}
    with pytest.raises(SkippedRecordError, match="/numberOfOrders"):
        mapped(numberOfOrders="-1")


def test_a_webhook_tells_consents_and_addresses_alike() -> None:
    doc = map_customer(encode_plain(REST_CUSTOMER), (), SETTINGS).doc
    assert doc["consent"] == [
        {"channel": "email", "state": "unknown", "at": "2026-11-20T10:11:11Z"},
        {"channel": "sms", "state": "granted", "level": "SINGLE_OPT_IN", "source": "OTHER"},
    ]
    (one,) = doc["addresses"]
    assert (one["roles"], one["subdivision"], one["id"]) == (
        ["default"],
        "US-CA",
        "gid://shopify/MailingAddress/1?model_name=CustomerAddress",
    )
    assert doc["tags"] == ["vip", "été"]


def test_the_older_words_for_consent_are_understood() -> None:
    doc = map_customer(encode_plain(payload("customers_update")), (), SETTINGS).doc
    assert doc["consent"] == [{"channel": "email", "state": "granted", "at": "2022-01-01T00:00:00Z"}]
    assert doc["ext"]["shopify"]["defaultEmailAddress"] == {"accepts_marketing": True}
    both = {**REST_CUSTOMER, "accepts_marketing": False}
    assert map_customer(encode_plain(both), (), SETTINGS).doc["ext"]["shopify"]["accepts_marketing"] is False


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": 5}, "/email"),
        ({"email_marketing_consent": {"state": 5}}, "/email_marketing_consent/state"),
        ({"addresses": [{"id": 1, "zip": 75001}]}, "/addresses/0/zip"),
        ({"orders_count": "many"}, "/orders_count"),
        ({"total_spent": "much", "currency": "EUR"}, "/total_spent"),
    ],
)
def test_a_webhook_that_cannot_be_mapped_is_refused_by_its_own_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(SkippedRecordError) as caught:
        map_customer(encode_plain({"id": 4, **change}), (), SETTINGS)
    assert caught.value.field == field
