-- Who: organisations, the keys that speak for them, the shops joined to them.
CREATE TABLE organisation (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_key (
    org uuid NOT NULL REFERENCES organisation ON DELETE CASCADE,
    id uuid PRIMARY KEY,
    name text NOT NULL,
    prefix text NOT NULL,
    last4 text NOT NULL,
    digest bytea NOT NULL UNIQUE,  -- HMAC-SHA256 of the key under the pepper; the key itself is nowhere
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
CREATE INDEX api_key_org ON api_key (org, created_at);

CREATE TABLE installation (
    org uuid NOT NULL REFERENCES organisation ON DELETE CASCADE,
    id uuid NOT NULL UNIQUE,
    connector text NOT NULL,
    shop text NOT NULL,  -- the shop's identity as its connector defines it
    name text NOT NULL,
    url text NOT NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'reconnect', 'disconnected')),
    settings jsonb NOT NULL DEFAULT '{}',
    credentials text,  -- sealed
    webhook_secret text,  -- sealed
    capabilities jsonb NOT NULL DEFAULT '{}',
    api_version text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    disconnected_at timestamptz,
    PRIMARY KEY (org, id)
);
-- One shop, one organisation; disconnecting frees it.
CREATE UNIQUE INDEX installation_one_shop ON installation (connector, shop) WHERE status <> 'disconnected';

CREATE TABLE shop_budget (
    installation uuid PRIMARY KEY,
    org uuid NOT NULL,
    tokens double precision NOT NULL,
    refilled_at timestamptz NOT NULL DEFAULT now(),
    rate double precision NOT NULL,  -- tokens per second
    burst double precision NOT NULL,
    blocked_until timestamptz,
    FOREIGN KEY (org, installation) REFERENCES installation (org, id) ON DELETE CASCADE
);
