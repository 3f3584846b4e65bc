-- Stock and files are written back like metafields: the wish first, durably, then the shop.
ALTER TABLE write_back
    ADD COLUMN act text NOT NULL DEFAULT 'metafields' CHECK (act IN ('metafields', 'stock', 'media')),
    ADD COLUMN wish jsonb,    -- stock: the quantities; media: name, type and text of the file
    ADD COLUMN content bytea, -- media: the file itself, until it is in the shop
    ADD COLUMN outcome jsonb; -- media: the file as the shop knows it
ALTER TABLE write_back ALTER COLUMN content SET STORAGE EXTERNAL; -- models and pictures are packed already
