-- Two roles that cannot log in. The login role owns the tables and takes one of them for every unit of work.
-- Roles belong to the whole server, so they may exist already, made for another database or by an administrator.
DO $$
DECLARE
    wanted text;
    mine text := quote_ident(current_user);
BEGIN
    IF current_setting('server_version_num')::int < 150000 THEN
        RAISE EXCEPTION 'PostgreSQL % is too old: Luneo needs 15 or newer', current_setting('server_version')
            USING ERRCODE = 'LU001';
    END IF;
    FOREACH wanted IN ARRAY ARRAY['luneo_app', 'luneo_system'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', wanted);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;  -- another database's upgrade was quicker
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION 'the role % may not create roles', mine USING ERRCODE = 'LU002';
            END;
        END IF;
        -- NOINHERIT: the owner on its own must not enjoy what the policies allow to these roles.
        -- PostgreSQL 15 has no such option on a grant and lacks nothing by it: units of work always switch the role.
        IF NOT EXISTS (
            SELECT FROM pg_auth_members m
            JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
            WHERE r.rolname = wanted AND u.rolname = current_user
              AND (to_jsonb(m) ->> 'set_option') IS DISTINCT FROM 'false'
        ) AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            BEGIN
                IF current_setting('server_version_num')::int >= 160000 THEN
                    EXECUTE format('GRANT %I TO %s WITH INHERIT FALSE, SET TRUE', wanted, mine);
                ELSE
                    EXECUTE format('GRANT %I TO %s', wanted, mine);
                END IF;
            EXCEPTION
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION 'the role % is not a member of %', mine, wanted USING ERRCODE = 'LU002';
            END;
        END IF;
    END LOOP;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO luneo_app, luneo_system', current_schema());
END
$$;
