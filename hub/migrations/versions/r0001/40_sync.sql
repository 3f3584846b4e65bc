-- How it came in: runs with their evidence, leases, quarantine, receipts, and what we wrote back.
CREATE TABLE run (
    org uuid NOT NULL,
    id uuid PRIMARY KEY,
    installation uuid NOT NULL,
    resource text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('backfill', 'incremental', 'sweep')),
    cause text NOT NULL,
    verdict text CHECK (verdict IN ('COMPLETE', 'PARTIAL', 'FAILED')),
    reason text,
    evidence jsonb NOT NULL DEFAULT '{}',
    progress jsonb NOT NULL DEFAULT '{}',
    cursor jsonb,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    heartbeat_at timestamptz,
    UNIQUE (org, id),
    FOREIGN KEY (org, installation) REFERENCES installation (org, id) ON DELETE CASCADE
);
CREATE INDEX run_latest ON run (installation, resource, started_at DESC);

CREATE TABLE run_page (
    org uuid NOT NULL,
    run uuid NOT NULL,
    seq integer NOT NULL,
    ids text[] NOT NULL,
    first_id text,
    last_id text,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run, seq),
    FOREIGN KEY (org, run) REFERENCES run (org, id) ON DELETE CASCADE
);

CREATE TABLE resource_state (
    org uuid NOT NULL,
    installation uuid NOT NULL,
    resource text NOT NULL,
    watermark jsonb,
    fence bigint NOT NULL DEFAULT 0,
    lease_owner text,
    lease_until timestamptz,
    run uuid,
    full_scan_at timestamptz,
    tombstones_held jsonb,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (installation, resource),
    FOREIGN KEY (org, installation) REFERENCES installation (org, id) ON DELETE CASCADE
);

CREATE TABLE quarantine (
    org uuid NOT NULL,
    id uuid PRIMARY KEY,
    installation uuid NOT NULL,
    resource text NOT NULL,
    vendor_id text,
    run uuid,
    raw bytea NOT NULL,  -- zstd
    reason text NOT NULL,
    field text,
    created_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    resolution text,
    FOREIGN KEY (org, installation) REFERENCES installation (org, id) ON DELETE CASCADE
);
ALTER TABLE quarantine ALTER raw SET STORAGE EXTERNAL;
CREATE INDEX quarantine_open ON quarantine (installation, resource, id) WHERE resolved_at IS NULL;

CREATE TABLE receipt (
    org uuid NOT NULL,
    id uuid PRIMARY KEY,
    installation uuid NOT NULL,
    topic text NOT NULL,
    dedupe bytea NOT NULL,
    headers jsonb NOT NULL DEFAULT '{}',
    body bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'done', 'ignored', 'failed')),
    reason text,
    processed_at timestamptz,
    UNIQUE (installation, dedupe),
    FOREIGN KEY (org, installation) REFERENCES installation (org, id) ON DELETE CASCADE
);
CREATE INDEX receipt_open ON receipt (installation, received_at) WHERE status = 'new';

CREATE TABLE write_back (
    org uuid NOT NULL,
    id uuid PRIMARY KEY,
    installation uuid NOT NULL,
    kind text NOT NULL,
    vendor_id text NOT NULL,
    metafields jsonb NOT NULL,
    idempotency_key text NOT NULL,
    status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'written', 'failed')),
    expected_hash bytea,
    echo_seen_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    written_at timestamptz,
    error text,
    UNIQUE (org, idempotency_key),
    FOREIGN KEY (org, installation) REFERENCES installation (org, id) ON DELETE CASCADE
);
CREATE INDEX write_back_record ON write_back (installation, kind, vendor_id, created_at);
