"""Rows of a shop without a database: raw or canonical, printed as they come, with the same proof as a sync.

Nothing heavy is imported on the raw path: no database driver, no validator.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from hub.errors import ConnectorError, ReauthorizationError
from hub.ports import Resource, ShopSettings, Store
from hub.sync.paging import Pull, Slice
from hub.sync.reading import Reading, read_whole
from hub.sync.retry import Asker, GaveUp, Patience
from hub.sync.verdict import Verdict, judge, sentence

Form = Literal["raw", "canonical"]


@dataclass(slots=True)
class Extraction:
    """One extraction. Iterate `lines()` first; `verdict` and `evidence` are there afterwards.

    rejected: rows that cannot be mapped, as (vendor id, reason), at most a hundred of them; `quarantined` counts all.
    """

    store: Store
    resource: Resource
    settings: ShopSettings
    form: Form
    sizes: tuple[int, ...] = (100, 50, 20, 10)
    patience: Patience = field(default_factory=Patience)
    rows: int = 0
    quarantined: int = 0
    children: int = 0
    incomplete: int = 0
    rejected: list[tuple[str | None, str]] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None

    async def lines(self) -> AsyncGenerator[list[bytes]]:
        """JSON lines, many at once, each without its line end. A store that gives up or refuses ends them: see `verdict`."""
        asker = Asker(self.patience, self.sizes)
        reading = read_whole(Pull(self.store, self.resource, asker, nested=self.form == "canonical"))
        trouble: dict[str, Any] = {}
        try:
            async with aclosing(reading.slices()) as parts:
                async for part in parts:
                    lines = self._raw(part) if self.form == "raw" else self._canonical(part)
                    self.rows += len(lines)
                    yield lines
        except GaveUp as error:
            trouble = {"trouble": "gave_up", "message": str(error), "tries": error.tries}
        except ReauthorizationError as error:
            trouble = {"trouble": "refused", "message": str(error)}
        except ConnectorError as error:
            trouble = {"trouble": "failed", "message": str(error)}
        self._conclude(reading, asker, trouble)

    def _raw(self, part: Slice) -> list[bytes]:
        """The rows as they came, each on one line."""
        self._refuse_unreadable(part)
        return [one_line(row.body) for row in part.rows]

    def _canonical(self, part: Slice) -> list[bytes]:
        """The mapped and validated documents."""
        from hub.catalog.canonical import Rejected, canonical

        self._refuse_unreadable(part)
        resource, settings = self.resource, self.settings
        nested, incomplete = part.children.rows, part.children.incomplete
        lines = []
        for row in part.rows:
            children = nested.get(row.id, ())
            self.children += len(children)
            missing = row.id in incomplete or row.incomplete is not None
            self.incomplete += missing
            try:
                lines.append(canonical(resource, settings, row.body, [c.body for c in children], incomplete=missing)[1])
            except Rejected as error:
                self._reject(row.id, error.reason)
        return lines

    def _refuse_unreadable(self, part: Slice) -> None:
        for bad in (*part.bad, *part.children.bad):
            self._reject(bad.id, bad.reason)

    def _reject(self, id: str | None, reason: str) -> None:
        self.quarantined += 1
        if len(self.rejected) < 100:
            self.rejected.append((id, reason))

    def _conclude(self, reading: Reading, asker: Asker, trouble: dict[str, Any]) -> None:
        self.evidence = {
            **reading.evidence(),
            "quarantined": self.quarantined,
            "children": self.children,
            "incomplete_children": self.incomplete,
            "requests": asker.asked,
            "retried": asker.retried,
            "page_size": asker.size.smallest,
            **trouble,
        }
        self.verdict = judge(self.evidence)
        self.evidence["words"] = {"en": sentence(self.evidence, "en"), "fr": sentence(self.evidence, "fr")}


def one_line(body: bytes) -> bytes:
    """The body as it is, unless its vendor prints it over several lines."""
    return body if b"\n" not in body and b"\r" not in body else msgspec.json.format(body, indent=-1)
