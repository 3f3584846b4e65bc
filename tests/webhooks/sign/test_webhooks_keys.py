"""Signing keys and the address where receivers find their public halves, over HTTP."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import importlib.util
import json
import time
from datetime import timedelta
from types import ModuleType
from uuid import UUID, uuid4

import httpx
import pytest

from hub.crypto import open_sealed
from hub.db.engine import Database
from hub.errors import Unprocessable
from tests.webhooks.sign.receivers import EXAMPLES
from tests.webhooks.sign.tamperings import BODY
from webhooks import keys
from webhooks.book import load
from webhooks.sign import PUBLIC, shown, signer_ed25519


async def key_set(api: httpx.AsyncClient, org: object) -> httpx.Response:
    """What anybody is told: no key is sent along."""
    async with httpx.AsyncClient(base_url=api.base_url, trust_env=False) as stranger:
        return await stranger.get(f"/jwks/{org}")


@pytest.fixture(scope="module")
def example() -> ModuleType:
    """The receivers' example in Python."""
    spec = importlib.util.spec_from_file_location("example_of_the_docs", EXAMPLES / "verify.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_thumbprint_is_that_of_rfc_8037() -> None:
    x = base64.urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    key = keys.SigningKey(uuid4(), x, None, None)  # type: ignore[arg-type]
    assert key.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"  # RFC 8037, A.3


async def test_the_key_is_made_once_whoever_asks_at_the_same_moment(db: Database, org: UUID) -> None:
    async def ask() -> keys.SigningKey:
        async with db.org(org) as unit:
            return await keys.ensure(unit)

    made = await asyncio.gather(*(ask() for _ in range(8)))
    assert len({key.id for key in made}) == 1


async def test_what_is_signed_with_the_key_of_the_book_is_believed_with_the_key_set(
    api: httpx.AsyncClient, db: Database, org: UUID, example: ModuleType
) -> None:
    signatures = []
    async with db.org(org) as unit:
        await keys.ensure(unit)
        await keys.rotate(unit)
    timestamp = str(int(time.time()))
    async with db.system() as unit:
        for row in await unit.fetch("select id, sealed from signing_key where org = $1", org):
            seed = open_sealed(row["sealed"], org=org, table="signing_key", column="sealed", row=row["id"])
            signatures.append(signer_ed25519(seed).sign(b"msg_1", timestamp.encode(), BODY).decode())
    assert len(signatures) == 2
    public = example.keys_of((await key_set(api, org)).json())
    for one in signatures:
        headers = {"webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": one}
        example.verify(headers.get, BODY, public)
        with pytest.raises(ValueError, match="no signature fits"):
            example.verify(headers.get, BODY + b" ", public)


async def test_the_key_set_is_a_document_that_may_be_kept_for_a_while(api: httpx.AsyncClient, db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        made = await keys.ensure(unit)
    answer = await key_set(api, org)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert answer.headers["cache-control"] == "public, max-age=600"
    (key,) = answer.json()["keys"]
    assert {name: key[name] for name in ("kty", "crv", "alg", "use")} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
    }
    assert base64.urlsafe_b64decode(key["x"] + "=") == made.public_key
    thumbprint = hashlib.sha256(json.dumps({k: key[k] for k in ("crv", "kty", "x")}, separators=(",", ":")).encode()).digest()
    assert key["kid"] == base64.urlsafe_b64encode(thumbprint).decode().rstrip("=")
    again = await api.get(f"/jwks/{org}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    async with db.org(org) as unit:
        await keys.rotate(unit)
    assert (await api.get(f"/jwks/{org}", headers={"if-none-match": answer.headers["etag"]})).status_code == 200


async def test_nobody_learns_which_organisations_there_are(api: httpx.AsyncClient, org: UUID) -> None:
    answers = [await key_set(api, who) for who in (org, uuid4(), UUID(int=0))]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in answers} == {b'{"keys":[]}'}
    assert len({(answer.headers["etag"], answer.headers["cache-control"]) for answer in answers}) == 1
    assert answers[0].headers["cache-control"] == "public, max-age=60"


async def test_what_can_be_no_organisation_is_told_so(api: httpx.AsyncClient, org: UUID) -> None:
    for who in ("main", "x" * 500, org.hex, f"{str(org)[:-1]}z"):
        answer = await key_set(api, who)
        assert answer.status_code == 404, who
        assert answer.json()["error"]["field"] == "organisation"
        assert "the organisation's id, a UUID, not its name" in answer.json()["error"]["hint"]


async def test_a_rotation_of_keys_ends_older_ones_with_its_own_overlap(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        await keys.ensure(unit)
        for hours in (100, 1, 50):
            await keys.rotate(unit, overlap=timedelta(hours=hours))
        rows = await unit.fetch("select extract(epoch from expires_at - now()) / 3600 as h from signing_key order by id")
    assert [row["h"] for row in rows] == [1, 1, 50, None]


async def test_a_rotated_key_signs_for_a_day_more_and_is_shown_a_little_longer(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        first = await keys.ensure(unit)
        second = await keys.rotate(unit)
        assert [key.id for key in await keys.listed(unit)] == [second.id, first.id]
        await unit.execute("update signing_key set expires_at = now() - interval '5 minutes' where id = $1", first.id)
        assert [key.id for key in await keys.listed(unit)] == [second.id, first.id]
        await unit.execute("update signing_key set expires_at = now() - interval '11 minutes' where id = $1", first.id)
        assert [key.id for key in await keys.listed(unit)] == [second.id]
        assert (await keys.ensure(unit)).id == second.id
        await keys.rotate(unit)
        assert await unit.fetchval("select count(*) from signing_key where id = $1", first.id) == 0


async def test_at_most_ten_old_keys_are_kept(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        for _ in range(15):
            await keys.rotate(unit)
        assert len(await keys.listed(unit)) == keys.MOST_OLD + 1


@pytest.mark.parametrize("hours", [0, 0.9, 169])
async def test_an_overlap_that_receivers_cannot_follow_is_refused(db: Database, org: UUID, hours: float) -> None:
    async with db.org(org) as unit:
        with pytest.raises(Unprocessable, match="is too short or too long: choose 1 to 168 hours") as refused:
            await keys.rotate(unit, overlap=timedelta(hours=hours))
    assert refused.value.field == "/overlap_hours"


async def test_keys_are_listed_rotated_and_retired_over_http(api: httpx.AsyncClient, db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        first = await keys.ensure(unit)
    (known,) = (await api.get("/v1/signing-keys")).json()["data"]
    assert known["id"] == str(first.id) and known["public_key"] == shown(PUBLIC, first.public_key)

    rotated = await api.post("/v1/signing-keys/rotate", json={"overlap_hours": 2}, headers={"idempotency-key": "one"})
    assert rotated.status_code == 201 and rotated.json()["expires_at"] is None
    assert (
        await api.post("/v1/signing-keys/rotate", json={"overlap_hours": 2}, headers={"idempotency-key": "one"})
    ).json() == rotated.json()
    assert [key["kid"] for key in (await key_set(api, org)).json()["keys"]] == [rotated.json()["kid"], first.kid]

    gone = await api.delete(f"/v1/signing-keys/{rotated.json()['id']}")
    assert gone.status_code == 200 and gone.json()["id"] not in (rotated.json()["id"], str(first.id))
    assert rotated.json()["kid"] not in (await key_set(api, org)).text
    assert (await api.delete(f"/v1/signing-keys/{uuid4()}")).status_code == 404
    assert (await api.post("/v1/signing-keys/rotate", json={"overlap_hours": 0.5})).json()["error"]["field"] == "/overlap_hours"
    assert (await api.post("/v1/signing-keys/rotate")).status_code == 201


async def test_keys_are_another_organisations_secret_and_do_not_lie_open(db: Database, org: UUID, new_org) -> None:  # type: ignore[no-untyped-def]
    async with db.org(org) as unit:
        made = await keys.ensure(unit)
        row = await unit.fetchrow("select sealed from signing_key where id = $1", made.id)
        assert row is not None and row["sealed"].startswith("v1.test.")
    async with db.org(await new_org("other")) as unit:
        assert await keys.listed(unit) == []


async def test_whoever_remembers_partners_hears_of_a_new_key(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        await keys.ensure(unit)
    async with db.system() as unit:
        before = (await load(unit, org)).version
    async with db.org(org) as unit:
        await keys.rotate(unit)
    async with db.system() as unit:
        assert (await load(unit, org)).version > before
