"""Running the laws: each on the same ground, one after the other, each with its outcome."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from hub.ports import Connector
from hub.settings import Settings
from hub.testing.laws.book import Law, choose
from hub.testing.laws.ground import Ground, ground
from hub.testing.laws.outcome import Broken, Exempt, Outcome

Progress = Callable[[Outcome], object]
LONGEST = 120.0  # seconds of one law, before it is taken to hang


async def run_laws(
    connector: Connector,
    only: str | None = None,
    progress: Progress | None = None,
    *,
    settings: Settings | None = None,
    cycles: int = 4,
) -> list[Outcome]:
    """All laws, or the one named, against the connector's own sandbox. `progress` is told of each as it ends.

    cycles: kills in the law of crashes. Raises NotFound (no such law), ConfigurationError (no database to be had).
    """
    chosen = choose(only)
    outcomes: list[Outcome] = []
    async with ground(connector, settings, cycles=cycles) as stand:
        for law in chosen:
            outcomes.append(await try_law(law, stand))
            if progress is not None:
                progress(outcomes[-1])
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
