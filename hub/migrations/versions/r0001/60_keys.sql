-- What foreign keys would do for the catalog, once a statement instead of once a row.
-- The key is (org, installation), as everywhere: without the organisation a row could point at another tenant's shop.
CREATE FUNCTION luneo_shop_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner record;
BEGIN
    FOR owner IN SELECT DISTINCT org, installation FROM added LOOP
        PERFORM FROM installation i WHERE i.org = owner.org AND i.id = owner.installation FOR KEY SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'installation % of organisation % does not exist', owner.installation, owner.org
                USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION luneo_organisation_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner record;
BEGIN
    FOR owner IN SELECT DISTINCT org FROM added LOOP
        PERFORM FROM organisation o WHERE o.id = owner.org FOR KEY SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'organisation % does not exist', owner.org
                USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- Rows never move to another shop.
CREATE FUNCTION luneo_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % does not move to another shop', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
END
$$;

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['raw_object', 'record', 'variant_index'] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS added '
            'FOR EACH STATEMENT EXECUTE FUNCTION luneo_shop_stands()', wanted || '_shop', wanted
        );
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE UPDATE OF org, installation ON %I FOR EACH ROW '
            'WHEN (OLD.org <> NEW.org OR OLD.installation <> NEW.installation) EXECUTE FUNCTION luneo_stays()',
            wanted || '_stays', wanted
        );
    END LOOP;
END
$$;
CREATE TRIGGER event_organisation AFTER INSERT ON event REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION luneo_organisation_stands();

-- The row that goes is locked before its trigger runs: whoever is writing for it has committed and is seen here.
CREATE FUNCTION luneo_shop_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM variant_index WHERE installation = OLD.id;
    DELETE FROM record WHERE installation = OLD.id;
    DELETE FROM raw_object WHERE installation = OLD.id;
    RETURN OLD;
END
$$;
CREATE TRIGGER installation_goes BEFORE DELETE ON installation FOR EACH ROW EXECUTE FUNCTION luneo_shop_goes();

CREATE FUNCTION luneo_organisation_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM installation WHERE org = OLD.id;
    DELETE FROM event WHERE org = OLD.id;
    RETURN OLD;
END
$$;
CREATE TRIGGER organisation_goes BEFORE DELETE ON organisation FOR EACH ROW EXECUTE FUNCTION luneo_organisation_goes();
