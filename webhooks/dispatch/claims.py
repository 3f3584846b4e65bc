"""The statements that take messages out of the table. Each finds its rows by an index, however many others wait or lie there."""

from __future__ import annotations

#: Endpoints with something in an index, by jumping from one to the next in it: `name` as a part of `with recursive`.
_JUMPS = """{name}(endpoint) as (
    (select endpoint from message where {those} order by endpoint, {then} limit 1)
    union all
    select (
        select m.endpoint from message m where m.{those} and m.endpoint > {name}.endpoint order by m.endpoint, m.{then} limit 1
    ) from {name} where {name}.endpoint is not null
)"""
# `then` is the index's second column: without it the primary key serves the order as well, and a plan that was made while the
# table was empty walks over every message that has ended.
WAITING = _JUMPS.format(name="waiting", those="state = 0 and shard is null", then="due_at")
ORDERED = _JUMPS.format(name="ordered", those="state < 2 and shard is not null", then="order_key")

# Endpoints that have something waiting, by jumping from one to the next in the index; of each at most what there is room for.
# A dispatcher that was taken for dead takes nothing: its row is gone.
CLAIM = f"""
with recursive {WAITING}, room as (
    select e.id as endpoint, coalesce(r.places, $4) as places
    from waiting join endpoint e on e.id = waiting.endpoint
    left join unnest($2::uuid[], $3::int[]) as r(endpoint, places) on r.endpoint = waiting.endpoint
    where e.enabled and e.deleted_at is null and coalesce(r.places, $4) > 0
    order by random()
), due as (
    select d.place from room cross join lateral (
        select w.ctid as place from message w
        where w.endpoint = room.endpoint and w.state = 0 and w.shard is null and w.due_at <= now()
        order by w.due_at, w.position limit room.places for update skip locked
    ) d limit $5
), taken as (
    update message m set state = 1, owner = $1 from due
    where m.ctid = due.place and exists (select from dispatcher where id = $1)
    returning m.org, m.endpoint, m.event, m.position, m.attempts, m.step, m.cause, m.order_key, m.due_at
)
"""  # noqa: S608
# Events with an audience carry what is sent; of the others the fan-out has kept it. No data: it was kept its time, and is gone.
TOLD = """
select t.org, t.endpoint, t.event, t.position, t.attempts, t.step, t.cause, t.order_key, e.type, e.created_at,
    coalesce(p.data, case when e.audience is not null then convert_to(e.data::text, 'UTF8') end) as data, {also}
from (select) one left join taken t on true left join event e on e.id = t.event left join payload p on p.event = t.event
"""
#: $1 dispatcher, $2/$3 endpoints and their room, $4 the room of the others, $5 messages in all.
CLAIM_DUE = CLAIM + TOLD.format(also="null as upto") + "where t.event is not null order by t.due_at, t.position"

#: Endpoints with ordered messages that may be sent to.
ORDERED_ENDPOINTS = f"""
with recursive {ORDERED}
select e.id from ordered join endpoint e on e.id = ordered.endpoint where e.enabled and e.deleted_at is null
"""  # noqa: S608

