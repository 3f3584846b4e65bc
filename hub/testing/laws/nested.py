"""L16: nested lists longer than a page are drained, whichever way the shop lets them be asked for."""

from __future__ import annotations

from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import Exempt, must
from hub.testing.laws.trial import trial
from hub.testing.laws.truth import same, same_children

ROWS = 40
NESTED = 120


@law("L16", f"{NESTED} nested objects of one row are drained")
async def nested_pages(ground: Ground) -> str:
    """The sandbox adds them to the first row that can have any; `makes` names shops without a list of all of them."""
    nested = [resource for resource in ground.connector.resources if resource.child_kind is not None]
    if not nested:
        raise Exempt("no resource has nested objects")
    seen = []
    for make in ground.makes("L16"):
        sandbox = ground.sandbox(ground.rows(ROWS), make)
        for resource in nested:
            sandbox.add(f"{resource.child_kind}s", NESTED)
        async with trial(ground, sandbox) as shop:
            for resource in nested:
                result = await shop.complete(resource.name)
                await same(shop, resource.name)
                count = await same_children(shop, resource.name)
                must(count >= NESTED, f"only {count} {resource.child_kind}s came", shop.tape.culprit)
                must(not result.evidence.get("incomplete_children"), f"{resource.name}: incomplete, and COMPLETE all the same")
                seen.append(
                    f"{count} {resource.child_kind}s{f' ({next(iter(make))} {next(iter(make.values()))})' if make else ''}"
                )
    return ", ".join(seen)
