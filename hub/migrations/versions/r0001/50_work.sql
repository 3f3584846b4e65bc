-- Work: durable jobs and the memory of idempotent requests.
CREATE TABLE job (
    id uuid PRIMARY KEY,
    org uuid REFERENCES organisation ON DELETE CASCADE,  -- null: the hub's own housekeeping, seen by luneo_system only
    -- The same without nulls, as a column: under row-level security an index on the expression would not be used.
    tenant uuid NOT NULL GENERATED ALWAYS AS (coalesce(org, '00000000-0000-0000-0000-000000000000'::uuid)) STORED,
    kind text NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    key text,  -- null: never deduplicated
    status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'dead')),
    again boolean NOT NULL DEFAULT false,  -- enqueued once more while running: run again when finished
    run_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 8,
    lease_owner text,
    lease_until timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);  -- rows change often and soon are history
-- Unique within an organisation: a key must not tell one tenant what another one does.
CREATE UNIQUE INDEX job_key ON job (org, kind, key) NULLS NOT DISTINCT
    WHERE key IS NOT NULL AND status IN ('queued', 'running');
-- Claims walk this index one organisation at a time, so that one backlog cannot starve the others.
CREATE INDEX job_queued ON job (tenant, run_at) WHERE status = 'queued';
CREATE INDEX job_leased ON job (lease_until) WHERE status = 'running';
CREATE INDEX job_finished ON job (finished_at) WHERE status IN ('done', 'dead');

CREATE TABLE idempotency (
    org uuid NOT NULL REFERENCES organisation ON DELETE CASCADE,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer,
    body bytea,
    headers jsonb,
    state text NOT NULL DEFAULT 'in_flight' CHECK (state IN ('in_flight', 'done')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org, key)
);
CREATE INDEX idempotency_expiry ON idempotency (expires_at);

CREATE FUNCTION luneo_wake_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('luneo_job', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER job_wake AFTER INSERT ON job FOR EACH STATEMENT EXECUTE FUNCTION luneo_wake_job();

-- The head moves once for every batch of events, so it is the head that tells, not each event.
CREATE FUNCTION luneo_wake_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('luneo_event', NEW.org::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER event_wake AFTER INSERT OR UPDATE ON event_head FOR EACH ROW EXECUTE FUNCTION luneo_wake_event();
