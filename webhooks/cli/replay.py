"""`luneo webhooks replay`: a span of an endpoint's past, sent again by the hub's workers while this shows how far it is."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options
from webhooks.cli import meant

if TYPE_CHECKING:
    from uuid import UUID

    from hub.cli.house import House
    from hub.cli.progress import Progress
    from webhooks.replay import Replay

COMPLETE, FAILED, PARTIAL = 0, 1, 2  # exit codes
LOOK = 0.2  # seconds between two looks
LATE = 3.0  # seconds until we say that nobody works on it
AGO = re.compile(r"(\d{1,6})(min|[mhd])")
UNITS = {"m": 60, "min": 60, "h": 3600, "d": 86400}

Since = Annotated[
    str, typer.Option("--since", metavar="TIME", help="From here: 2026-11-22T08:00:00Z, or how long ago: 30min, 2h, 3d.")
]
Until = Annotated[str, typer.Option("--until", metavar="TIME", help="Until before here (default: now).")]


def command(
    endpoint: meant.MaybeEndpoint = None,
    since: Since = "",
    until: Until = "",
    failed: Annotated[bool, typer.Option("--failed", help="Only what was given up.")] = False,
    missing: Annotated[bool, typer.Option("--missing", help="What it wants now and was never in line for it.")] = False,
    type: Annotated[list[str] | None, typer.Option("--type", help="Only these types (repeat it).")] = None,
    rate: Annotated[int, typer.Option("--rate", help="Messages per second.")] = 100,
    watch: Annotated[str, typer.Option("--watch", metavar="ID", help="Look at a replay that was begun before.")] = "",
    cancel: Annotated[
        str, typer.Option("--cancel", metavar="ID", help="Stop a replay; what is in line is sent all the same.")
    ] = "",
    detach: Annotated[bool, typer.Option("--detach", help="Begin it, and do not watch.")] = False,
    org: options.Org = None,
    as_json: options.Json = False,
) -> int:
    """Send a span of the past again. Ctrl-C leaves it running. Exit code 0: done, 2: some payloads were gone, 1: it failed."""
    from hub.cli.run import run
    from hub.cli.show import answer
    from hub.errors import ConfigurationError

    if failed and missing:
        raise ConfigurationError("--failed and --missing are two different things.", hint="Give one of them.")
    if not (since or watch or cancel):
        raise ConfigurationError("--since is missing:", hint="say from when on, such as --since 2h.")
    scope = "failed" if failed else "missing" if missing else "all"
    wanted = {"since": since, "until": until, "types": type, "scope": scope, "rate": rate}
    known, left = run(_replay(org, endpoint, wanted, watch, cancel, detach, as_json))
    row = asdict(known)
    answer(row, as_json, lambda: _words(known, left))
    if cancel or detach:
        return COMPLETE
    if left:
        from hub.cli.guard import INTERRUPTED

        return INTERRUPTED
    return (PARTIAL if known.skipped else COMPLETE) if known.status == "done" else FAILED


def moment(text: str, option: str, now: datetime) -> datetime:
    """A time as it was typed. Raises ConfigurationError.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    >>> moment("90min", "--since", now).isoformat(), moment("2026-11-22T08:00:00Z", "--since", now).isoformat()
    ('2026-11-22T07:30:00+00:00', '2026-11-22T08:00:00+00:00')
    """
    from datetime import timedelta

    from hub.errors import ConfigurationError

    try:
        if ago := AGO.fullmatch(text):
            return now - timedelta(seconds=int(ago[1]) * UNITS[ago[2]])
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        at = None
    if at is None or at.tzinfo is None:
        raise ConfigurationError(
            f"{option} {text[:40]!r} is no moment:", hint="write 2026-11-22T08:00:00Z, with its time zone, or 30min, 2h, 3d."
        )
    return at


async def _replay(
    org: str | None, endpoint: str | None, wanted: dict[str, Any], watch: str, cancel: str, detach: bool, silent: bool
) -> tuple[Replay, bool]:
    """The replay as it is in the end, and whether we left while it went on."""
    from datetime import UTC

    from hub.cli.house import open_house
    from hub.cli.progress import progress
    from webhooks import replay

    now = datetime.now(UTC)
    for name in ("since", "until"):
        wanted[name] = moment(wanted[name], f"--{name}", now) if wanted[name] else None
    async with open_house() as house:
        organisation = (await house.organisation(org)).id
        async with house.db.org(organisation) as unit:
            if cancel:
                return await replay.cancel(unit, _id(cancel)), False
            known = await replay.get(unit, _id(watch)) if watch else await replay.begin(
                unit, await meant.endpoint(unit, endpoint), **wanted
            )  # fmt: skip
        if detach:
            return known, True
        with progress(silent) as bars:
            return await _watched(house, organisation, known, bars)


async def _watched(house: House, org: UUID, known: Replay, bars: Progress) -> tuple[Replay, bool]:
    import asyncio

    from hub.cli.house import until_stopped
    from hub.cli.show import remark
    from webhooks import replay

    stop = until_stopped()
    looks = 0
    while known.status in ("queued", "running"):
        bars.update("replay", known.done, known.total)
        if known.status == "queued" and looks == LATE // LOOK:
            remark("No worker has taken it yet. Is one running? luneo up, or luneo worker")
        try:
            async with asyncio.timeout(LOOK):
                await stop.wait()
            return known, True
        except TimeoutError:
            looks += 1
        async with house.db.org(org) as unit:
            known = await replay.get(unit, known.id)
    bars.update("replay", known.done, known.total)
    return known, False


def _id(text: str) -> UUID:
    from uuid import UUID

    from hub.errors import NotFound

    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"{text[:80]!r} is no replay's id:", hint="it was shown when the replay was begun.") from None


def _words(known: Replay, left: bool) -> None:
    from hub.cli.show import say

    if left:
        say(f"Replay {known.id} goes on in the hub: {known.done:,} of {known.total or '?'} looked at so far.")
        say(f"  look again:  luneo webhooks replay --watch {known.id}")
        say(f"  stop it:     luneo webhooks replay --cancel {known.id}")
        return
    gone = f", {known.skipped:,} of them without a payload" if known.skipped else ""
    reason = f" {known.reason}" if known.reason else ""
    say(f"Replay {known.id} is {known.status}: {known.done:,} messages were looked at{gone}.{reason}")
