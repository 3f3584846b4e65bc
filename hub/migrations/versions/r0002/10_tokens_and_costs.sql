-- Credentials that change by themselves: one worker at a time asks the vendor for new ones, with no transaction open meanwhile.
-- The table's own grants and policies hold for new columns too.
ALTER TABLE installation
    ADD COLUMN renewal_owner text,  -- who is asking, made anew for every try
    ADD COLUMN renewal_until timestamptz;  -- when a worker that died in between frees it for the next

-- Shops that count points instead of requests, and tell what is left of them with every answer.
ALTER TABLE shop_budget
    ADD COLUMN in_flight double precision NOT NULL DEFAULT 0,  -- points set aside for requests that are not answered yet
    ADD COLUMN told_at timestamptz;  -- when the shop last said what is left
