"""A whole resource as `hub.ports.Exporter` hands it out: by bulk operations, in pages of whole records.

What the operations' files do not hold whole (made or deleted between two of them, lines that cannot be read) is fetched by its
id; orders get the parts that no operation can hold. When an operation fails, pages are read instead: half a file proves nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from connectors.shopify.bulk.assemble import SHAPES, Shape
from connectors.shopify.bulk.complete import Completion
from connectors.shopify.bulk.group import Single, Tree
from connectors.shopify.bulk.operation import Operation, Operations, text_of
from connectors.shopify.bulk.regroup import Regrouping
from connectors.shopify.bulk.spool import download, make_room, on_disk, spool_folder
from connectors.shopify.client.details import Details
from connectors.shopify.client.graph import Graph
from connectors.shopify.times import stamp
from hub.errors import PermanentError
from hub.ports import BadRow, Opening, Page, Resource, Tariff

WORTH: Final = 250  # rows from which on an export is cheaper than pages
WORTH_VARIANTS: Final = 10 * WORTH  # variants, of however few products
POINTS: Final = {"products": 170.0, "orders": 160.0, "customers": 16.0}  # of one row read by pages, as usual shops have them
PATIENCE: Final = 30.0  # seconds of the shop's restoring for which pages may wait; an export costs next to nothing
PAGE: Final = 200  # records of a page
HEAVY: Final = 8 << 20  # bytes of a page's records, if it has more than one: a product of 2,048 variants alone has five million
T = TypeVar("T")


class Place(msgspec.Struct, frozen=True):
    """Where an export stands. ids: its operations; pages: handed out; rows: in these; records: of the files, in these."""

    ids: tuple[str, ...]
    pages: int = 0
    rows: int = 0
    records: int = 0

    def text(self) -> str:
        """As `Page.next`."""
        return msgspec.json.encode(self).decode()


async def worth_exporting(graph: Graph, resource: Resource, since: datetime | None) -> bool:
    """Whether there are more rows than a page or so, or as much below them, or more points to spend than the shop soon has."""
    query = None if since is None else f"updated_at:>='{stamp(since)}'"
    said = await graph.ask(f"scan_{resource.name}", {"first": 1, "query": query, "sort": "ID", "counted": query})
    count = (said.data.get(f"{resource.name}Count") or {}).get("count")
    if not isinstance(count, int) or not count:
        return False
    if count > WORTH or (said.cost is not None and count * POINTS[resource.name] > _purse(said.cost)):
        return True
    if resource.name != "products" or since is not None:
        return False
    said = await graph.ask("count_variants")
    variants = (said.data.get("productVariantsCount") or {}).get("count")
    return isinstance(variants, int) and variants > WORTH_VARIANTS


def _purse(told: Tariff) -> float:
    """The points that a shop has for us soon: few on the smallest plans, where a hundred products would take minutes."""
    return told.maximum + told.restore * PATIENCE


async def export(
    graph: Graph, opening: Opening, details: Details, resource: Resource, since: datetime | None, after: str | None
) -> AsyncGenerator[Page]:
    """Everything (modified since), see `hub.ports.Exporter`. The first page is empty and has the time at which the operations
    began, which may be before this call: what changed after it may be missing from the files."""
    shape, operations = SHAPES[resource.name], Operations(graph)
    place = None if after is None else _place(after, shape)
    if place is None:
        begun = [await operations.begin(text_of(name, resource.name, since)) for name in shape.documents]
        place = Place(tuple(one.id for one in begun))
        yield Page((), at=min((one.created for one in begun if one.created), default=None), next=place.text())
    done = await operations.finished(place.ids)
    # one thread for all of it: each that ever worked keeps some memory for the next time
    with spool_folder() as folder, ThreadPoolExecutor(1, "export") as thread:
        make_room(folder, done)
        work = await _regrouped(opening, operations, done, shape, folder, thread)
        completion = Completion(details, resource)
        bad: Sequence[BadRow] = work.bad if place.pages == 0 else ()
        async with aclosing(paged(work, place.records, thread)) as pages:
            async for records, last in pages:
                rows, broken = await completion.rows(records)
                broken = [*bad, *broken]
                place = Place(place.ids, place.pages + 1, place.rows + len(rows) + len(broken), place.records + len(records))
                bad = ()
                # the files were as long as Shopify says; what was deleted since, or made meanwhile, changes the sum
                total = place.rows if last else done[0].roots
                yield Page(rows, broken, total, datetime.now(UTC), None if last else place.text())


def _place(after: str, shape: Shape) -> Place:
    with suppress(msgspec.DecodeError):
        place = msgspec.json.decode(after, type=Place)
        if len(place.ids) == len(shape.documents):
            return place
    raise PermanentError(f"{after[:80]!r} is no place in an export.", hint="The export is begun anew.")


async def paged(work: Regrouping, skip: int, thread: Executor) -> AsyncGenerator[tuple[list[Tree | Single], bool]]:
    """The records from the one behind `skip` others on, in pages, with whether they are the last."""
    groups, waiting = work.groups(), list[Tree | Single]()
    while (group := await _apart(thread, work, lambda: next(groups, None))) is not None:
        waiting += group[skip:]
        skip = max(0, skip - len(group))
        while (end := _end(waiting)) < len(waiting):
            yield waiting[:end], False
            del waiting[:end]
    yield waiting, True


def _end(records: Sequence[Tree | Single]) -> int:
    """How many of these make a page. What comes behind it changes nothing: whoever goes on later finds the same pages."""
    size = 0
    for number, one in enumerate(records):
        size += len(one.body) if isinstance(one, Tree) else 0
        if number == PAGE or (number and size > HEAVY):
            return number
    return len(records)


async def _regrouped(
    opening: Opening, operations: Operations, done: Sequence[Operation], shape: Shape, folder: Path, thread: Executor
) -> Regrouping:
    """The files brought here and sorted."""
    paths = [folder / f"file-{number}" for number in range(len(done))]
    sizes = [await download(opening, operations, one, path) for one, path in zip(done, paths, strict=True)]
    work = Regrouping(shape, folder, sum(sizes))
    await _apart(thread, work, lambda: _sort(work, paths))
    _compare(work, done)
    return work


def _sort(work: Regrouping, paths: Sequence[Path]) -> None:
    with on_disk(work.folder):
        for path in paths:
            work.take(path)
            path.unlink()
        work.settle()


async def _apart(thread: Executor, work: Regrouping, do: Callable[[], T]) -> T:
    """In the thread, so that the loop goes on; when we are cancelled, its files stay until the thread has ended."""
    task = asyncio.ensure_future(asyncio.get_running_loop().run_in_executor(thread, do))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        work.stopped = True
        await asyncio.wait([task])
        with suppress(Exception):
            task.result()
        raise


def _compare(work: Regrouping, done: Sequence[Operation]) -> None:
    """The files must hold as much as Shopify counted; lines that could not be read may have been records."""
    for counted, one in zip(work.counts, done, strict=True):
        if counted.objects != one.objects or not 0 <= one.roots - counted.roots <= work.troubles:
            raise PermanentError(
                f"The file of {one.id} holds {counted.roots} records in {counted.objects} lines, and Shopify counted"
                f" {one.roots} in {one.objects}."
            )
