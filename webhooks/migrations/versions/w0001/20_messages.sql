-- Messages and attempts: the two tables that grow with every delivery. No foreign keys (each would cost a query a row), as few
-- indexes as there are ways in: an endpoint's messages in time order (event ids are UUIDv7), what waits, what a dispatcher holds.
CREATE TABLE message (
    org uuid NOT NULL,
    endpoint uuid NOT NULL,
    event uuid NOT NULL,
    position bigint NOT NULL,  -- the event's
    type text NOT NULL,  -- the event's
    state smallint NOT NULL,  -- 0 waiting, 1 held, 2 delivered, 3 dead, 4 expired, 5 cancelled
    owner bigint,  -- the dispatcher that holds it
    due_at timestamptz NOT NULL DEFAULT now(),
    attempts smallint NOT NULL DEFAULT 0,  -- all of them
    step smallint NOT NULL DEFAULT 0,  -- failures since it was last put into line: the place in the retry schedule
    cause smallint NOT NULL DEFAULT 0,  -- why it is in line: 0 its event, 1 resend, 2 replay, 3 test
    order_key text,  -- only where the endpoint is ordered
    shard smallint,  -- hash of (endpoint, order key)
    replay uuid,  -- the replay that put it into line last
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    PRIMARY KEY (endpoint, event)  -- once, whoever fans it out
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000,
        autovacuum_vacuum_insert_threshold = -1);
CREATE INDEX message_waiting ON message (endpoint, due_at, position) WHERE state = 0 AND shard IS NULL;
CREATE INDEX message_order ON message (endpoint, order_key, position) WHERE state < 2 AND shard IS NOT NULL;
CREATE INDEX message_held ON message (owner) WHERE state = 1;
CREATE INDEX message_dead ON message (endpoint, event) WHERE state = 3;
-- No statistics: what waits and what is held turns over within seconds, and a plan that believes in last night's picture of it walks
-- over everything that has ended. By default PostgreSQL takes each of these for one in two hundred, and follows the indexes.
ALTER TABLE message ALTER endpoint SET STATISTICS 0, ALTER event SET STATISTICS 0, ALTER position SET STATISTICS 0,
    ALTER state SET STATISTICS 0, ALTER owner SET STATISTICS 0, ALTER due_at SET STATISTICS 0,
    ALTER order_key SET STATISTICS 0, ALTER shard SET STATISTICS 0;

CREATE TABLE attempt (
    org uuid NOT NULL,
    endpoint uuid NOT NULL,
    event uuid NOT NULL,
    at timestamptz NOT NULL,  -- when it began
    n smallint NOT NULL,
    cause smallint NOT NULL,
    ms integer NOT NULL,
    status smallint,  -- null: no answer
    error text,  -- null: a success; else a word of webhooks.send.answer
    address text,  -- who answered
    headers bytea,  -- as they came
    body bytea,  -- the first 16 KiB
    size bigint,  -- of the whole body, where it is known
    dispatcher bigint,
    PRIMARY KEY (endpoint, event, at)
) WITH (autovacuum_vacuum_insert_threshold = -1);
ALTER TABLE attempt ALTER headers SET STATISTICS 0, ALTER body SET STATISTICS 0;

-- What is sent for a canonical event: its record as it was when the event was fanned out. Events of the API carry theirs.
CREATE TABLE payload (
    org uuid NOT NULL,
    event uuid PRIMARY KEY,
    data bytea NOT NULL,  -- JSON
    created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE payload ALTER data SET STATISTICS 0;

-- Dispatchers at work. The id is the fence: a process that comes back after it was taken for dead has lost what it held.
CREATE TABLE dispatcher (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    host text NOT NULL,
    pid integer NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE order_shard (
    shard smallint PRIMARY KEY,
    owner bigint,
    until timestamptz
);
INSERT INTO order_shard SELECT generate_series(0, 63);

CREATE TABLE replay (
    org uuid NOT NULL,
    id uuid PRIMARY KEY,
    endpoint uuid NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    types text[],
    scope text NOT NULL CHECK (scope IN ('failed', 'all', 'missing')),
    rate integer NOT NULL,  -- messages per second
    status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'cancelled', 'failed')),
    cursor uuid,  -- the last event that was looked at
    total integer,
    done integer NOT NULL DEFAULT 0,  -- looked at
    skipped integer NOT NULL DEFAULT 0,  -- of these, not sent again: the payload was gone
    reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    FOREIGN KEY (org, endpoint) REFERENCES endpoint (org, id) ON DELETE CASCADE
);
CREATE INDEX replay_of ON replay (endpoint, id);
