"""B1, B2 and B3, what a second full sync costs, and how memory and time grow. Each gives costs by party, round by round."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.bench import Bench, interleave, say
from benchmarks.measure import Cost
from benchmarks.ours import Luneo
from benchmarks.peers.dlt import Dlt
from benchmarks.peers.party import Command, Party
from benchmarks.running import Running, running, synced

CHANGED = 200
Costs = dict[str, list[Cost]]


@dataclass(frozen=True)
class Sizes:
    """How much of everything: products of B3, of B2, of the growth runs (the larger serves the API); requests; rounds."""

    full: int = 40_000
    follow: int = 50_000
    small: int = 10_000
    large: int = 200_000
    requests: int = 4_000
    rounds: int = 3


@dataclass(frozen=True)
class Parties:
    """Who takes part; who could not be made ready is absent."""

    peers: list[Party]
    ours: Luneo | None

    @property
    def dlt(self) -> Dlt | None:
        """dlt, the only peer that also writes into PostgreSQL here."""
        return next((peer for peer in self.peers if isinstance(peer, Dlt)), None)


def _asking(bench: Bench, section: str, peer: Party, command: Callable[[str], Command]) -> Callable[[], Cost]:
    # the command is made anew each round: some of them need a fresh database
    return lambda: bench.measure(f"{section}-{peer.name}", command(bench.url))


def cold_starts(bench: Bench, parties: Parties, rounds: int) -> Costs:
    """B1: a run that finds nothing to do, start-up and all."""
    bench.control("reset", products=0)
    tasks: dict[str, Callable[[], Cost]] = {}
    for peer in parties.peers:
        tasks[peer.name] = _asking(bench, "cold", peer, peer.read)
    if ours := parties.ours:
        tasks["luneo extract"] = lambda: bench.measure("cold-luneo", ours.read(bench.url))
        tasks["luneo connectors"] = lambda: bench.measure("connectors", ours.connectors())
    return interleave(tasks, rounds)


def full_reads(bench: Bench, parties: Parties, products: int, rounds: int) -> Costs:
    """B3: every product, to JSON lines and into PostgreSQL; and again into PostgreSQL with nothing changed."""
    bench.control("reset", products=products)
    tasks: dict[str, Callable[[], Cost]] = {}
    for peer in parties.peers:
        tasks[peer.name] = _asking(bench, "full", peer, peer.read)
    if ours := parties.ours:
        tasks["luneo extract --raw"] = lambda: bench.measure("full-luneo", ours.read(bench.url))
        tasks["luneo extract --canonical"] = lambda: bench.measure("canonical-luneo", ours.canonical(bench.url))
    if dlt := parties.dlt:
        tasks["dlt into PostgreSQL"] = lambda: bench.measure("load-dlt", dlt.load(bench.url))
    if ours:
        tasks["luneo sync"] = lambda: first_sync(bench, ours, "luneo_full")
        tasks["luneo sync, unchanged"] = lambda: bench.measure("resync-luneo", ours.sync(bench.url, "luneo_full", "--full"))
    costs = interleave(tasks, rounds)
    _count_full(bench, parties, costs, products)
    return costs


def _count_full(bench: Bench, parties: Parties, costs: Costs, products: int) -> None:
    readers: list[Party | Luneo] = [*parties.peers, *([parties.ours] if parties.ours else [])]
    counts = {reader.name: sum(1 for _ in reader.ids(bench.output(f"full-{reader.name}"))) for reader in readers}
    if parties.dlt and costs["dlt into PostgreSQL"][-1].status == 0:
        counts["dlt into PostgreSQL"] = int(bench.server.sql("SELECT count(*) FROM shop.products", "dlt_load"))
    if parties.ours and costs["luneo sync"][-1].status == 0:
        counts["luneo sync"] = len(parties.ours.stored("luneo_full"))
    for name, count in counts.items():
        if count != products:
            bench.note(f"{name} gave {count} of {products} products: its figures do not count")


def first_sync(bench: Bench, ours: Luneo, database: str) -> Cost:
    """Connects the store to a new database, then measures the full sync."""
    ours.fresh(database)
    connected = bench.measure("connect-luneo", ours.connect(bench.url, database))
    return connected if connected.status else bench.measure("sync-luneo", ours.sync(bench.url, database))


def following(bench: Bench, parties: Parties, products: int, rounds: int) -> Costs:
    """B2: 200 products changed, everybody with a cursor from a first sync; ours in a worker that is running already."""
    bench.control("reset", products=products)
    ready: list[Party] = []
    for peer in parties.peers:
        say(f"  {peer.name} reads everything once, to have a cursor")
        first = bench.measure(f"first-{peer.name}", peer.first(bench.url))
        if first.status == 0:
            peer.remember(bench.output(f"first-{peer.name}"))
            ready.append(peer)
    tasks: dict[str, Callable[[], Cost]] = {}
    with ExitStack() as stack:
        if ours := parties.ours:
            try:
                hub = _followed(bench, ours, stack)
                installation = hub.ask("GET", "/v1/installations")["data"][0]["id"]
                bench.control("touch", n=CHANGED)  # a worker that is running has done this before
                synced(hub, installation)
                tasks["luneo"] = lambda: _our_change(bench, hub, installation)
            except (RuntimeError, LookupError, OSError) as error:
                bench.note(f"luneo, incremental: {error}")
        for peer in ready:
            tasks[peer.name] = _asking(bench, "follow", peer, peer.follow)
        costs = interleave({"touch": lambda: _touch(bench), **tasks}, rounds)
    del costs["touch"]
    _count_followed(bench, ready)
    return costs


def _touch(bench: Bench) -> Cost:
    bench.control("touch", n=CHANGED)
    return Cost(0, 0, 0, 0, 0)


def _followed(bench: Bench, ours: Luneo, stack: ExitStack) -> Running:
    say("  luneo reads everything once, then stays up")
    if first_sync(bench, ours, "luneo_follow").status:
        raise RuntimeError("the first sync failed")
    return stack.enter_context(running(bench, ours, "luneo_follow"))


def _our_change(bench: Bench, hub: Running, installation: str) -> Cost:
    events = "SELECT count(*) FROM event WHERE type = 'product.updated'"
    before = int(bench.server.sql(events, "luneo_follow"))
    cost = synced(hub, installation)
    told = int(bench.server.sql(events, "luneo_follow")) - before
    if told != CHANGED:
        bench.note(f"luneo, incremental: {told} events for {CHANGED} changed products")
    return cost


def _count_followed(bench: Bench, ready: list[Party]) -> None:
    latest = "SELECT count(*) FROM shop.products WHERE _dlt_load_id = (SELECT max(load_id) FROM shop._dlt_loads)"
    for peer in ready:
        if isinstance(peer, Dlt):
            count = int(bench.server.sql(latest, "dlt_follow"))
        else:
            count = sum(1 for _ in peer.ids(bench.output(f"follow-{peer.name}")))
        if count != CHANGED:
            bench.note(f"{peer.name}, incremental: {count} rows for {CHANGED} changed products")


def growth(bench: Bench, ours: Luneo, products: int) -> Cost:
    """A full sync of so many products, for its memory and its time by the row."""
    bench.control("reset", products=products)
    return first_sync(bench, ours, f"luneo_{products}")
