"""The budgets of all shops in this process, and the client that notices when a shop asks to slow down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

from hub.budget.points import CostBudget
from hub.budget.requests import ShopBudget
from hub.ports import Budget, HttpAnswer, HttpClient, Limits

if TYPE_CHECKING:
    from hub.db.engine import Database

SLOW_DOWN: Final = 5.0  # seconds to hold back when the shop does not say how long


class Held(Budget, Protocol):
    """A budget that can hold everybody back."""

    async def block(self, seconds: float) -> None: ...


class Budgets:
    """The budgets of all shops, each kept: a new one for every errand would lease many tokens for a single request."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: dict[UUID, Held] = {}

    def for_installation(self, org: UUID, installation: UUID, limits: Limits) -> Held:
        """The budget of one shop in this process; those of other processes share the shop's row with it."""
        if installation not in self._kept:
            made = CostBudget if limits.costs else ShopBudget
            self._kept[installation] = made(self._db, org, installation, limits)
        return self._kept[installation]


class Watched:
    """`hub.ports.HttpClient` that notices when the shop asks to slow down, so that no connector has to. `options` are its."""

    def __init__(self, http: HttpClient, budget: Held) -> None:
        self._http = http
        self._budget = budget

    async def request(self, method: str, url: str, **options: Any) -> HttpAnswer:
        """The inner client's answer; 429 and a 503 that names a time hold back every worker."""
        answer = await self._http.request(method, url, **options)
        after = answer.headers.get("retry-after", "")
        seconds = float(after) if after.isascii() and after.replace(".", "", 1).isdigit() else None
        if answer.status == 429 or (answer.status == 503 and seconds):
            await self._budget.block(min(seconds or SLOW_DOWN, 3600.0))
        return answer

    async def download(self, url: str, path: Path, **options: Any) -> HttpAnswer:
        """Passed on: files lie on other servers than the shop, whose pace they do not touch."""
        return await self._http.download(url, path, **options)
