"""What can go wrong in the middle of a sync, played by the loopback store on a listing of 1,000 products.

Every mode acts on requests whose window covers place `PLACE` of the listing (page 4 of 10), whatever the client's order,
page size or overlap, so that no way of paging is favoured. A mode that passes (429, 500, a cut body) strikes `STRIKES` times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.catalogue import Catalogue

PLACE = 350
PRODUCTS = 1000
STRIKES = 3

MAINTENANCE = b"<!DOCTYPE html><html><body><h1>Briefly unavailable for scheduled maintenance.</h1></body></html>"
NOTICE = (
    b"<br />\n<b>Notice</b>:  Undefined index: sku in <b>/var/www/html/wp-content/plugins/x.php</b> on line <b>12</b><br />\n"
)
TOO_MANY = b'{"code":"too_many_requests","message":"Slow down.","data":{"status":429}}'
BROKEN = b'{"code":"internal_server_error","message":"There has been a critical error.","data":{"status":500}}'
FORBIDDEN = b'{"code":"woocommerce_rest_cannot_view","message":"Sorry, you cannot list resources.","data":{"status":403}}'

MODES = {
    "deleted": "5 rows deleted mid-sync",
    "inserted": "5 rows inserted mid-sync",
    "short_page": "page with 99 of 100 rows",
    "html": "HTML page with 200",
    "notice": "PHP notice before JSON",
    "bad_rows": "null row + wrong-typed id",
    "cut_body": "body cut short, 3 times",
    "too_many_after": "429 with Retry-After, 3 times",
    "too_many": "429 without Retry-After, 3 times",
    "burst": "500, 3 times",
    "forbidden": "403 on page 4",
}
ONCE = {"deleted", "inserted"}
PASSING = {"cut_body", "too_many_after", "too_many", "burst"}


@dataclass
class Answer:
    """One HTTP answer. `cut` sends half of the body and closes the connection."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=UTF-8"
    cut: bool = False


class Hostility:
    """The mode in force and what it has done so far."""

    def __init__(self, mode: str, catalogue: Catalogue) -> None:
        if mode and mode not in MODES:
            raise ValueError(f"no hostile mode {mode!r}: one of {', '.join(MODES)}")
        self.mode = mode
        self.strikes = 0
        self.spoiled: set[int] = set()
        self._catalogue = catalogue

    def before(self) -> None:
        """Changes the catalogue just before the fateful window is read: once."""
        if self.mode in ONCE and not self.strikes:
            self.strikes = 1
            if self.mode == "deleted":
                # rows that were read already, from whichever end the client reads
                self._catalogue.delete(slice(100, 105))
                self._catalogue.delete(slice(-105, -100))
            else:
                self._catalogue.insert(5)

    def rows(self, numbers: list[int], start: int) -> list[bytes | int]:
        """The rows of the fateful window: a product's number, or bytes that are sent as they are."""
        chosen: list[bytes | int] = list(numbers)
        if self.mode == "short_page" and len(chosen) > 1:
            chosen.pop()
        if self.mode == "bad_rows":
            place = PLACE - start
            for offset, bad in enumerate((b"null", b'{"id":"abc","name":"?","type":"simple","status":"publish"}')):
                if place + offset < len(numbers):
                    self.spoiled.add(numbers[place + offset])
                    chosen[place + offset] = bad
        return chosen

    def answer(self, good: Answer) -> Answer:
        """What is sent in place of the good answer."""
        if self.mode in PASSING:
            if self.strikes >= STRIKES:
                return good
            self.strikes += 1
        replace: dict[str, Callable[[], Answer]] = {
            "html": lambda: Answer(MAINTENANCE, content_type="text/html; charset=UTF-8"),
            "notice": lambda: Answer(NOTICE + good.body, 200, good.headers),
            "cut_body": lambda: Answer(good.body, 200, good.headers, cut=True),
            "too_many_after": lambda: Answer(TOO_MANY, 429, {"Retry-After": "1"}),
            "too_many": lambda: Answer(TOO_MANY, 429),
            "burst": lambda: Answer(BROKEN, 500),
            "forbidden": lambda: Answer(FORBIDDEN, 403),
        }
        return replace[self.mode]() if self.mode in replace else good
