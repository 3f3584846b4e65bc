-- Row-level security, forced on the owner too: everything that is not allowed here is invisible.
-- `nullif`: after a transaction-local set_config the setting is '' on that connection for ever after, not null.
DO $$
DECLARE
    wanted text;
    own text := 'nullif(current_setting(''app.org'', true), '''')::uuid';
BEGIN
    FOREACH wanted IN ARRAY ARRAY[
        'organisation', 'api_key', 'installation', 'shop_budget', 'raw_object', 'record', 'variant_index',
        'event_head', 'event', 'event_cursor', 'run', 'run_page', 'resource_state', 'quarantine', 'receipt',
        'write_back', 'job', 'idempotency'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', wanted);
        EXECUTE format(
            'CREATE POLICY own_organisation ON %I TO luneo_app USING (%I = %s) WITH CHECK (%2$I = %3$s)',
            wanted, CASE wanted WHEN 'organisation' THEN 'id' ELSE 'org' END, own
        );
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO luneo_app', wanted);
    END LOOP;
    -- The named crossings between tenants: key look-up, shop → installation, claims, schedules, event relay.
    FOREACH wanted IN ARRAY ARRAY[
        'organisation', 'api_key', 'installation', 'event_head', 'event', 'event_cursor', 'run', 'resource_state',
        'receipt', 'job'
    ] LOOP
        -- A role that inherits from luneo_system (on PostgreSQL 15 the login role does) must switch to it all the same.
        EXECUTE format(
            'CREATE POLICY across_organisations ON %I TO luneo_system '
            'USING (current_user = ''luneo_system'') WITH CHECK (current_user = ''luneo_system'')', wanted
        );
        EXECUTE format('GRANT SELECT ON %I TO luneo_system', wanted);
    END LOOP;
END
$$;
GRANT INSERT ON organisation TO luneo_system;
GRANT UPDATE (last_used_at) ON api_key TO luneo_system;
GRANT INSERT, UPDATE ON event_cursor TO luneo_system;
GRANT INSERT, UPDATE ON receipt TO luneo_system;
GRANT INSERT, UPDATE, DELETE ON job TO luneo_system;
