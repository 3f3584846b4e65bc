"""The tokens that the sandbox gives, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from connectors.shopify.sandbox import Sandbox
from connectors.shopify.sandbox.oauth import query_hmac
from connectors.shopify.sandbox.tokens import CLIENT_ID, DAY, SECRET
from hub.testing.serving import serve

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
ONLINE = "urn:shopify:params:oauth:token-type:online-access-token"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"


@dataclass
class Door:
    sandbox: Sandbox
    url: str
    client: httpx.AsyncClient

    async def grant(self, **fields: Any) -> tuple[int, dict[str, Any]]:
        body = {"client_id": CLIENT_ID, "client_secret": SECRET, **fields}
        answer = await self.client.post(f"{self.url}/admin/oauth/access_token", json=body)
        return answer.status_code, answer.json()

    async def given(self, **fields: Any) -> dict[str, Any]:
        status, answer = await self.grant(**fields)
        assert status == 200, answer
        return answer

    async def exchange(self, **fields: Any) -> tuple[int, dict[str, Any]]:
        subject = {"subject_token": self.sandbox.tokens.session_token(), "subject_token_type": ID_TOKEN}
        return await self.grant(grant_type=EXCHANGE, **{**subject, "requested_token_type": OFFLINE, "expiring": 1, **fields})

    async def refresh(self, token: str) -> tuple[int, dict[str, Any]]:
        return await self.grant(grant_type="refresh_token", refresh_token=token)

    async def open(self, token: str) -> int:
        """The status with which the API answers this token."""
        address = f"{self.url}/admin/api/2026-10/graphql.json"
        headers = {"X-Shopify-Access-Token": token}
        return (await self.client.post(address, json={"query": "{ shop { id } }"}, headers=headers)).status_code


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    sandbox = Sandbox()
    async with serve(sandbox.app) as url, httpx.AsyncClient() as client:
        yield Door(sandbox, url, client)


async def test_a_static_token_works_until_it_is_taken_away_and_another_given(door: Door) -> None:
    token = door.sandbox.credentials()["token"]
    assert await door.open(token) == 200
    fresh = door.sandbox.renew()["token"]
    assert (await door.open(token), await door.open(fresh), await door.open("shpat_guess")) == (401, 200, 401)


async def test_client_credentials_give_a_day_and_nothing_to_refresh(door: Door) -> None:
    answer = await door.given(grant_type="client_credentials")
    assert set(answer) == {"access_token", "scope", "expires_in"}
    assert answer["expires_in"] == DAY - 1
    assert await door.open(answer["access_token"]) == 200
    door.sandbox.clock = DAY
    assert await door.open(answer["access_token"]) == 401


async def test_a_form_is_as_good_as_json(door: Door) -> None:
    form = {"client_id": CLIENT_ID, "client_secret": SECRET, "grant_type": "client_credentials"}
    answer = await door.client.post(f"{door.url}/admin/oauth/access_token", data=form)
    assert answer.json()["access_token"].startswith("shpat_")


async def test_a_session_token_becomes_an_expiring_offline_token(door: Door) -> None:
    status, answer = await door.exchange()
    assert status == 200
    assert list(answer) == ["access_token", "scope", "expires_in", "refresh_token", "refresh_token_expires_in"]
    assert (answer["expires_in"], answer["refresh_token_expires_in"]) == (3600, 7_776_000)
    assert "read_products" in answer["scope"].split(",")
    door.sandbox.clock = 3599
    assert await door.open(answer["access_token"]) == 200
    door.sandbox.clock = 3601
    assert await door.open(answer["access_token"]) == 401


async def test_an_online_token_names_its_user(door: Door) -> None:
    _, answer = await door.exchange(requested_token_type=ONLINE)
    assert answer["associated_user"]["id"] == 42
    assert "refresh_token" not in answer


@pytest.mark.parametrize(
    "lie",
    [
        {"dest": "https://other.myshopify.com"},
        {"aud": "another-app"},
        {"seconds": -60},
        {"seconds": None},
        {"nbf": 4_000_000_000},
        {"iss": None},
    ],
)
async def test_a_session_token_that_lies_is_refused(door: Door, lie: dict[str, Any]) -> None:
    status, answer = await door.exchange(subject_token=door.sandbox.tokens.session_token(**lie))
    assert (status, answer["error"]) == (400, "invalid_subject_token")


async def test_a_forged_session_token_is_refused(door: Door) -> None:
    head, body, _ = door.sandbox.tokens.session_token().split(".")
    for forged in (f"{head}.{body}.AAAA", f"{head}.{body}", "nonsense", ""):
        status, answer = await door.exchange(subject_token=forged)
        assert (status, answer["error"]) in {(400, "invalid_subject_token"), (400, "invalid_request")}


async def test_a_public_app_may_not_use_a_token_without_an_end(door: Door) -> None:
    _, answer = await door.exchange(expiring=0)
    assert set(answer) == {"access_token", "scope"}
    assert await door.open(answer["access_token"]) == 403


async def test_an_old_token_is_exchanged_once_and_dead_from_then_on(door: Door) -> None:
    old = door.sandbox.credentials()["token"]
    subject = {"subject_token": old, "subject_token_type": OFFLINE}
    status, answer = await door.exchange(**subject, expiring=None)
    assert (status, answer["error"], await door.open(old)) == (400, "invalid_request", 200)
    status, answer = await door.exchange(**subject)
    assert status == 200
    assert (await door.open(old), await door.open(answer["access_token"])) == (401, 200)
    assert (await door.exchange(**subject))[1]["error"] == "invalid_subject_token"


async def test_a_used_refresh_token_stays_good_until_its_successor_is_used(door: Door) -> None:
    _, first = await door.exchange()
    _, second = await door.refresh(first["refresh_token"])
    status, retried = await door.refresh(first["refresh_token"])  # the answer was lost, say
    assert status == 200
    assert len({first["access_token"], second["access_token"], retried["access_token"]}) == 3
    _, third = await door.refresh(retried["refresh_token"])
    status, answer = await door.refresh(first["refresh_token"])
    assert (status, answer["error"]) == (400, "invalid_grant")
    assert (await door.refresh(third["refresh_token"]))[0] == 200


async def test_a_refresh_token_ends_after_ninety_days_and_a_used_one_after_thirty(door: Door) -> None:
    _, first = await door.exchange()
    await door.refresh(first["refresh_token"])
    door.sandbox.clock = 31 * DAY
    assert (await door.refresh(first["refresh_token"]))[1]["error"] == "invalid_grant"
    _, second = await door.exchange()
    door.sandbox.clock = 122 * DAY
    assert (await door.refresh(second["refresh_token"]))[1]["error"] == "invalid_grant"


async def test_a_new_install_ends_the_older_refresh_tokens(door: Door) -> None:
    _, first = await door.exchange()
    _, second = await door.exchange()
    assert (await door.refresh(first["refresh_token"]))[1]["error"] == "invalid_grant"
    assert (await door.refresh(second["refresh_token"]))[0] == 200


async def test_a_lost_answer_leaves_the_old_refresh_token_good(door: Door) -> None:
    _, first = await door.exchange()
    door.sandbox.tokens.lose_answer()
    with pytest.raises(httpx.HTTPError):
        (
            await door.client.post(
                f"{door.url}/admin/oauth/access_token",
                json={
                    "client_id": CLIENT_ID,
                    "client_secret": SECRET,
                    "grant_type": "refresh_token",
                    "refresh_token": first["refresh_token"],
                },
            )
        ).raise_for_status()
    assert (await door.refresh(first["refresh_token"]))[0] == 200
    assert door.sandbox.tokens.answered.count("refresh_token") == 2


async def test_the_wrong_secret_and_an_uninstalled_app_are_invalid_clients(door: Door) -> None:
    assert (await door.grant(client_secret="no", grant_type="client_credentials"))[1]["error"] == "invalid_client"
    assert (await door.grant(client_id="", grant_type="client_credentials"))[1]["error"] == "invalid_request"
    assert (await door.grant(grant_type="password"))[1]["error"] == "unsupported_grant_type"
    assert (await door.grant())[1]["error"] == "invalid_request"
    _, pair = await door.exchange()
    door.sandbox.tokens.uninstall()
    assert (await door.refresh(pair["refresh_token"]))[1]["error"] == "invalid_client"
    assert await door.open(pair["access_token"]) == 401
    assert (await door.exchange())[1]["error"] == "invalid_client"
    door.sandbox.tokens.install()
    assert (await door.exchange())[0] == 200
    assert (await door.refresh(pair["refresh_token"]))[1]["error"] == "invalid_grant"


async def test_a_rotated_secret_is_honoured_beside_the_new_one(door: Door) -> None:
    door.sandbox.tokens.app.old_secret, door.sandbox.tokens.app.secret = SECRET, "hush_hush_hush_hush_hush_hush_hush_2"
    assert (await door.grant(grant_type="client_credentials"))[0] == 200
    assert (await door.grant(grant_type="client_credentials", client_secret=door.sandbox.tokens.app.secret))[0] == 200


async def test_an_answer_can_come_without_expires_in(door: Door) -> None:
    door.sandbox.tokens.answer_without_expires_in = True
    _, answer = await door.exchange()
    assert "expires_in" not in answer
    assert "refresh_token" in answer


async def test_a_code_is_given_back_signed_and_good_once(door: Door) -> None:
    query = {
        "client_id": CLIENT_ID,
        "scope": "read_products,write_files",
        "redirect_uri": "https://hub.example/back",
        "state": "af3c9d",
    }
    answer = await door.client.get(f"{door.url}/admin/oauth/authorize", params=query)
    assert answer.status_code == 302
    target = urlsplit(answer.headers["location"])
    said = dict(parse_qsl(target.query))
    assert f"{target.scheme}://{target.netloc}{target.path}" == "https://hub.example/back"
    assert set(said) == {"code", "hmac", "host", "shop", "state", "timestamp"}
    assert said["hmac"] == query_hmac(said, SECRET)
    assert (said["state"], said["shop"]) == ("af3c9d", "luneo-sandbox.myshopify.com")
    pair = await door.given(code=said["code"], expiring=1)
    assert (pair["scope"], pair["expires_in"]) == ("read_products,write_files", 3600)
    assert (await door.grant(code=said["code"]))[1]["error"] == "invalid_request"


async def test_an_unknown_app_and_a_strange_address_are_not_sent_back(door: Door) -> None:
    door.sandbox.tokens.app.redirects = ("https://hub.example/back",)
    for query in (
        {"client_id": "x", "redirect_uri": "https://hub.example/back"},
        {"client_id": CLIENT_ID, "redirect_uri": "https://evil.example"},
    ):
        assert (await door.client.get(f"{door.url}/admin/oauth/authorize", params=query)).status_code == 400


def test_the_query_signature_agrees_with_the_published_vector() -> None:
    text = (
        "code=0907a61c0c8d55e99db179b68161bc00&host=YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvZXhhbXBsZQ"
        "&shop=example-shop.myshopify.com&state=af3c9d&timestamp=1763800000"
    )
    wanted = "e36a5b52f7d95b6248e9212cc3a654ca87942636a2d262095fbb5f6bc5644171"
    assert query_hmac(dict(parse_qsl(text)), SECRET) == wanted


async def test_offline_credentials_come_with_what_they_are_renewed_with() -> None:
    sandbox = Sandbox(token_kind="offline")
    async with serve(sandbox.app) as url, httpx.AsyncClient() as client:
        door = Door(sandbox, url, client)
        stored = sandbox.credentials()
        assert stored == sandbox.credentials()
        assert set(stored) == {"kind", "token", "expires_at", "refresh_token", "refresh_expires_at", "scope"}
        sandbox.expire()
        assert await door.open(stored["token"]) == 401
        pair = (await door.refresh(stored["refresh_token"]))[1]
        assert await door.open(pair["access_token"]) == 200
        fresh = sandbox.renew()
        assert (await door.refresh(pair["refresh_token"]))[1]["error"] == "invalid_grant"
        assert await door.open(fresh["token"]) == 200


async def test_renewed_client_credentials_have_another_secret() -> None:
    sandbox = Sandbox(token_kind="client_credentials")
    stored = sandbox.credentials()
    async with serve(sandbox.app) as url, httpx.AsyncClient() as client:
        door = Door(sandbox, url, client)
        fresh = sandbox.renew()
        assert (await door.grant(grant_type="client_credentials", **stored))[1]["error"] == "invalid_client"
        assert (await door.grant(grant_type="client_credentials", **fresh))[0] == 200
