-- Forgetting. Whoever empties an event in the log (the hub does when a customer or a shop is to be forgotten) has, in the same
-- transaction, forgotten what was to be sent for it and what was answered to it; no room above needs to be asked.
CREATE FUNCTION luneo_forget_events(whose uuid, gone uuid[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    emptied bigint;
BEGIN
    DELETE FROM payload WHERE org = whose AND event = ANY (gone);
    UPDATE message m SET state = 4, owner = NULL, ended_at = now() FROM endpoint e
    WHERE e.org = whose AND m.endpoint = e.id AND m.event = ANY (gone) AND m.state IN (0, 1);
    UPDATE attempt a SET headers = NULL, body = NULL FROM endpoint e
    WHERE e.org = whose AND a.endpoint = e.id AND a.event = ANY (gone) AND (a.headers IS NOT NULL OR a.body IS NOT NULL);
    GET DIAGNOSTICS emptied = ROW_COUNT;
    RETURN emptied;
END
$$;

CREATE FUNCTION luneo_events_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM luneo_forget_events(org, array_agg(id)) FROM after WHERE data::text IN ('{}', '{"expunged":true}') GROUP BY org;
    RETURN NULL;
END
$$;
CREATE TRIGGER event_emptied AFTER UPDATE ON event REFERENCING NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION luneo_events_emptied();

-- Bodies of attempts leave first, oldest first: rows that have none are not in it.
CREATE INDEX attempt_bodies ON attempt (at) WHERE headers IS NOT NULL OR body IS NOT NULL;

-- How far retention has come through the log of events.
CREATE TABLE retention_mark (
    name text PRIMARY KEY,
    upto uuid NOT NULL
);
