-- An event's data as its author wrote it: jsonb would forget the order of keys and cost more to make than all the rest of the row.
ALTER TABLE event ALTER data DROP DEFAULT;
ALTER TABLE event ALTER data TYPE json USING data::text::json;
ALTER TABLE event ALTER data SET DEFAULT '{}', ALTER data SET STATISTICS 0;
-- Who alone may hear it; null: everyone who subscribes to its type.
ALTER TABLE event ADD audience uuid;
ALTER TABLE event ADD order_key text;
CREATE INDEX event_open ON event (org, position) WHERE audience IS NULL;
GRANT UPDATE (data) ON event TO luneo_system;  -- retention
