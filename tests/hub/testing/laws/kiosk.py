"""A vendor that is nothing like ours, as an author would write it: one resource, rows in an object, a header that counts.

No webhooks, no write-back, nothing nested. The laws must be able to try it without knowing anything of it.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from hub.errors import ReauthorizationError, RetryableError, SkippedRecordError
from hub.ports import (
    BadRow,
    Children,
    Explained,
    HttpAnswer,
    Json,
    Listing,
    Manifest,
    Mapped,
    Opening,
    Page,
    Probe,
    Resource,
    Row,
    ShopSettings,
)
from schemas.money import money

FIELDS = {"/title": "/label", "/status": "/state", "/status_native": "/state", "/variants/0/prices/0/money/amount": "/cost"}
STATES = {"on": "active", "off": "draft"}


def map_good(body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
    raw = json.loads(body)
    id = str(raw["id"])
    if not isinstance(raw["label"], str) or not isinstance(raw["cost"], str):
        raise SkippedRecordError(id, f"label {raw['label']!r} is no text", field="/label")
    price = {"kind": "current", "money": money(raw["cost"], settings.currency)}
    doc: Json = {
        "refs": [{"connector": "kiosk", "kind": "good", "id": id}],
        "title": raw["label"],
        **({"status": STATES[raw["state"]]} if raw["state"] in STATES else {}),
        "status_native": raw["state"],
        "variants": [{"ref": {"connector": "kiosk", "kind": "good", "id": id}, "prices": [price]}],
    }
    return Mapped("product", id, doc, datetime.fromtimestamp(raw["touched"], UTC), [(id, None, None)])


class Stall:
    """The sandbox."""

    total_headers = (b"x-kiosk-count",)

    def __init__(self, goods: int = 10, currency: str = "EUR") -> None:
        self.clock, self.currency, self.secret = 0.0, currency, "kiosk-password-1"
        self._numbers, self._edits = itertools.count(1), itertools.count(1)
        self.goods: dict[str, Json] = {}
        self.add("goods", goods)
        for good in self.goods.values():
            good["touched"] -= 1000

    def _now(self) -> int:
        return int(time.time() + self.clock)

    def credentials(self) -> dict[str, str]:
        return {"password": self.secret}

    def renew(self) -> dict[str, str]:
        self.secret = f"kiosk-password-{next(self._edits) + 1}"
        return self.credentials()

    def ids(self, resource: str) -> list[str]:
        return list(self.goods)

    def add(self, resource: str, count: int = 1) -> list[str]:
        ids = [str(next(self._numbers)) for _ in range(count)]
        for id in ids:
            self.goods[id] = {"id": int(id), "label": f"Good {id}", "state": "on", "cost": f"{id}.50", "touched": self._now()}
        return ids

    def change(self, resource: str, ids: Sequence[str]) -> None:
        for id in ids:
            self.goods[id] |= {"label": f"Edit {next(self._edits)}", "touched": self._now()}

    def delete(self, resource: str, ids: Sequence[str]) -> None:
        for id in ids:
            del self.goods[id]

    trash = delete

    def rows(self, body: object) -> list[object] | None:
        return body.get("items") if isinstance(body, dict) else None

    def record(self, resource: str, id: str) -> Json:
        return dict(self.goods[id])

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return None
        asked = {name: value[0] for name, value in parse_qs(scope["query_string"].decode()).items()}
        if dict(scope["headers"]).get(b"x-kiosk-password") != self.secret.encode():
            return await self._answer(send, 401, {"error": "who are you?"}, 0)
        if scope["path"] == "/about":
            return await self._answer(send, 200, {"currency": self.currency}, 0)
        found = sorted(self.goods.values(), key=lambda good: (good["touched"], good["id"]) if asked.get("by") else good["id"])
        found = [good for good in found if good["touched"] > float(asked.get("since", 0))]
        if "ids" in asked:
            found = [good for good in found if str(good["id"]) in asked["ids"].split(",")]
        skip = int(asked.get("skip", 0))
        return await self._answer(send, 200, {"items": found[skip : skip + int(asked.get("take", 100))]}, len(found))

    async def _answer(self, send: Any, status: int, body: Json, count: int) -> None:
        date = formatdate(self._now(), usegmt=True).encode()
        headers = [(b"content-type", b"application/json"), (b"x-kiosk-count", b"%d" % count), (b"date", date)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})


class Window:
    """The store."""

    def __init__(self, opening: Opening) -> None:
        self._open = opening

    async def get(self, path: str, **asked: str) -> HttpAnswer:
        await self._open.budget()
        url, password = f"{self._open.url}{path}?{urlencode(asked)}", self._open.credentials["password"]
        answer = await self._open.http.request("GET", url, headers={"X-Kiosk-Password": password})
        if answer.status == 401:
            raise ReauthorizationError("The kiosk does not know this password.")
        if answer.status != 200:
            after = answer.headers.get("retry-after")
            raise RetryableError(
                f"The kiosk answered {answer.status}.", status=answer.status, after=float(after) if after else None
            )
        return answer

    async def _goods(self, **asked: str) -> Page:
        answer = await self.get("/goods", **asked)
        try:
            items = json.loads(answer.body[answer.body.index(b'{"items"') : answer.body.rindex(b"}") + 1])["items"]
        except ValueError as error:
            raise RetryableError("The kiosk sent no JSON.") from error
        good = [one for one in items if isinstance(one, dict) and isinstance(one["id"], int)]
        bad = [BadRow(json.dumps(one).encode(), "This is no good.") for one in items if one not in good]
        rows = [Row(str(one["id"]), json.dumps(one).encode(), self._moment(one), None, ()) for one in good]
        return Page(rows, bad, int(answer.headers["x-kiosk-count"]), parsedate_to_datetime(answer.headers["date"]))

    def _moment(self, good: Json) -> datetime | None:
        return datetime.fromtimestamp(good["touched"], UTC) if isinstance(good["touched"], int) else None

    async def page(self, resource: Resource, listing: Listing) -> Page:
        asked = {"skip": str(listing.offset), "take": str(listing.limit)}
        if listing.order == "modified":
            asked["by"] = "touched"
        if listing.since is not None:
            asked["since"] = str(listing.since.timestamp())
        return await self._goods(**asked)

    async def fetch(self, resource: Resource, ids: Sequence[str]) -> Page:
        return await self._goods(ids=",".join(ids), take=str(len(ids)))

    async def children(self, resource: Resource, parents: Sequence[Row]) -> Children:
        return Children({parent.id: () for parent in parents})

    async def touched_parents(self, resource: Resource, listing: Listing) -> Page:
        return Page(())

    async def close(self) -> None:
        """Nothing is open."""


class Kiosk:
    """The connector."""

    manifest = Manifest("kiosk", "Kiosk", "1", "v1", None, "key_secret", ("password",))
    resources = (Resource("goods", "product", "good", map_good),)
    webhooks = None
    makes: Mapping[str, Sequence[Json]] = {"L19": [{"currency": "JPY"}]}

    def normalise_url(self, text: str) -> str:
        return text.rstrip("/")

    async def probe(self, opening: Opening) -> Probe:
        about = json.loads((await Window(opening).get("/about")).body)
        return Probe(opening.url, "A kiosk", opening.url, ShopSettings(currency=about["currency"]), {}, "v1")

    def open(self, opening: Opening) -> Window:
        return Window(opening)

    def writer(self, store: object) -> None:
        return None

    def explain(self, raw_kind: str, body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Explained:
        return Explained(map_good(body, children, settings).doc, FIELDS, {})

    def to_native(self, raw_kind: str, doc: Json) -> Json:
        cost = doc["variants"][0]["prices"][0]["money"]["amount"]
        return {"label": doc["title"], "state": doc["status_native"], "cost": cost}

    def objects_in(self, raw_kind: str, text: bytes) -> list[bytes]:
        return [text]

    def sandbox(self, **scale: Any) -> Stall:
        return Stall(**scale)
