"""One question to a shop's GraphQL Admin API, answered with data or with the error that says what to do next."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.shopify.client.answer import Answer, denied, read, trouble
from connectors.shopify.client.costs import Costs
from connectors.shopify.client.troubles import (
    AccessDenied,
    CostTooHigh,
    Denied,
    ShopClosed,
    UserError,
    UserErrors,
    refusal,
    user_errors,
)
from connectors.shopify.connector import API_VERSION
from connectors.shopify.documents import load
from connectors.shopify.tokens import Tokens
from hub.errors import RetryableError
from hub.ports import HttpAnswer, Json, Opening, Tariff
from schemas import exact

__all__ = ["AccessDenied", "CostTooHigh", "Denied", "Graph", "Said", "ShopClosed", "UserError", "UserErrors"]

DEADLINE = 45.0  # seconds; Shopify itself gives up after ten
PATIENCE = 300.0  # seconds of being throttled, of one request; after them the run's own patience decides
HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "Shopify-Search-Query-Debug": "1",  # else a filter that Shopify does not know is ignored without a word
}


@dataclass(frozen=True, slots=True)
class Said:
    """What the shop said. Numbers with a fraction are Decimal. `denied`: paths that came empty for want of a permission;
    `at`: the shop's clock (UTC); `cost`: the points of this answer and the shop's bucket after it."""

    data: Json
    denied: tuple[Denied, ...]
    at: datetime | None
    cost: Tariff | None


class Graph:
    """The shop's GraphQL API. Sets points aside before every request, and reports what the shop says of them."""

    def __init__(self, opening: Opening) -> None:
        self.base = opening.url.rstrip("/")
        self.shop = self.base.partition("://")[2]
        self.costs = Costs()
        self.bucket: float | None = None  # the size of the shop's bucket, once it was told
        self._url = f"{self.base}/admin/api/{API_VERSION}/graphql.json"
        self._http, self._budget = opening.http, opening.budget
        self._tokens = Tokens(opening)

    async def ask(
        self, name: str, variables: Mapping[str, Any] | None = None, *, partial: bool = False, text: str | None = None
    ) -> Said:
        """The answer to a document: one of `documents/`, or `text` (then `name` is only its name in messages).

        THROTTLED waits and asks again. `partial`: fields that we may not see come as null, and `Said.denied` names them.
        Raises CostTooHigh, AccessDenied, ShopClosed, ReauthorizationError, RetryableError, PermanentError.
        """
        document, variables = text or load(name), variables or {}
        where = f"{self.shop} {name}"
        content = exact.encode_plain({"query": document, "variables": variables})
        waited = 0.0
        while True:
            guess = self.costs.guess(name, document, variables)
            answer = await self._exchange(content, guess, where)
            if answer.requested is not None:
                self.costs.learn(name, document, variables, answer.requested)
            if "THROTTLED" not in answer.codes:
                break
            wait = self._pause(answer, where)
            if waited + wait > PATIENCE:
                raise RetryableError(f"{where}: throttled for {waited:.0f} seconds.", after=wait, status=429)
            waited += wait
            await asyncio.sleep(wait)
        if (error := trouble(answer, where, partial=partial)) is not None:
            raise error
        return Said(answer.data or {}, denied(answer), answer.at, answer.tariff(guess))

    async def change(self, name: str, variables: Mapping[str, Any], root: str) -> Json:
        """What a mutation answers under `root`. Raises UserErrors when it refuses, and what `ask` raises."""
        said = await self.ask(name, variables)
        found = said.data.get(root)
        if not isinstance(found, dict):
            raise RetryableError(f"{self.shop} {name}: the answer says nothing of {root}.")
        if errors := user_errors(found):
            words = "; ".join(f"{'.'.join(one.field)}: {one.message}" if one.field else one.message for one in errors[:5])
            raise UserErrors(f"{self.shop} {name} was refused: {words}", errors)
        return found

    async def _exchange(self, content: bytes, guess: float, where: str) -> Answer:
        """One answer of the API; a token that is refused is renewed once."""
        for last in (False, True):
            token = await self._tokens.token()
            await self._budget(guess)
            tariff: Tariff | None = None
            try:
                answer = await self._post(token, content)
                if answer.status == 401:
                    if last:
                        raise refusal(401, answer.headers, answer.body, where)
                    await self._tokens.rejected(token)
                    continue
                found = read(answer, API_VERSION, where)
                tariff = found.tariff(guess)
            finally:
                await self._report(tariff, guess)
            return found
        raise AssertionError("unreachable")

    async def _report(self, tariff: Tariff | None, guess: float) -> None:
        if tariff is None:
            await self._budget.back(guess)
        else:
            self.bucket = tariff.maximum
            await self._budget.told(tariff)

    async def _post(self, token: str, content: bytes) -> HttpAnswer:
        headers = {**HEADERS, "X-Shopify-Access-Token": token}
        answer = await self._http.request("POST", self._url, headers=headers, content=content, deadline=DEADLINE)
        if (quoted := token.encode()) in answer.body:  # a vendor's words may quote what we sent: it goes into no message of ours
            return replace(answer, body=answer.body.replace(quoted, b"..."))
        return answer

    def _pause(self, answer: Answer, where: str) -> float:
        """Seconds until the shop has the points. Raises CostTooHigh when its bucket can never hold them."""
        tariff, requested = answer.tariff(0.0), answer.requested
        if tariff is None or requested is None:
            return 1.0
        if requested > tariff.maximum:
            raise CostTooHigh(
                f"{where}: {requested:.0f} points are more than the shop's bucket of {tariff.maximum:.0f}.", requested=requested
            )
        return max(1.0, (requested - tariff.available) / tariff.restore)
