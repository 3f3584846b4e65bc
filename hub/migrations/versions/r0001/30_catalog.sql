-- What: raw objects as received, canonical records, and the facts about them.
-- These four tables take a row for every row of a shop. A foreign key costs them a query for each: their shop is checked once a
-- statement instead, and they are emptied when it goes (60_keys.sql).
CREATE TABLE raw_object (
    org uuid NOT NULL,
    installation uuid NOT NULL,
    kind text NOT NULL,
    vendor_id text NOT NULL,
    parent_id text,
    body bytea NOT NULL,
    encoding smallint NOT NULL,  -- 0 plain, 1 zstd
    size integer NOT NULL,  -- bytes before compression
    fingerprint bytea NOT NULL,  -- SHA-256 of the object without its volatile fields
    modified_at timestamptz,
    api_version text,
    fetched_at timestamptz NOT NULL,
    run uuid,
    PRIMARY KEY (installation, kind, vendor_id)
) WITH (fillfactor = 90);  -- room for a row's next version beside it: then its indexes need not be touched
ALTER TABLE raw_object ALTER body SET STORAGE EXTERNAL;  -- compressed already
CREATE INDEX raw_object_children ON raw_object (installation, kind, parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE record (
    org uuid NOT NULL,
    id uuid PRIMARY KEY,
    installation uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('product', 'order', 'customer')),
    vendor_id text NOT NULL,
    doc json NOT NULL,  -- as text, in its one byte form: nothing searches in it, and jsonb would cost more to make than all the rest of the row
    content_hash bytea NOT NULL,
    mapping_version integer NOT NULL,
    version integer NOT NULL DEFAULT 1,
    incomplete_children boolean NOT NULL DEFAULT false,
    dirty boolean NOT NULL DEFAULT false,
    modified_at timestamptz,  -- the vendor's
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    UNIQUE (installation, kind, vendor_id)
) WITH (toast_tuple_target = 8160);  -- a document that fits a page stays in its row, as it is: compressing one costs as much as parsing it
CREATE INDEX record_listing ON record (org, kind, id);
CREATE INDEX record_changes ON record (org, kind, updated_at);
CREATE INDEX record_dirty ON record (installation, kind) WHERE dirty;
-- What may not be passed over even if its bytes are the same: few, so a reading of a whole shop looks here and not into records.
CREATE INDEX record_loose ON record (installation, kind, vendor_id) WHERE dirty OR incomplete_children OR deleted_at IS NOT NULL;
DO $$
BEGIN
    IF (SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression') THEN
        ALTER TABLE record ALTER doc SET COMPRESSION lz4;
    END IF;
END
$$;

-- Which product carries this SKU or GTIN. Thin on purpose: the variants live inside the product's document.
CREATE TABLE variant_index (
    org uuid NOT NULL,
    installation uuid NOT NULL,
    record uuid NOT NULL,
    vendor_id text NOT NULL,
    sku text,
    gtin text,
    PRIMARY KEY (record, vendor_id)
);
CREATE INDEX variant_index_sku ON variant_index (org, sku) WHERE sku IS NOT NULL;
CREATE INDEX variant_index_gtin ON variant_index (org, gtin) WHERE gtin IS NOT NULL;

CREATE TABLE event_head (
    org uuid PRIMARY KEY REFERENCES organisation ON DELETE CASCADE,
    position bigint NOT NULL
);

CREATE TABLE event (
    org uuid NOT NULL,
    id uuid PRIMARY KEY,
    position bigint NOT NULL,
    type text NOT NULL,
    kind text,
    record uuid,
    vendor_id text,
    installation uuid,
    cause text NOT NULL,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (org, position)
);

CREATE TABLE event_cursor (
    org uuid NOT NULL REFERENCES organisation ON DELETE CASCADE,
    subscriber text NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org, subscriber)
);

-- A first sync is all inserts: vacuuming them again would cost half of what reading the shop once more does, and find nothing.
-- Dead rows still bring the vacuum. Statistics of documents, bytes and hashes say nothing that a plan could use.
ALTER TABLE raw_object SET (autovacuum_vacuum_insert_threshold = -1);
ALTER TABLE record SET (autovacuum_vacuum_insert_threshold = -1);
ALTER TABLE variant_index SET (autovacuum_vacuum_insert_threshold = -1);
ALTER TABLE event SET (autovacuum_vacuum_insert_threshold = -1);
ALTER TABLE raw_object ALTER body SET STATISTICS 0, ALTER fingerprint SET STATISTICS 0;
ALTER TABLE record ALTER doc SET STATISTICS 0, ALTER content_hash SET STATISTICS 0;
ALTER TABLE event ALTER data SET STATISTICS 0;
