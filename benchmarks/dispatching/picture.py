"""The report: a table, and a picture made of letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.dispatching.rounds import Round

#: What is promised: figure → (at least, at most).
PROMISED: dict[str, tuple[float | None, float | None]] = {
    "batch_deliveries_per_cpu_s": (6000, None),
    "single_deliveries_per_cpu_s": (2000, None),
    "p99_ms": (None, 100),
    "hung_p99_ratio": (None, 2),
    "preload_ratio": (0.9, None),
}
WIDTH = 50


def picture(found: Mapping[str, Any], rounds: Mapping[str, Round]) -> str:
    """Everything for people."""
    lines = [f"PostgreSQL {found['postgres'].get('server_version')}: " + ", ".join(
        f"{name}={value}" for name, value in found["postgres"].items() if name != "server_version")]  # fmt: skip
    lines += ["", *table(rounds), "", *bars(rounds), "", *costs(rounds), ""]
    lines += [verdict(name, found.get(name)) for name in PROMISED if found.get(name) is not None]
    if (ratio := found.get("statement_pattern_ratio")) is not None:
        single = found.get("statement_pattern_ratio_single")
        lines.append(f"beside one statement at a time: {ratio:.1f} times with batches, {single:.1f} with one request per event")
    lines += [f"! {note}" for note in found.get("failures", [])]
    return "\n".join(lines)


def table(rounds: Mapping[str, Round]) -> list[str]:
    """One row for every kind of round."""
    words = ("per CPU-s", 10), ("hub µs", 8), ("PG µs", 8), ("sent", 9), ("per s", 8), ("p50 ms", 8), ("p99 ms", 9), ("lost", 6)
    head = " " * 34 + "".join(f"{word:>{width}}" for word, width in (*words, ("others", 8)))
    lines = [head, "-" * len(head)]
    for name, one in rounds.items():
        each = 1e6 / max(one.deliveries, 1)
        late = f"{one.p50:>8.1f}{one.p99:>9.1f}" if one.p99 else " " * 17
        lines.append(
            f"{name:34}{one.per_cpu_s:>10,.0f}{one.own * each:>8.0f}{one.postgres * each:>8.0f}{one.deliveries:>9,}"
            f"{one.deliveries / max(one.wall, 0.001):>8,.0f}{late}{one.missing:>6}{one.others:>8.0%}"
        )
    return lines


def bars(rounds: Mapping[str, Round]) -> list[str]:
    """Deliveries per CPU-second."""
    most = max(one.per_cpu_s for one in rounds.values())
    return ["deliveries per CPU-second"] + [
        f"{name:34}{'█' * max(1, round(one.per_cpu_s / most * WIDTH))} {one.per_cpu_s:,.0f}" for name, one in rounds.items()
    ]


def costs(rounds: Mapping[str, Round]) -> list[str]:
    """Where a delivery's CPU goes: the hub's processes (▓) and PostgreSQL (░)."""
    each = {name: (one.own / max(one.deliveries, 1), one.postgres / max(one.deliveries, 1)) for name, one in rounds.items()}
    most = max(own + shared for own, shared in each.values()) or 1
    return ["CPU of a delivery: ▓ the hub, ░ PostgreSQL"] + [
        f"{name:34}{'▓' * round(own / most * WIDTH)}{'░' * round(shared / most * WIDTH)} {(own + shared) * 1e6:,.0f} µs"
        for name, (own, shared) in each.items()
    ]


def verdict(name: str, value: float | None) -> str:
    """A promise and whether it was kept."""
    least, most = PROMISED[name]
    kept = value is not None and (least is None or value >= least) and (most is None or value <= most)
    wanted = f"at least {least:,}" if least is not None else f"at most {most:,}"
    return f"{name}: {value:,} ({wanted}: {'kept' if kept else 'NOT kept'})"
