"""B7: every party against every hostile mode. What counts is how many untouched good rows are missing, and whether it said so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.bench import Bench, control, open_store, say
from benchmarks.hostile import MODES, PRODUCTS
from benchmarks.measure import run
from benchmarks.ours import Luneo
from benchmarks.peers.party import Command, Party

Score = dict[str, Any]
Attempt = Callable[[str, str], tuple[Iterable[Any], int, str]]


def score(expected: Iterable[int], got: Iterable[Any], status: int, claim: str) -> Score:
    """Missing and repeated rows, and the verdict on the verdict: `whole`, `told` (loss owned up to) or `SILENT LOSS`."""
    seen = Counter(number for number in got if isinstance(number, int))
    missing = len(set(expected) - set(seen))
    owned_up = status != 0 or claim != "COMPLETE"
    verdict = "whole" if not missing else "told" if owned_up else "SILENT LOSS"
    repeated = sum(seen.values()) - len(seen)
    return {"missing": missing, "repeated": repeated, "exit": status, "claim": claim, "verdict": verdict}


def run_quietly(bench: Bench, name: str, command: Command, timeout: float = 180) -> int:
    """A command whose failure is an answer and not a breakdown; its exit status."""
    output, errors = bench.output(name), bench.folder / f"{name}.err"
    environment = command.environment()
    return run(command.words, env=environment, output=output, errors=errors, timeout=timeout, cwd=bench.folder).status


def reading(bench: Bench, party: Party) -> Attempt:
    """A peer's attempt: what it printed."""

    def attempt(url: str, mode: str) -> tuple[Iterable[Any], int, str]:
        name = f"{party.name}-{mode}"
        status = run_quietly(bench, name, party.read(url))
        output = bench.output(name)
        return list(party.ids(output)), status, party.claims(output, status)

    return attempt


def syncing(bench: Bench, ours: Luneo) -> Attempt:
    """Our attempt: connect and sync into a database of its own; what the database holds."""

    def attempt(url: str, mode: str) -> tuple[Iterable[Any], int, str]:
        database, name = ours.fresh(f"luneo_{mode}"), f"luneo-{mode}"
        if status := run_quietly(bench, f"{name}-connect", ours.connect(url, database)):
            return [], status, "could not connect"
        status = run_quietly(bench, name, ours.sync(url, database))
        return ours.stored(database), status, ours.claims(bench.output(name), status)

    return attempt


def matrix(bench: Bench, attempts: dict[str, Attempt]) -> dict[str, dict[str, Score]]:
    """All parties at once, each on a store of its own: nothing is timed here. mode → party → score."""

    def one(name: str) -> dict[str, Score]:
        scores: dict[str, Score] = {}
        with open_store() as url:
            for mode in MODES:
                control(url, "reset", products=PRODUCTS, mode=mode)
                try:
                    got, status, claim = attempts[name](url, mode)
                except Exception as error:  # one broken party must not end the others' report
                    bench.note(f"{name}, {MODES[mode]}: {error}")
                    continue
                scores[mode] = score(control(url, "expected"), got, status, claim)
                say(f"  {name}, {MODES[mode]}: {scores[mode]['missing']} missing, {scores[mode]['verdict']}")
        return scores

    with ThreadPoolExecutor(len(attempts)) as pool:
        by_party = dict(zip(attempts, pool.map(one, attempts), strict=True))
    return {mode: {name: scores[mode] for name, scores in by_party.items() if mode in scores} for mode in MODES}
