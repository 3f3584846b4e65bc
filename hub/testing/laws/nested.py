"""L16: nested lists longer than a page are drained, whichever way the shop lets them be asked for."""

from __future__ import annotations

from collections.abc import Sequence

from hub.catalog.raw import unpack
from hub.ports import Resource, Sandbox
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import Exempt, must, some
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import RAW, same, same_children

ROWS = 40
NESTED = 120


def _added(sandbox: Sandbox, resource: Resource) -> dict[str, list[str]]:
    """Kind of nested objects → the ids of those that were added; `sandbox.most(kind)` says how many, for vendors with a limit."""
    if resource.child_kind is not None:
        return {resource.child_kind: sandbox.add(f"{resource.child_kind}s", NESTED)}
    most, made = getattr(sandbox, "most", lambda _: NESTED), {}
    for kind in resource.nested:
        try:
            made[kind] = sandbox.add(f"{kind}s", most(f"{kind}s"))
        except ValueError:  # not of this kind
            continue
    return made


async def _inside(shop: Trial, resource: Resource, kind: str, ids: Sequence[str]) -> int:
    """Every one of these stands in a raw object of the resource."""
    rows = await shop.fetch(RAW, shop.installation, resource.raw_kind)
    text = b"\n".join(unpack(row["body"], row["encoding"]) for row in rows)
    lost = [id for id in ids if f'"{id}"'.encode() not in text]
    must(not lost, f"{len(lost)} of {len(ids)} {kind}s are missing: {some(lost)}", shop.tape.culprit)
    return len(ids)


@law("L16", f"{NESTED} nested objects of one row, or as many as there can be, are drained")
async def nested_pages(ground: Ground) -> str:
    """The sandbox adds them to the first row that can have any; `makes` names shops without a list of all of them."""
    nested = [resource for resource in ground.connector.resources if resource.child_kind is not None or resource.nested]
    if not nested:
        raise Exempt("no resource has nested objects")
    seen = []
    for make in ground.makes("L16"):
        sandbox = ground.sandbox(ground.rows(ROWS), make)
        more = {resource.name: _added(sandbox, resource) for resource in nested}
        async with trial(ground, sandbox) as shop:
            for resource in nested:
                result = await shop.complete(resource.name)
                await same(shop, resource.name)
                must(not result.evidence.get("incomplete_children"), f"{resource.name}: incomplete, and COMPLETE all the same")
                for kind, ids in more[resource.name].items():
                    in_rows = resource.child_kind is None
                    count = await _inside(shop, resource, kind, ids) if in_rows else await same_children(shop, resource.name)
                    must(count >= NESTED, f"only {count} {kind}s came", shop.tape.culprit)
                    seen.append(f"{count} {kind}s{f' ({next(iter(make))} {next(iter(make.values()))})' if make else ''}")
    return ", ".join(seen)
