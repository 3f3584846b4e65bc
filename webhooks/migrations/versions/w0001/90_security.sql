-- Row-level security as in the hub's own tables. Dispatchers work for all organisations: what they touch is named here.
DO $$
DECLARE
    wanted text;
    own text := 'nullif(current_setting(''app.org'', true), '''')::uuid';
BEGIN
    FOREACH wanted IN ARRAY ARRAY[
        'application', 'endpoint', 'endpoint_secret', 'signing_key', 'event_type', 'endpoint_health', 'endpoint_book',
        'portal_pass', 'portal_brand', 'message', 'attempt', 'payload', 'replay'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', wanted);
        EXECUTE format('CREATE POLICY own_organisation ON %I TO luneo_app USING (org = %s) WITH CHECK (org = %2$s)', wanted, own);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO luneo_app', wanted);
        CONTINUE WHEN wanted = 'portal_brand';  -- which nobody looks at but its organisation
        EXECUTE format(
            'CREATE POLICY across_organisations ON %I TO luneo_system '
            'USING (current_user = ''luneo_system'') WITH CHECK (current_user = ''luneo_system'')', wanted
        );
        EXECUTE format('GRANT SELECT ON %I TO luneo_system', wanted);
    END LOOP;
    FOREACH wanted IN ARRAY ARRAY['dispatcher', 'order_shard', 'retention_mark'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', wanted);
        EXECUTE format(
            'CREATE POLICY across_organisations ON %I TO luneo_system '
            'USING (current_user = ''luneo_system'') WITH CHECK (current_user = ''luneo_system'')', wanted
        );
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO luneo_system', wanted);
    END LOOP;
END
$$;
-- What dispatchers, retention and the portal's door write across organisations; all else is done in an organisation's own name.
GRANT UPDATE (state, owner, due_at, attempts, step, ended_at), DELETE ON message TO luneo_system;
GRANT INSERT, UPDATE (headers, body), DELETE ON attempt TO luneo_system;
GRANT INSERT, UPDATE ON endpoint_health, endpoint_book TO luneo_system;  -- the book by the triggers of what retention deletes
GRANT UPDATE (expires_at), DELETE ON portal_pass TO luneo_system;
GRANT DELETE ON payload, application, endpoint, endpoint_secret, signing_key, replay TO luneo_system;
