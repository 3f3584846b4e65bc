-- Whoever remembers an organisation's partners hears of a change; the number tells those who did not hear.
CREATE FUNCTION luneo_book_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whose uuid := coalesce(NEW.org, OLD.org);
BEGIN
    INSERT INTO endpoint_book (org, version) SELECT id, 1 FROM organisation WHERE id = whose
    ON CONFLICT (org) DO UPDATE SET version = endpoint_book.version + 1;
    PERFORM pg_notify('luneo_book', whose::text);
    RETURN NULL;
END
$$;
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['application', 'endpoint', 'endpoint_secret', 'signing_key', 'event_type'] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION luneo_book_changed()',
            wanted || '_book', wanted
        );
    END LOOP;
END
$$;

-- An organisation or a partner that goes takes its messages along.
CREATE FUNCTION luneo_endpoint_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM attempt WHERE endpoint = OLD.id;
    DELETE FROM message WHERE endpoint = OLD.id;
    RETURN OLD;
END
$$;
CREATE TRIGGER endpoint_goes BEFORE DELETE ON endpoint FOR EACH ROW EXECUTE FUNCTION luneo_endpoint_goes();
CREATE FUNCTION luneo_payloads_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM payload WHERE org = OLD.id;
    RETURN OLD;
END
$$;
CREATE TRIGGER organisation_payloads BEFORE DELETE ON organisation FOR EACH ROW EXECUTE FUNCTION luneo_payloads_go();
