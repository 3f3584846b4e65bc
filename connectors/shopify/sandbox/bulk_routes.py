"""Bulk operations as the API shows them, and the address at which their results lie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, cast

from graphql import (
    IDLE,
    REMOVE,
    FieldNode,
    GraphQLNamedType,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    VisitorAction,
    get_named_type,
    print_ast,
    visit,
)
from graphql import parse as parse_document

from connectors.shopify.sandbox.bulk import Denied, Kept, Roots
from connectors.shopify.sandbox.bulk_check import Fragments, Invalid, checked, fields_of, is_connection
from connectors.shopify.sandbox.call import Call, GraphError, Resolver, UserError
from connectors.shopify.sandbox.connections import sorted_rows
from connectors.shopify.sandbox.execute import Execution, Refused, schema
from connectors.shopify.sandbox.http import Route
from connectors.shopify.sandbox.plan import Null
from connectors.shopify.sandbox.request import Answer, Request
from connectors.shopify.sandbox.search import Field, parse
from connectors.shopify.sandbox.state import Json

if TYPE_CHECKING:
    from connectors.shopify.sandbox.sandbox import Sandbox

_PIECE = 1 << 18
_GONE = (
    "<?xml version='1.0' encoding='UTF-8'?><Error><Code>ExpiredToken</Code>"
    "<Message>The provided token has expired.</Message></Error>"
)
_FIELDS = {
    "id": Field(lambda one: int(one["id"].rpartition("/")[2]), "id"),
    "status": Field(lambda one: one["status"]),
    "operation_type": Field(lambda one: one["type"]),
    "created_at": Field(lambda one: one["createdAt"], "moment"),
    "completed_at": Field(lambda one: one["completedAt"], "moment"),
}


def run_query(call: Call, _source: Json, args: Json) -> Json:
    """bulkOperationRunQuery."""
    bulk = call.sandbox.bulk
    try:
        operation, fragments = checked(schema(), args["query"])
        execution = Execution(call, _without_paging(args["query"]), whole=True)
    except (Invalid, Refused) as error:
        raise UserError(str(error), ["query"], "INVALID") from None
    running = [one for one in bulk.running() if one["type"] == "QUERY"]
    if len(running) >= bulk.limit:
        if bulk.limit == 1:
            message = f"A bulk query operation for this app and shop is already in progress: {running[0]['id']}."
            raise UserError(message, None, "OPERATION_IN_PROGRESS")
        message = f"The limit of {bulk.limit} bulk query operations running at the same time has been reached."
        raise UserError(message, None, "LIMIT_REACHED")
    made = bulk.begin(args["query"], _roots(execution, bulk.batch), _connections(operation, fragments), args["groupObjects"])
    return {"bulkOperation": made["id"], "userErrors": []}


class _Paging(Visitor):
    """Takes out what a bulk operation ignores of a connection: its cursors and page info."""

    def enter_field(self, node: FieldNode, *_around: object) -> VisitorAction:
        return REMOVE if node.name.value in {"pageInfo", "cursor"} else IDLE


def _without_paging(text: str) -> str:
    return print_ast(visit(parse_document(text), _Paging()))


async def _roots(execution: Execution, size: int) -> Roots:
    """The trees of the rows at the root, in batches. Raises Denied, Null."""
    batch: list[Json] = []
    for tree, errors in _rows(execution):
        if any((one.get("extensions") or {}).get("code") == "ACCESS_DENIED" for one in errors):
            raise Denied
        if errors:
            raise Null
        batch.append(tree)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _rows(execution: Execution) -> Iterator[tuple[Json, list[Json]]]:
    try:
        for _, tree, errors in execution.each():
            yield tree, errors
    except GraphError:  # the whole connection may not be read
        raise Denied from None


def _connections(operation: OperationDefinitionNode, fragments: Fragments) -> frozenset[str]:
    """The response keys under which connections stand."""
    found: set[str] = set()

    def walk(on: GraphQLNamedType, selection: SelectionSetNode) -> None:
        for parent, field in fields_of(schema(), selection, on, fragments):
            if field.selection_set is not None:
                kind: GraphQLNamedType = get_named_type(cast(GraphQLObjectType, parent).fields[field.name.value].type)
                if is_connection(kind):
                    found.add(field.alias.value if field.alias else field.name.value)
                walk(kind, field.selection_set)

    walk(schema().type_map["QueryRoot"], operation.selection_set)
    return frozenset(found)


def cancel(call: Call, _source: Json, args: Json) -> Json:
    """bulkOperationCancel."""
    found = call.state.of("BulkOperation").get(args["id"])
    if found is None:
        raise UserError("Bulk operation does not exist", ["id"])
    if found["status"] not in {"CREATED", "RUNNING"}:
        raise UserError(f"A bulk operation cannot be canceled when it is {found['status'].lower()}", None)
    call.sandbox.bulk.cancel(found)
    return {"bulkOperation": found["id"], "userErrors": []}


def one(call: Call, _source: Json, args: Json) -> Json | None:
    """bulkOperation."""
    found = call.state.of("BulkOperation").get(args["id"])
    return found and call.sandbox.bulk.age(found)


def listed(call: Call, _source: Json, args: Json) -> object:
    """bulkOperations: filtered by status, operation_type, created_at, completed_at and id."""
    search = parse(args.get("query"), _FIELDS, ())
    rows = [call.sandbox.bulk.age(each) for each in call.state.of("BulkOperation").values()]
    kept = [each for each in rows if search.test is None or search.test(each)]
    moment = "completedAt" if args.get("sortKey") == "COMPLETED_AT" else "createdAt"
    return sorted_rows(kept, lambda each: each[moment] or ""), search


def current(call: Call, _source: Json, args: Json) -> Json | None:
    """currentBulkOperation: the newest of its type, whatever became of it."""
    found = [each for each in call.state.of("BulkOperation").values() if each["type"] == args["type"]]
    return call.sandbox.bulk.age(found[-1]) if found else None


async def download(sandbox: Sandbox, request: Request) -> Answer:
    """GET of a result: 403 when the address is no longer good, 206 for a part."""
    sandbox.bulk.downloads += 1
    sandbox.bulk.token_seen += "x-shopify-access-token" in request.headers
    number = int(request.params["number"])
    kept = sandbox.bulk.file(number, request.query.get("expires", ""), request.query.get("signature", ""))
    if kept is None:
        return Answer(403, _GONE.encode(), [(b"content-type", b"application/xml; charset=UTF-8")])
    size = (await asyncio.to_thread(kept.path.stat)).st_size
    start, end = _range(request.headers.get("range", ""), size)
    if start >= size:
        return Answer(416, b"", [(b"content-range", f"bytes */{size}".encode())])
    headers = [
        (b"content-type", b"application/jsonl"),
        (b"accept-ranges", b"bytes"),
        (b"etag", f'"{number}-{size}"'.encode()),
        (b"content-length", str(end - start).encode()),
    ]
    part = "range" in request.headers and (start, end) != (0, size)
    if part:
        headers.append((b"content-range", f"bytes {start}-{end - 1}/{size}".encode()))
    return Answer(206 if part else 200, _pieces(kept, start, end), headers)


def _range(text: str, size: int) -> tuple[int, int]:
    """[start, end) of a Range header; everything when it is none that we know."""
    first, _, last = text.removeprefix("bytes=").partition("-")
    if not text.startswith("bytes=") or not first.isdecimal():
        return 0, size
    return int(first), min(int(last) + 1, size) if last.isdecimal() else size


async def _pieces(kept: Kept, start: int, end: int) -> AsyncIterator[bytes]:
    """The file's bytes; raises ConnectionError where the download is to break off."""
    stop = start + kept.cuts.pop(0) if kept.cuts else end
    with kept.path.open("rb") as file:  # opening is quick
        file.seek(start)
        while start < min(end, stop):
            piece = await asyncio.to_thread(file.read, min(_PIECE, end - start, stop - start))
            if not piece:
                break
            start += len(piece)
            yield piece
    if start < end:
        raise ConnectionError("the download breaks off here, as cut() asked")


RESOLVERS: dict[str, Resolver] = {
    "Mutation.bulkOperationRunQuery": run_query,
    "Mutation.bulkOperationCancel": cancel,
    "QueryRoot.bulkOperation": one,
    "QueryRoot.bulkOperations": listed,
    "QueryRoot.currentBulkOperation": current,
    "BulkOperation.url": lambda call, source, _args: call.sandbox.bulk.url(source, call.base, partial=False),
    "BulkOperation.partialDataUrl": lambda call, source, _args: call.sandbox.bulk.url(source, call.base, partial=True),
}
ROUTES: tuple[Route, ...] = (("GET", r"/bulk/(?P<number>\d+)\.jsonl", download),)
