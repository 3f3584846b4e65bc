"""L22: an inbound webhook is believed only with its signature, counts once, and never takes a record back in time."""

from __future__ import annotations

import asyncio

from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import Exempt, must
from hub.testing.laws.postbox import Door, Letter, Postbox, opened
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import same
from hub.testing.serving import serve

ROWS = 12
TIMES = 50
TOLD = "select type from event where installation = $1 and vendor_id = $2 and type not like '%.created' order by position"


async def told(shop: Trial, id: str) -> list[str]:
    """What was told of a record since it came."""
    return [row[0] for row in await shop.fetch(TOLD, shop.installation, id)]


async def receipts(shop: Trial) -> int:
    """How many messages are stored."""
    rows = await shop.fetch("select count(*) from receipt where installation = $1", shop.installation)
    return int(rows[0][0])


async def changed(shop: Trial, post: Postbox, id: str) -> Letter:
    """Change a record in the shop; the letter that tells of it."""
    already = len(post.letters)
    shop.sandbox.change(shop.ground.first, [id])
    return (await post.wait(already, f"a change of {shop.ground.first} {id}"))[-1]


async def _forged(shop: Trial, door: Door, letter: Letter) -> list[int]:
    """Letters that nobody should believe."""
    before = await receipts(shop)
    statuses = [
        await door.deliver(letter, body=letter.body.replace(b"}", b" }", 1)),
        await door.deliver(letter, bare=True),
        await door.deliver(letter, body=b"{}"),
    ]
    must(all(400 <= one < 500 for one in statuses), f"forged messages were answered {statuses}", f"POST {letter.path}")
    must(await receipts(shop) == before, "a forged message was stored", f"POST {letter.path}")
    return statuses


@law("L22", f"webhooks: forged ones are refused, {TIMES} copies at once count once, late ones take nothing back")
async def webhooks(ground: Ground) -> str:
    """The sandbox really sends; the law delivers what it sent."""
    if ground.connector.webhooks is None:
        raise Exempt(f"{ground.connector.manifest.title} sends no webhooks")
    post, name = Postbox(), ground.first
    async with serve(post) as public_url, trial(ground, ground.sandbox({name: ROWS}), public_url=public_url) as shop:
        await shop.complete(name)
        id = shop.sandbox.ids(name)[0]
        async with opened(shop) as door:
            letter = await changed(shop, post, id)
            statuses = await _forged(shop, door, letter)
            answers = await asyncio.gather(*(door.deliver(letter) for _ in range(TIMES)))
            must(set(answers) == {200}, f"copies of one message were answered {sorted(set(answers))}", f"POST {letter.path}")
            await door.work()
            events, stored = await told(shop, id), await receipts(shop)
            must(
                len(events) == 1 and stored == 1, f"{TIMES} copies: {stored} receipts and events {events}", f"POST {letter.path}"
            )
            first, second = await changed(shop, post, id), await changed(shop, post, id)
            for late in (second, first, letter):
                must(await door.deliver(late) == 200, "a late message was refused", f"POST {late.path}")
                await door.work()
            await same(shop, name)
            must(len(await told(shop, id)) == 2, f"late messages: events {await told(shop, id)}", f"POST {letter.path}")
    return f"forged: {', '.join(map(str, statuses))}; {TIMES} copies: 1 event; newer before older: as the shop has it, 1 event"