# One endpoint's keys from $3, one jump each. A key gives its first messages, in order, as long as they wait and are due: if its
# first one is on its way or waits for a retry it gives none. The lock on the shard's row lasts until this commits, so the
# shard cannot change hands meanwhile.
CLAIM_ORDERED = """
with recursive shards as materialized (
    select shard from order_shard where owner = $1 and until > now() and shard = any ($5::smallint[]) for share
), line(order_key, n) as (
    (select order_key, 1 from message where endpoint = $2 and state < 2 and shard is not null and order_key >= $3
        order by order_key limit 1)
    union all
    select (select m.order_key from message m where m.endpoint = $2 and m.state < 2 and m.shard is not null
        and m.order_key > line.order_key order by m.order_key limit 1), line.n + 1
    from line where line.order_key is not null and line.n < $4
), first as (
    select f.event, f.position, bool_and(f.state = 0 and f.due_at <= now()) over (
        partition by line.order_key order by f.position) as goes
    from line cross join lateral (
        select m.event, m.position, m.state, m.due_at, m.shard from message m
        where m.endpoint = $2 and m.order_key = line.order_key and m.state < 2 and m.shard is not null
        order by m.position limit $6
    ) f where f.shard in (select shard from shards)
), chosen as (
    select event from first where goes order by position limit $7
), taken as (
    update message m set state = 1, owner = $1 from chosen
    where m.endpoint = $2 and m.event = chosen.event and m.state = 0
        and exists (select from dispatcher where id = $1)
    returning m.org, m.endpoint, m.event, m.position, m.attempts, m.step, m.cause, m.order_key, m.due_at
)
"""
#: $1 dispatcher, $2 endpoint, $3 the key to go on from, $4 keys to look at, $5 shards, $6 messages of a key, $7 in all. At least
#: one row comes, perhaps of no message; `upto` is the key to go on from, null at the end.
CLAIM_KEYS = CLAIM_ORDERED + TOLD.format(also="(select order_key from line where n = $4) as upto") + "order by t.position"  # noqa: S608

EXPIRE = """
with found as materialized (
    select p.place from unnest($1::uuid[], $2::uuid[]) as r(endpoint, event) cross join lateral (
        select m.ctid as place from message m where m.endpoint = r.endpoint and m.event = r.event limit 1
    ) p
)
update message m set state = 4, owner = null, ended_at = now() from found r
where m.ctid = r.place and m.owner = $3 and m.state + 0 = 1
"""

# The heart that beats while we look keeps its row: then the condition no longer holds for it.
BURY = "delete from dispatcher where heartbeat_at < now() - make_interval(secs => $1) and id <> $2 returning id"

# Owners that have messages, by jumping; those without a row are dead. What they held waits again, where it stood.
# By their places in the table: planned while it is empty, a join by key compared every orphan with all that is held.
TAKE_OVER = """
with recursive line(owner) as (
    (select owner from message where state = 1 order by owner limit 1)
    union all
    select (select m.owner from message m where m.state = 1 and m.owner > line.owner order by m.owner limit 1)
    from line where line.owner is not null
), orphan as materialized (
    select o.place from line cross join lateral (
        select m.ctid as place from message m where m.state = 1 and m.owner = line.owner limit $1
    ) o where line.owner is not null and not exists (select from dispatcher d where d.id = line.owner) limit $1
)
update message m set state = 0, owner = null from orphan o
where m.ctid = o.place and m.state + 0 = 1 and not exists (select from dispatcher d where d.id = m.owner)
"""

RETURN = """
with found as materialized (
    select p.place from unnest($1::uuid[], $2::uuid[]) as r(endpoint, event) cross join lateral (
        select m.ctid as place from message m where m.endpoint = r.endpoint and m.event = r.event limit 1
    ) p
)
update message m set state = 0, owner = null from found r where m.ctid = r.place and m.owner = $3 and m.state + 0 = 1
"""

LEAVE = "update message set state = 0, owner = null where state = 1 and owner = $1"

# What waits for an endpoint that was deleted waits in vain.
CANCEL = f"""
with recursive {WAITING}, {ORDERED}, gone as (
    select e.id from endpoint e where e.deleted_at is not null
        and e.id in (select endpoint from waiting union select endpoint from ordered)
), batch as (
    select w.endpoint, w.event from gone cross join lateral (
        (select m.endpoint, m.event from message m where m.endpoint = gone.id and m.state = 0 and m.shard is null limit $1)
        union all
        (select m.endpoint, m.event from message m
            where m.endpoint = gone.id and m.state < 2 and m.shard is not null and m.state = 0 limit $1)
    ) w limit $1
)
update message m set state = 5, owner = null, ended_at = now() from batch b
where m.endpoint = b.endpoint and m.event = b.event and m.state = 0
"""  # noqa: S608
