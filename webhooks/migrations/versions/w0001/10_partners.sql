-- Partners: organisation → application (one partner's account) → endpoint (one URL), and what may be told to them.
CREATE TABLE application (
    org uuid NOT NULL REFERENCES organisation ON DELETE CASCADE,
    id uuid NOT NULL UNIQUE,
    uid text,  -- the organisation's own name for it
    name text NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,  -- its endpoints too; retention takes their rows, and then this one
    PRIMARY KEY (org, id),
    UNIQUE (org, uid)
);

CREATE TABLE endpoint (
    org uuid NOT NULL,
    id uuid NOT NULL UNIQUE,
    application uuid NOT NULL,
    uid text,
    url text NOT NULL,
    description text NOT NULL DEFAULT '',
    metadata jsonb NOT NULL DEFAULT '{}',
    types text[] NOT NULL DEFAULT '{*}',  -- names, `product.*` or `*`
    installations uuid[],  -- null: of every shop, and events of none
    filter jsonb,  -- null: whatever the payload holds
    causes text[] NOT NULL DEFAULT '{}',  -- backfill and remap are sent only where they are named here
    headers text,  -- custom headers, a JSON object, sealed: partners put their tokens in them
    rate_limit integer CHECK (rate_limit > 0),  -- attempts per second; null: as fast as it answers
    retry integer[],  -- seconds between attempts; null: the hub's own schedule
    ordered boolean NOT NULL DEFAULT false,  -- one after the other, for every order key
    signatures text[] NOT NULL DEFAULT '{v1}',
    enabled boolean NOT NULL DEFAULT true,
    disabled_reason text,  -- partner, operator, gone (it answered 410) or failing
    disabled_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,  -- retention takes its rows, a batch after the other
    PRIMARY KEY (org, id),
    FOREIGN KEY (org, application) REFERENCES application (org, id) ON DELETE CASCADE
);
CREATE INDEX endpoint_of_application ON endpoint (application, id);
CREATE UNIQUE INDEX endpoint_uid ON endpoint (application, uid) WHERE deleted_at IS NULL AND uid IS NOT NULL;

CREATE TABLE endpoint_secret (
    org uuid NOT NULL,
    endpoint uuid NOT NULL,
    id uuid PRIMARY KEY,
    sealed text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,  -- null: the current one
    FOREIGN KEY (org, endpoint) REFERENCES endpoint (org, id) ON DELETE CASCADE
);
CREATE INDEX endpoint_secret_of ON endpoint_secret (endpoint);

-- ed25519, one current key per organisation; the public halves are shown at /jwks/{organisation}.
CREATE TABLE signing_key (
    org uuid NOT NULL REFERENCES organisation ON DELETE CASCADE,
    id uuid PRIMARY KEY,
    sealed text NOT NULL,
    public_key bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz
);
CREATE INDEX signing_key_of ON signing_key (org);

-- The organisation's own event types; the canonical ones are in the code (schemas.event).
CREATE TABLE event_type (
    org uuid NOT NULL REFERENCES organisation ON DELETE CASCADE,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    schema json,  -- JSON Schema of the data; null: anything
    example json,
    archived_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org, name)
);

-- How an endpoint fares. Apart from its settings: it changes with the traffic, they do not.
CREATE TABLE endpoint_health (
    org uuid NOT NULL,
    endpoint uuid PRIMARY KEY,
    failures integer NOT NULL DEFAULT 0,  -- in a row
    failing_since timestamptz,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    last_error text,
    noticed_at timestamptz,  -- when somebody was told that it fails
    FOREIGN KEY (org, endpoint) REFERENCES endpoint (org, id) ON DELETE CASCADE
) WITH (fillfactor = 50);

-- What a process remembers of an organisation's partners holds as long as this number stands.
CREATE TABLE endpoint_book (
    org uuid PRIMARY KEY REFERENCES organisation ON DELETE CASCADE,
    version bigint NOT NULL
);

CREATE TABLE portal_pass (  -- links that open the portal, and the sessions they turn into
    org uuid NOT NULL,
    application uuid NOT NULL,
    digest bytea PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('link', 'session')),
    form_key bytea NOT NULL,
    language text,
    return_url text,  -- where "back" leads: the organisation's own page
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    FOREIGN KEY (org, application) REFERENCES application (org, id) ON DELETE CASCADE
);
CREATE INDEX portal_pass_expiry ON portal_pass (expires_at);

CREATE TABLE portal_brand (
    org uuid PRIMARY KEY REFERENCES organisation ON DELETE CASCADE,
    name text,
    accent text,
    updated_at timestamptz NOT NULL DEFAULT now()
);
