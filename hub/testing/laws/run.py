"""Running the laws: each on the same ground, one after the other, each with its outcome."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hub.ports import Connector
from hub.settings import Settings
from hub.testing.laws.book import Law, choose
from hub.testing.laws.ground import Ground, ground
from hub.testing.laws.matrix import Cell, matrix
from hub.testing.laws.outcome import Broken, Exempt, Outcome

Progress = Callable[[Outcome], object]
CellProgress = Callable[[Cell], object]
BESIDE = frozenset({"L26"})
LONGEST = 120.0  # seconds of one law, before it is taken to hang


@dataclass(frozen=True, slots=True)
class Report:
    """What `examine` found. cells: the hostile matrix; empty when one law was asked for."""

    outcomes: list[Outcome] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)

    @property
    def broken(self) -> int:
        """How many laws and cells of the matrix do not hold."""
        return sum(not outcome.held for outcome in self.outcomes) + sum(not cell.good for cell in self.cells)


async def examine(
    connector: Connector,
    only: str | None = None,
    progress: Progress | None = None,
    cell_progress: CellProgress | None = None,
    *,
    settings: Settings | None = None,
    cycles: int = 4,
) -> Report:
    """All laws and then the hostile matrix, or the one law named, against the connector's own sandbox.

    The callbacks are told of each outcome as it is known. cycles: kills in the law of crashes. Raises NotFound (no such law),
    ConfigurationError (no database to be had).
    """
    chosen = choose(only)
    async with ground(connector, settings, cycles=cycles) as stand:
        report = Report(await _in_order(chosen, stand, progress))
        if only is None:
            report.cells.extend(await matrix(stand, cell_progress))
    return report


async def run_laws(
    connector: Connector, only: str | None = None, progress: Progress | None = None, *, settings: Settings | None = None
) -> list[Outcome]:
    """The laws alone, without the matrix. Raises as `examine` does."""
    chosen = choose(only)
    async with ground(connector, settings) as stand:
        return await _in_order(chosen, stand, progress)


async def _in_order(chosen: list[Law], stand: Ground, progress: Progress | None) -> list[Outcome]:
    """One law after the other; the long ones whose work is done by other processes begin at once, beside the rest."""
    beside = {law.number: asyncio.create_task(try_law(law, stand)) for law in chosen if law.number in BESIDE}
    outcomes: list[Outcome] = []
    try:
        for law in chosen:
            outcomes.append(await beside[law.number] if law.number in beside else await try_law(law, stand))
            if progress is not None:
                progress(outcomes[-1])
    finally:
        for task in beside.values():
            task.cancel()
        await asyncio.gather(*beside.values(), return_exceptions=True)
    return outcomes


async def try_law(law: Law, stand: Ground) -> Outcome:
    """One law's outcome. An error of any other kind breaks it too: the engine must not fall over."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(LONGEST):
            reason = await law.trying(stand)
        return Outcome(law.number, law.title, "held", reason, seconds=time.monotonic() - began)
    except Exempt as exempt:
        return Outcome(law.number, law.title, "exempt", str(exempt), seconds=time.monotonic() - began)
    except Broken as broken:
        return Outcome(law.number, law.title, "broken", broken.reason, broken.request, time.monotonic() - began)
    except TimeoutError:
        return Outcome(law.number, law.title, "broken", f"it did not end in {LONGEST:.0f} s", seconds=time.monotonic() - began)
    except Exception as error:
        where = f" ({_place(error)})"
        return Outcome(
            law.number, law.title, "broken", f"{type(error).__name__}: {error}{where}", seconds=time.monotonic() - began
        )


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
