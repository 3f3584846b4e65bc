"""One ASGI wrapper that makes any vendor's sandbox hostile, the way real stores are.

It knows HTTP, JSON and four things of the sandbox (`rows`, `add`, `delete`, `clock`), nothing of a vendor. It counts the
listing requests of one resource and strikes from the `at`-th on, `times` times; the same calls give the same trouble. A vendor
who counts rows within the body has a sandbox that can `lie(body, more)`: adds to the total of a decoded listing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from hub.testing.received import Message, Receive, again, whole

__all__ = ["Answer", "App", "Hostile", "Message", "Mode", "Receive", "Scope", "Send"]

Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class Troubled(Protocol):
    """What the wrapper needs of a sandbox."""

    clock: float

    def rows(self, body: object) -> list[object] | None: ...
    def add(self, resource: str, count: int = 1) -> list[str]: ...
    def delete(self, resource: str, ids: Sequence[str]) -> None: ...


class Mode(StrEnum):
    """A way of being hostile: its name, what it does, and how often it does it (None: from then on)."""

    what: str
    times: int | None

    def __new__(cls, name: str, times: int | None, what: str) -> Mode:
        made = str.__new__(cls, name)
        made._value_ = name
        made.what, made.times = what, times
        return made

    ROWS_DELETED = "rows_deleted", 1, "rows of an earlier page are deleted between two pages"
    ROWS_INSERTED = "rows_inserted", 1, "new rows appear between two pages"
    SHORT_PAGE = "short_page", None, "one row is missing from every listing, while the total counts it"
    SHORT_PAGE_ONCE = "short_page_once", 1, "one row is missing from one page, and is there when asked again"
    HTML_200 = "html_200", 1, "a maintenance page in HTML with status 200"
    PHP_NOTICE = "php_notice", 1, "a PHP notice stands before the JSON"
    PHP_TAIL = "php_tail", 1, "an HTML comment stands after the JSON"
    BOM = "bom", 1, "a byte order mark stands before the JSON"
    CUT_BODY = "cut_body", 1, "the body ends in the middle, its length says nothing of it"
    CUT_CONNECTION = "cut_connection", 1, "the connection breaks in the middle of the body"
    NULL_ROW = "null_row", 1, "a row of the page is null"
    WRONG_TYPED_ID = "wrong_typed_id", 1, "the id of a row is an object"
    RATE_LIMITED = "rate_limited", 2, "429 with Retry-After"
    RATE_LIMITED_BARE = "rate_limited_bare", 2, "429 without Retry-After"
    SERVER_ERRORS = "server_errors", 3, "a burst of 500 in HTML"
    CLOCK_AHEAD = "clock_ahead", None, "the store's clock and Date header are ten minutes ahead"
    CLOCK_BEHIND = "clock_behind", None, "the store's clock and Date header are ten minutes behind"
    SLOW_PAGE = "slow_page", 1, "a page comes late"
    FORBIDDEN = "forbidden", 3, "a firewall answers one page with 403 in HTML"
    LYING_TOTAL = "lying_total", None, "the total counts rows that do not exist"


MODES: dict[str, Mode] = {str(mode): mode for mode in Mode}
SKEW = 600.0  # seconds
INSERTED = DELETED = 3  # rows
LIE = 7  # rows
_PAGES = {
    Mode.HTML_200: (200, "Briefly unavailable for scheduled maintenance. Check back in a minute."),
    Mode.SERVER_ERRORS: (500, "There has been a critical error on this website."),
    Mode.FORBIDDEN: (403, "Sorry, you have been blocked."),
    Mode.RATE_LIMITED: (429, "Too Many Requests"),
    Mode.RATE_LIMITED_BARE: (429, "Too Many Requests"),
}
_NOTICE = (
    b"<br />\n<b>Notice</b>:  Undefined index: width in <b>/var/www/html/wp-content/plugins/x/x.php</b> on line <b>7</b><br />\n"
)
_TAIL = b"\n<!-- Page optimized by LiteSpeed Cache @2026-11-22 07:10:12 -->"


@dataclass
class Answer:
    """A whole answer, taken in before it is passed on."""

    status: int = 0
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    @classmethod
    async def of(cls, app: App, scope: Scope, receive: Receive) -> Answer:
        """What an application answers."""
        answer = cls()

        async def take(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message["headers"])
            else:
                answer.body += message.get("body", b"")

        await app(scope, receive, take)
        return answer

    async def send(self, send: Send) -> None:
        kept = [pair for pair in self.headers if pair[0].lower() != b"content-length"]
        kept.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": kept})
        await send({"type": "http.response.body", "body": self.body})


class BrokenConnection(Exception):
    """Raised in the middle of an answer, so that the server drops the connection."""


class Hostile:
    """An ASGI application: `app` with trouble. `did` tells what it has done, in words, in order.

    `at` counts the listing requests of `resource` from 1. A listing is a GET whose last path segment is the resource
    (`listing`, given scope and body, says it for vendors that address otherwise). `times` None: as the mode says.
    """

    def __init__(
        self,
        app: App,
        sandbox: Troubled,
        mode: Mode | str,
        at: int = 3,
        resource: str = "products",
        times: int | None = None,
        *,
        seconds: float = 2.0,
        retry_after: int = 1,
        total_headers: Sequence[bytes] = (b"x-wp-total",),
        listing: Callable[[Scope, bytes], bool] | None = None,
    ) -> None:
        self.inner, self.sandbox, self.mode = app, sandbox, MODES[mode]
        self.at, self.resource = at, resource
        self.left = float("inf") if (count := times or self.mode.times) is None else count
        self.seconds, self.retry_after, self.total_headers = seconds, retry_after, total_headers
        self.listing = listing or self._is_listing
        self.did: list[str] = []
        self.pages = 0
        self._seen: list[str] = []
        self._victim: object = None
        if self.mode in {Mode.CLOCK_AHEAD, Mode.CLOCK_BEHIND}:
            sandbox.clock = SKEW if self.mode is Mode.CLOCK_AHEAD else -SKEW
            self.did.append(f"set the store's clock to {sandbox.clock:+.0f} s")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through, but for the listings that are to go wrong."""
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        asked = await whole(receive)
        receive = again(asked, receive)
        if not self.listing(scope, asked):
            await self.inner(scope, receive, send)
            return
        self.pages += 1
        due = self.pages >= self.at and self.left > 0
        if due and await self._before(send):
            return
        answer = await Answer.of(self.inner, scope, receive)
        if due:
            self._alter(answer)
            if self._cut(answer):
                await self._break(answer, send)
        self._remember(answer)
        await answer.send(send)

    def _is_listing(self, scope: Scope, _: bytes) -> bool:
        path: str = scope["path"]
        return bool(scope["method"] == "GET" and path.rstrip("/").rpartition("/")[2] == self.resource)

    def _strike(self, what: str) -> None:
        self.left -= 1
        self.did.append(f"page {self.pages}: {what}")

    # -- before the store is asked ---------------------------------------------------------------------------------

    async def _before(self, send: Send) -> bool:
        """Trouble that needs no answer of the store; True when the request has been answered."""
        if self.mode in _PAGES:
            status, text = _PAGES[self.mode]
            headers: Headers = [(b"content-type", b"text/html; charset=UTF-8")]
            if self.mode is Mode.RATE_LIMITED:
                headers.append((b"retry-after", str(self.retry_after).encode()))
            self._strike(f"answered {status} in HTML")
            page = f"<!DOCTYPE html>\n<html><head><title>{text}</title></head><body><p>{text}</p></body></html>"
            await Answer(status, headers, page.encode()).send(send)
            return True
        if self.mode is Mode.SLOW_PAGE:
            self._strike(f"waited {self.seconds} s")
            await asyncio.sleep(self.seconds)
        elif self.mode is Mode.ROWS_INSERTED:
            self._strike(f"inserted {', '.join(self.sandbox.add(self.resource, INSERTED))}")
        elif self.mode is Mode.ROWS_DELETED and self._seen:
            gone, self._seen = self._seen[:DELETED], self._seen[DELETED:]
            self.sandbox.delete(self.resource, gone)
            self._strike(f"deleted {', '.join(gone)}")
        return False

    # -- with the store's answer in hand ---------------------------------------------------------------------------

    def _rows(self, answer: Answer) -> tuple[Any, list[object]]:
        """(decoded body, its rows); the rows are empty when it is no listing."""
        try:
            body = json.loads(answer.body)
        except ValueError:
            return None, []
        return body, self.sandbox.rows(body) or []

    def _remember(self, answer: Answer) -> None:
        if self.mode is Mode.ROWS_DELETED and self.left > 0:
            fresh = [str(row["id"]) for row in self._rows(answer)[1] if isinstance(row, dict) and "id" in row]
            self._seen += [one for one in fresh if one not in self._seen]

    def _alter(self, answer: Answer) -> None:
        match self.mode:
            case Mode.PHP_NOTICE:
                self._strike("put a PHP notice before the JSON")
                answer.body = _NOTICE + answer.body
            case Mode.PHP_TAIL:
                self._strike("put a comment after the JSON")
                answer.body += _TAIL
            case Mode.BOM:
                self._strike("put a byte order mark before the JSON")
                answer.body = b"\xef\xbb\xbf" + answer.body
            case Mode.CUT_BODY:
                self._strike(f"cut the body at {len(answer.body) // 2} of {len(answer.body)} bytes")
                answer.body = answer.body[: len(answer.body) // 2]
            case Mode.LYING_TOTAL:
                self._lie(answer)
            case Mode.SHORT_PAGE | Mode.SHORT_PAGE_ONCE | Mode.NULL_ROW | Mode.WRONG_TYPED_ID:
                self._spoil(answer)

    def _lie(self, answer: Answer) -> None:
        lie = getattr(self.sandbox, "lie", None)
        if lie is not None and lie(body := self._rows(answer)[0], LIE):
            self._strike(f"added {LIE} to the total")
            answer.body = json.dumps(body, separators=(",", ":")).encode()
            return
        told = [pair for pair in answer.headers if pair[0].lower() in self.total_headers]
        if told:
            self._strike(f"added {LIE} to the total")
        answer.headers = [
            (name, str(int(value) + LIE).encode()) if (name, value) in told else (name, value) for name, value in answer.headers
        ]

    def _spoil(self, answer: Answer) -> None:
        """Trouble with one row, always the same: the middle one of the page where it began."""
        body, rows = self._rows(answer)
        if self._victim is None and rows and isinstance(rows[len(rows) // 2], dict):
            self._victim = _id(rows[len(rows) // 2])
        place = next((place for place, row in enumerate(rows) if _id(row) == self._victim), None)
        if self._victim is None or place is None:
            return
        if self.mode is Mode.NULL_ROW:
            rows[place] = None
            self._strike(f"put null in the place of row {self._victim}")
        elif self.mode is Mode.WRONG_TYPED_ID:
            row: Any = rows[place]
            row["id"] = {"id": self._victim}
            self._strike(f"made the id of row {self._victim} an object")
        else:
            del rows[place]
            self._strike(f"hid row {self._victim}")
        answer.body = json.dumps(body, separators=(",", ":")).encode()

    def _cut(self, answer: Answer) -> bool:
        return self.mode is Mode.CUT_CONNECTION and len(answer.body) > 1

    async def _break(self, answer: Answer, send: Send) -> None:
        self._strike(f"dropped the connection at {len(answer.body) // 2} of {len(answer.body)} bytes")
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
        raise BrokenConnection


def _id(row: object) -> object:
    return row.get("id") if isinstance(row, dict) else None
