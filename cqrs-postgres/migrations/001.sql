-- The first schema. Frozen from the first release on: changes are made by the next file then.
--
-- {schema} and {views} stand for the names of the two schemas, quoted. Functions carry a version in their names, so that
-- a program one version older keeps working; they run with the rights of their owner and fix every setting they rely on.

CREATE SCHEMA IF NOT EXISTS {schema};
CREATE SCHEMA IF NOT EXISTS {views};

CREATE TABLE {schema}.meta (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    store_id uuid NOT NULL,
    restore_epoch integer NOT NULL,
    schema_version integer NOT NULL,
    min_compatible integer NOT NULL -- the oldest schema version whose programs work with this schema
);

INSERT INTO {schema}.meta (store_id, restore_epoch, schema_version, min_compatible)
VALUES (gen_random_uuid(), 0, 1, 1);

-- Rows are never deleted. Erasing empties payload, metadata and tags, and sets erased_at.
CREATE TABLE {schema}.events (
    position bigint PRIMARY KEY,
    revision bigint NOT NULL CHECK (revision > 0),
    event_id uuid NOT NULL,
    stream_type text COLLATE "C" NOT NULL,
    stream_id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    encoding smallint NOT NULL DEFAULT 0, -- of the payload; 0 is JSON
    key_id text COLLATE "C", -- of the key that the payload is encrypted with
    checksum integer NOT NULL, -- CRC-32 of all that its writer knew: not of position, revision and time
    erased_at timestamptz,
    command_id uuid,
    correlation_id uuid,
    causation_id uuid,
    actor text COLLATE "C",
    tenant text COLLATE "C",
    tags text COLLATE "C", -- one a line, in the order given; the table tags is for finding them
    payload bytea NOT NULL,
    CONSTRAINT events_id UNIQUE (event_id),
    CONSTRAINT events_stream UNIQUE (stream_id, stream_type, revision)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX events_name ON {schema}.events (name, position);

CREATE TABLE {schema}.tags (
    tag text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tag, position)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE TABLE {schema}.snapshots (
    stream_type text COLLATE "C" NOT NULL,
    stream_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    revision bigint NOT NULL,
    checksum integer NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (stream_id, stream_type)
) WITH (fillfactor = 70);

CREATE TABLE {schema}.subscriptions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    part integer NOT NULL DEFAULT 0, -- room for several that share one's work
    position bigint NOT NULL,
    epoch bigint NOT NULL,
    mixed boolean NOT NULL,
    built boolean NOT NULL,
    paused boolean NOT NULL,
    indexed boolean NOT NULL, -- whether a document of it has ever had an index value
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (kind, name, version, part)
) WITH (fillfactor = 50);

-- Who runs what, by the clock of this server. What lasts for longer than its term was taken before the clock went back.
CREATE TABLE {schema}.nodes (
    node uuid PRIMARY KEY,
    name text NOT NULL,
    term interval NOT NULL,
    until timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE {schema}.leases (
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    epoch bigint NOT NULL,
    node uuid, -- NULL: nobody
    term interval NOT NULL,
    until timestamptz NOT NULL,
    report bytea NOT NULL,
    announced timestamptz NOT NULL,
    PRIMARY KEY (kind, name, version)
) WITH (fillfactor = 50);

CREATE TABLE {schema}.orders (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    what bytea NOT NULL,
    given timestamptz NOT NULL DEFAULT clock_timestamp(),
    answer bytea
);

CREATE TABLE {views}.documents (
    view bigint NOT NULL,
    key bytea NOT NULL,
    index_names text[] COLLATE "C", -- with index_values, what document_indexes holds for it
    index_values bytea[],
    content bytea NOT NULL,
    PRIMARY KEY (view, key)
) WITH (fillfactor = 85);

CREATE TABLE {views}.document_indexes (
    view bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    value bytea NOT NULL,
    key bytea NOT NULL,
    PRIMARY KEY (view, name, value, key)
);

CREATE TABLE {views}.parked (
    subscription bigint NOT NULL,
    key bytea NOT NULL,
    position bigint NOT NULL,
    key_text text NOT NULL,
    attempts bigint NOT NULL,
    error text NOT NULL,
    parked_at timestamptz NOT NULL,
    PRIMARY KEY (subscription, key, position)
);

-- What somebody at a prompt wants to see of a payload. One that jsonb cannot hold, such as a text with NUL, is shown as
-- a string.
CREATE FUNCTION {schema}.payload_json(payload bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF payload = ''::bytea THEN
        RETURN NULL;
    END IF;
    RETURN convert_from(payload, 'UTF8')::jsonb;
EXCEPTION WHEN data_exception THEN
    RETURN to_jsonb(encode(payload, 'escape'));
END $$;

CREATE VIEW {schema}.events_json AS
SELECT position, stream_type, stream_id, revision, name, version, recorded_at,
       {schema}.payload_json(payload) AS payload, string_to_array(tags, E'\n') AS tags,
       event_id, command_id, correlation_id, causation_id, actor, tenant, erased_at
FROM {schema}.events;

-- What the plans of the functions rely on, where the session does not say so: a plan that was made when a table was empty
-- must not read it from end to end for ever. As SET clauses of the functions they would cost as much as the rest.
--
-- For the same reason rows are looked for one by one, with OFFSET 0, which is never made a join of. They are changed by
-- their places, which stay what they are under the lock of the log or of the subscription.
CREATE FUNCTION {schema}.settle_v1() RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
        set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true);
END $$;

-- The lock under which positions are given. It is taken in a statement of its own: only the next one has a snapshot
-- that shows all of what was committed under it before.
CREATE FUNCTION {schema}.lock_log_v1() RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the log is written at the isolation level read committed, not %',
            current_setting('transaction_isolation') USING ERRCODE = 'invalid_transaction_state';
    END IF;
    -- No default of a role, database or session makes an acknowledged append less durable. As a SET clause it would
    -- be undone before the commit.
    IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    PERFORM pg_advisory_xact_lock(1668379251, '{schema}.events'::regclass::oid::integer);
END $$;

-- Appends a batch of requests, each judged by itself. No two of them share a stream or an event id, and no event of one
-- matches the condition of a later one: who calls sees to that.
--
-- The unique index decides whether event ids are new. When it objects, nothing was written, and the batch is sent again
-- with `probe`, which looks for every id first.
--
-- s_: the streams that the requests list, s_expected -1 for any, s_hint a revision that the stream is likely to have, or
-- negative, that it has if the event at seen_position is still the last one. e_: the events, e_stream counting in s_,
-- e_nth in the stream's events. t_: their tags, each once. c_: the items of the conditions: first tag, further tags,
-- names, the last two one a line.
--
-- Arrays that every call has are unnested in a select list, which makes one row after another. In FROM the elements of
-- each array are put aside first, and for one event that costs more than to insert it.
CREATE FUNCTION {schema}.append_v1(
    probe boolean, seen_epoch integer, seen_position bigint, seen_id uuid,
    s_req integer[], s_type text[], s_id text[], s_expected bigint[], s_hint bigint[],
    e_req integer[], e_stream integer[], e_nth integer[], e_type text[], e_sid text[], e_id uuid[],
    e_name text[], e_version bigint[], e_checksum integer[], e_command uuid[], e_correlation uuid[],
    e_causation uuid[], e_actor text[], e_tenant text[], e_tags text[], e_payload bytea[],
    t_event integer[], t_tag text[], t_name text[],
    c_req integer[], c_after bigint[], c_tag text[], c_more text[], c_names text[],
    OUT head bigint,            -- before the batch; NULL: the history is another, nothing was written
    OUT recorded timestamptz,   -- of the events
    OUT checked timestamptz,    -- when it was judged
    OUT revisions bigint[],     -- of the streams, before the batch
    OUT refused integer[],      -- the requests of which nothing was written
    OUT known integer[],        -- those of them of which an event id is in use
    OUT failed integer[],       -- those whose condition does not hold ..
    OUT failed_at bigint[]      -- .. and the event that matches; -1: it is beyond the head
) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    last_time timestamptz;
    is_same boolean;
    places bigint[];
    place bigint;
BEGIN
    IF current_setting('enable_seqscan') <> 'off' THEN
        PERFORM {schema}.settle_v1();
    END IF;
    PERFORM {schema}.lock_log_v1();
    -- Under the lock, so that nothing is acknowledged once a restored database was marked as such.
    SELECT l.position, l.recorded_at, EXISTS (
        SELECT FROM {schema}.meta m WHERE m.one AND m.restore_epoch = seen_epoch
    ) AND (seen_position = 0 OR EXISTS (
        SELECT FROM {schema}.events e WHERE e.position = seen_position AND e.event_id = seen_id
    )) INTO head, last_time, is_same
    FROM (VALUES (true)) AS one
    LEFT JOIN (
        SELECT e.position, e.recorded_at FROM {schema}.events e ORDER BY e.position DESC LIMIT 1
    ) l ON true;
    IF NOT is_same THEN
        head := NULL;
        RETURN;
    END IF;
    head := coalesce(head, 0);
    checked := clock_timestamp();
    recorded := greatest(last_time, checked);

    SELECT array_agg(h.revision ORDER BY s.at),
           coalesce(array_agg(s.req) FILTER (WHERE s.expected >= 0 AND s.expected <> h.revision), '{}')
    INTO revisions, refused
    FROM (
        SELECT generate_subscripts(s_id, 1) AS at, unnest(s_req) AS req, unnest(s_type) AS type, unnest(s_id) AS id,
            unnest(s_expected) AS expected, unnest(s_hint) AS hint
        OFFSET 0
    ) s
    -- A scan looks at all that is on its page of the index, so it begins where the stream is likely to end.
    CROSS JOIN LATERAL (SELECT CASE WHEN s.hint < 0 AND head = seen_position THEN -s.hint ELSE coalesce((
        SELECT e.revision FROM {schema}.events e
        WHERE e.stream_id = s.id AND e.stream_type = s.type AND e.revision >= abs(s.hint)
        ORDER BY e.revision DESC LIMIT 1
    ), CASE WHEN s.hint <> 0 THEN (
        SELECT e.revision FROM {schema}.events e
        WHERE e.stream_id = s.id AND e.stream_type = s.type ORDER BY e.revision DESC LIMIT 1
    ) END, 0) END AS revision OFFSET 0) h;

    IF cardinality(c_req) > 0 THEN
        SELECT array_agg(f.req), array_agg(f.found) INTO failed, failed_at
        FROM (
            SELECT c.req, CASE
                WHEN c.after > head THEN -1
                WHEN c.tag IS NOT NULL THEN (
                    SELECT t.position FROM {schema}.tags t
                    WHERE t.tag = c.tag AND t.position > c.after
                    AND (c.names IS NULL OR t.name = ANY (string_to_array(c.names, E'\n')))
                    AND (c.more IS NULL OR NOT EXISTS (
                        SELECT FROM unnest(string_to_array(c.more, E'\n')) AS m (tag)
                        WHERE NOT EXISTS (
                            SELECT FROM {schema}.tags o WHERE o.tag = m.tag AND o.position = t.position OFFSET 0)))
                    LIMIT 1)
                WHEN c.names IS NOT NULL THEN (
                    SELECT n.position FROM unnest(string_to_array(c.names, E'\n')) AS w (name)
                    CROSS JOIN LATERAL (
                        SELECT e.position FROM {schema}.events e
                        WHERE e.name = w.name AND e.position > c.after ORDER BY e.position LIMIT 1) n
                    LIMIT 1)
                WHEN c.after < head THEN head
            END AS found
            FROM unnest(c_req, c_after, c_tag, c_more, c_names) AS c (req, after, tag, more, names)
            OFFSET 0
        ) f WHERE f.found IS NOT NULL;
        refused := refused || failed;
    END IF;

    -- One that is refused may be a repetition, which is judged before anything else.
    IF probe OR refused <> '{}' THEN
        SELECT coalesce(array_agg(DISTINCT u.req), '{}') INTO known
        FROM unnest(e_req, e_id) AS u (req, id)
        WHERE (probe OR u.req = ANY (refused))
        AND EXISTS (SELECT FROM {schema}.events e WHERE e.event_id = u.id OFFSET 0);
        refused := refused || known;
    END IF;

    IF cardinality(e_id) = 0 THEN
        RETURN;
    END IF;
    IF refused <> '{}' THEN
        place := head;
        places := array_fill(NULL::bigint, ARRAY[cardinality(e_id)]);
        FOR i IN 1 .. cardinality(e_id) LOOP
            IF e_req[i] <> ALL (refused) THEN
                place := place + 1;
                places[i] := place;
            END IF;
        END LOOP;
    END IF;
    INSERT INTO {schema}.events (position, revision, event_id, stream_type, stream_id, name, version,
        recorded_at, checksum, command_id, correlation_id, causation_id, actor, tenant, tags, payload)
    SELECT CASE WHEN places IS NULL THEN head + u.at ELSE places[u.at] END, revisions[u.stream] + u.nth, u.id, u.type,
        u.sid, u.name, u.version, recorded, u.checksum, u.command, u.correlation, u.causation, u.actor, u.tenant, u.tags,
        u.payload
    FROM (
        SELECT generate_subscripts(e_id, 1) AS at, unnest(e_stream) AS stream, unnest(e_nth) AS nth, unnest(e_id) AS id,
            unnest(e_type) AS type, unnest(e_sid) AS sid, unnest(e_name) AS name, unnest(e_version) AS version,
            unnest(e_checksum) AS checksum, unnest(e_command) AS command, unnest(e_correlation) AS correlation,
            unnest(e_causation) AS causation, unnest(e_actor) AS actor, unnest(e_tenant) AS tenant,
            unnest(e_tags) AS tags, unnest(e_payload) AS payload
        OFFSET 0
    ) u
    WHERE places IS NULL OR places[u.at] IS NOT NULL;
    IF cardinality(t_event) > 0 THEN
        INSERT INTO {schema}.tags (tag, position, name)
        SELECT t.tag, CASE WHEN places IS NULL THEN head + t.event ELSE places[t.event] END, t.name
        FROM unnest(t_event, t_tag, t_name) AS t (event, tag, name)
        WHERE places IS NULL OR places[t.event] IS NOT NULL;
    END IF;
END $$;

-- Erases these events of a stream, which must be all that are left to erase: else nothing happens, and `head` is NULL.
CREATE FUNCTION {schema}.erase_v1(
    a_type text, a_id text, a_positions bigint[], a_checksums integer[],
    a_marker uuid, a_marker_name text, a_marker_checksum integer,
    OUT head bigint
) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    last_time timestamptz;
    last_revision bigint;
    remaining bigint;
BEGIN
    PERFORM {schema}.lock_snapshot_v1(a_type, a_id);
    PERFORM {schema}.lock_log_v1();
    SELECT max(e.revision), count(*) FILTER (WHERE e.erased_at IS NULL AND e.name <> a_marker_name)
    INTO last_revision, remaining
    FROM {schema}.events e WHERE e.stream_id = a_id AND e.stream_type = a_type;
    IF remaining <> cardinality(a_positions) THEN
        RETURN;
    END IF;
    SELECT e.position, greatest(e.recorded_at, clock_timestamp()) INTO head, last_time
    FROM {schema}.events e ORDER BY e.position DESC LIMIT 1;
    DELETE FROM {schema}.tags t WHERE t.ctid = ANY (ARRAY(
        SELECT f.place FROM {schema}.events e
        CROSS JOIN unnest(string_to_array(e.tags, E'\n')) AS w (tag)
        CROSS JOIN LATERAL (
            SELECT o.ctid AS place FROM {schema}.tags o WHERE o.tag = w.tag AND o.position = e.position OFFSET 0) f
        WHERE e.position = ANY (a_positions)));
    UPDATE {schema}.events e SET payload = '', tags = NULL, command_id = NULL, correlation_id = NULL,
        causation_id = NULL, actor = NULL, tenant = NULL, key_id = NULL, encoding = 0,
        checksum = f.checksum, erased_at = last_time
    FROM (
        SELECT o.place, u.checksum FROM unnest(a_positions, a_checksums) AS u (position, checksum)
        CROSS JOIN LATERAL (
            SELECT w.ctid AS place FROM {schema}.events w
            WHERE w.position = u.position AND w.stream_id = a_id AND w.stream_type = a_type
            AND w.erased_at IS NULL AND w.name <> a_marker_name OFFSET 0) o
    ) f WHERE e.ctid = f.place;
    GET DIAGNOSTICS remaining = ROW_COUNT;
    IF remaining <> cardinality(a_positions) THEN
        RAISE EXCEPTION 'these are not the events that are left to erase';
    END IF;
    DELETE FROM {schema}.snapshots s WHERE s.stream_id = a_id AND s.stream_type = a_type;
    head := head + 1;
    INSERT INTO {schema}.events (position, revision, event_id, stream_type, stream_id, name, version,
        recorded_at, checksum, payload)
    VALUES (head, last_revision + 1, a_marker, a_type, a_id, a_marker_name, 1,
        last_time, a_marker_checksum, '');
END $$;

-- Erasing and keeping a snapshot of the same stream exclude each other.
CREATE FUNCTION {schema}.lock_snapshot_v1(a_type text, a_id text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1668379252, hashtext(a_id));
END $$;

-- Keeps a snapshot, unless there is a newer one, or it is from before an erasure or of another history.
CREATE FUNCTION {schema}.save_snapshot_v1(
    a_type text, a_id text, a_version bigint, a_revision bigint, a_checksum integer, a_state bytea, a_marker_name text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
    PERFORM {schema}.lock_snapshot_v1(a_type, a_id);
    IF NOT EXISTS (SELECT FROM {schema}.events e WHERE e.stream_id = a_id AND e.stream_type = a_type)
    OR EXISTS (
        -- By the stream, of which there are few, and not by the name.
        SELECT FROM (
            SELECT e.name FROM {schema}.events e WHERE e.stream_id = a_id AND e.stream_type = a_type
            AND e.revision > a_revision OFFSET 0
        ) e WHERE e.name = a_marker_name
    ) THEN
        RETURN;
    END IF;
    INSERT INTO {schema}.snapshots AS s (stream_type, stream_id, version, revision, checksum, state)
    VALUES (a_type, a_id, a_version, a_revision, a_checksum, a_state)
    ON CONFLICT (stream_id, stream_type) DO UPDATE
    SET version = a_version, revision = a_revision, checksum = a_checksum, state = a_state
    WHERE s.revision < a_revision;
END $$;

-- Commits what a page changed in a view or handler, and answers whether the checkpoint was the one expected.
-- d_: the documents that changed, NULL for one that is deleted. i_: their index values, i_document counting in d_.
-- u_: what is no longer parked. p_: what is parked.
CREATE FUNCTION {schema}.commit_page_v1(
    a_kind text, a_name text, a_version bigint,
    x_position bigint, x_epoch bigint, x_mixed boolean, x_built boolean, x_paused boolean,
    n_position bigint, n_epoch bigint, n_mixed boolean, n_built boolean, n_paused boolean, a_reset boolean,
    d_key bytea[], d_content bytea[],
    i_document integer[], i_name text[], i_value bytea[],
    u_key bytea[], u_position bigint[],
    p_key bytea[], p_position bigint[], p_text text[], p_attempts bigint[], p_error text[], p_at timestamptz[]
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    number bigint;
    leased bigint;
    has_values boolean;
BEGIN
    IF current_setting('enable_seqscan') <> 'off' THEN
        PERFORM {schema}.settle_v1();
    END IF;
    IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    -- Locked, so that nobody takes the lease over before this is committed.
    SELECT l.epoch INTO leased FROM {schema}.leases l
    WHERE l.kind = a_kind AND l.name = a_name AND l.version = a_version FOR SHARE;
    IF leased <> n_epoch THEN
        RETURN false;
    END IF;
    has_values := cardinality(i_document) > 0;
    IF x_position IS NULL THEN
        INSERT INTO {schema}.subscriptions (kind, name, version, position, epoch, mixed, built, paused, indexed)
        VALUES (a_kind, a_name, a_version, n_position, n_epoch, n_mixed, n_built, n_paused, has_values)
        ON CONFLICT DO NOTHING RETURNING id INTO number;
    ELSE
        UPDATE {schema}.subscriptions s SET position = n_position, epoch = n_epoch, mixed = n_mixed,
            built = n_built, paused = n_paused, indexed = s.indexed OR has_values, updated_at = clock_timestamp()
        WHERE s.kind = a_kind AND s.name = a_name AND s.version = a_version AND s.part = 0
        AND s.position = x_position AND s.epoch = x_epoch AND s.mixed = x_mixed AND s.built = x_built
        AND s.paused = x_paused
        RETURNING s.id, s.indexed INTO number, has_values;
    END IF;
    IF number IS NULL THEN
        RETURN false;
    END IF;
    IF a_reset THEN
        DELETE FROM {views}.documents d WHERE d.view = number;
        DELETE FROM {views}.document_indexes i WHERE i.view = number;
        DELETE FROM {views}.parked p WHERE p.subscription = number;
    END IF;
    IF cardinality(d_key) > 0 AND NOT has_values THEN
        DELETE FROM {views}.documents d WHERE d.ctid = ANY (ARRAY(
            SELECT f.place FROM unnest(d_key, d_content) AS c (key, content)
            CROSS JOIN LATERAL (
                SELECT o.ctid AS place FROM {views}.documents o WHERE o.view = number AND o.key = c.key OFFSET 0) f
            WHERE c.content IS NULL));
        INSERT INTO {views}.documents AS d (view, key, content)
        SELECT number, c.key, c.content FROM unnest(d_key, d_content) AS c (key, content)
        WHERE c.content IS NOT NULL
        ON CONFLICT (view, key) DO UPDATE SET content = excluded.content;
    ELSIF cardinality(d_key) > 0 THEN
        -- The rows of index values go and come only where the values changed, as they mostly do not.
        WITH new AS (
            SELECT c.key, c.content, v.names, v.vals
            FROM unnest(d_key, d_content) WITH ORDINALITY AS c (key, content, at)
            LEFT JOIN (
                SELECT i.document, array_agg(i.name ORDER BY i.at) AS names, array_agg(i.value ORDER BY i.at) AS vals
                FROM unnest(i_document, i_name, i_value) WITH ORDINALITY AS i (document, name, value, at)
                GROUP BY i.document
            ) v ON v.document = c.at
        ), changed AS (
            SELECT new.key, d.index_names AS old_names, d.index_values AS old_vals, new.names, new.vals
            FROM new LEFT JOIN LATERAL (
                SELECT o.index_names, o.index_values FROM {views}.documents o
                WHERE o.view = number AND o.key = new.key OFFSET 0) d ON true
            WHERE (d.index_names, d.index_values) IS DISTINCT FROM (new.names, new.vals)
        ), old_rows AS (
            SELECT DISTINCT o.name, o.value, c.key FROM changed c, unnest(c.old_names, c.old_vals) AS o (name, value)
        ), new_rows AS (
            SELECT DISTINCT o.name, o.value, c.key FROM changed c, unnest(c.names, c.vals) AS o (name, value)
        ), unindexed AS (
            DELETE FROM {views}.document_indexes i WHERE i.ctid = ANY (ARRAY(
                SELECT f.place FROM old_rows o
                CROSS JOIN LATERAL (
                    SELECT x.ctid AS place FROM {views}.document_indexes x
                    WHERE x.view = number AND x.name = o.name AND x.value = o.value AND x.key = o.key OFFSET 0) f
                WHERE NOT EXISTS (
                    SELECT FROM new_rows n WHERE n.name = o.name AND n.value = o.value AND n.key = o.key)))
        ), indexed AS (
            INSERT INTO {views}.document_indexes (view, name, value, key)
            SELECT number, n.name, n.value, n.key FROM new_rows n
            ON CONFLICT DO NOTHING
        ), deleted AS (
            DELETE FROM {views}.documents d WHERE d.ctid = ANY (ARRAY(
                SELECT f.place FROM new
                CROSS JOIN LATERAL (
                    SELECT o.ctid AS place FROM {views}.documents o
                    WHERE o.view = number AND o.key = new.key OFFSET 0) f
                WHERE new.content IS NULL))
        )
        INSERT INTO {views}.documents AS d (view, key, index_names, index_values, content)
        SELECT number, new.key, new.names, new.vals, new.content FROM new WHERE new.content IS NOT NULL
        ON CONFLICT (view, key) DO UPDATE SET content = excluded.content,
            index_names = excluded.index_names, index_values = excluded.index_values;
    END IF;
    IF cardinality(u_key) > 0 THEN
        DELETE FROM {views}.parked p WHERE p.ctid = ANY (ARRAY(
            SELECT f.place FROM unnest(u_key, u_position) AS u (key, position)
            CROSS JOIN LATERAL (
                SELECT o.ctid AS place FROM {views}.parked o
                WHERE o.subscription = number AND o.key = u.key AND o.position = u.position OFFSET 0) f));
    END IF;
    IF cardinality(p_key) > 0 THEN
        INSERT INTO {views}.parked AS p (subscription, key, position, key_text, attempts, error, parked_at)
        -- Of one that is given twice, the last.
        SELECT DISTINCT ON (u.key, u.position)
            number, u.key, u.position, u.key_text, u.attempts, u.error, u.at
        FROM unnest(p_key, p_position, p_text, p_attempts, p_error, p_at) WITH ORDINALITY
            AS u (key, position, key_text, attempts, error, at, turn)
        ORDER BY u.key, u.position, u.turn DESC
        ON CONFLICT (subscription, key, position) DO UPDATE SET key_text = excluded.key_text,
            attempts = excluded.attempts, error = excluded.error, parked_at = excluded.parked_at;
    END IF;
    RETURN true;
END $$;

-- Forgets a view or handler with all that it has.
CREATE FUNCTION {schema}.forget_v1(a_kind text, a_name text, a_version bigint)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
    number bigint;
BEGIN
    DELETE FROM {schema}.leases l WHERE l.kind = a_kind AND l.name = a_name AND l.version = a_version;
    FOR number IN DELETE FROM {schema}.subscriptions s
        WHERE s.kind = a_kind AND s.name = a_name AND s.version = a_version RETURNING s.id
    LOOP
        DELETE FROM {views}.documents d WHERE d.view = number;
        DELETE FROM {views}.document_indexes i WHERE i.view = number;
        DELETE FROM {views}.parked p WHERE p.subscription = number;
    END LOOP;
END $$;

-- A node says that it lives, and is told what it holds (what NULL), what is ordered of that, and how many nodes live.
CREATE FUNCTION {schema}.beat_v1(
    a_node uuid, a_name text, a_term interval, l_kind text[], l_name text[], l_version bigint[], l_report bytea[]
) RETURNS TABLE (
    nodes bigint, kind text, name text, version bigint, epoch bigint, holder uuid, holder_name text,
    report bytea, unannounced double precision, id uuid, what bytea
) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    at timestamptz;
    living bigint;
BEGIN
    -- Whoever beats does so alone, so that no two take rows in another order.
    PERFORM pg_advisory_xact_lock(1668379253, '{schema}.leases'::regclass::oid::integer);
    at := clock_timestamp();
    DELETE FROM {schema}.nodes n WHERE (n.until <= at OR n.until > at + n.term) AND n.node <> a_node;
    INSERT INTO {schema}.nodes AS n (node, name, term, until) VALUES (a_node, a_name, a_term, at + a_term)
    ON CONFLICT (node) DO UPDATE SET name = excluded.name, term = excluded.term, until = excluded.until;
    DELETE FROM {schema}.orders o WHERE o.given < at - interval '1 hour';
    INSERT INTO {schema}.leases (kind, name, version, epoch, term, until, report, announced)
    SELECT b.kind, b.name, b.version, 0, a_term, at, b.report, at
    FROM unnest(l_kind, l_name, l_version, l_report) AS b (kind, name, version, report)
    ON CONFLICT (kind, name, version) DO UPDATE SET announced = at;
    UPDATE {schema}.leases l SET epoch = l.epoch + (l.node IS DISTINCT FROM a_node)::integer,
        node = a_node, term = a_term, until = at + a_term, report = b.report
    FROM unnest(l_kind, l_name, l_version, l_report) AS b (kind, name, version, report)
    WHERE l.kind = b.kind AND l.name = b.name AND l.version = b.version
    AND (l.node = a_node OR l.node IS NULL OR l.until <= at OR l.until > at + l.term);
    SELECT count(*) INTO living FROM {schema}.nodes n;
    RETURN QUERY SELECT living, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::uuid, NULL::text,
        NULL::bytea, NULL::double precision, NULL::uuid, NULL::bytea;
    RETURN QUERY
    SELECT NULL::bigint, l.kind, l.name, l.version, l.epoch, CASE WHEN l.until > at THEN l.node END, n.name,
        l.report, extract(epoch FROM at - l.announced)::double precision, NULL::uuid, NULL::bytea
    FROM unnest(l_kind, l_name, l_version) WITH ORDINALITY AS b (kind, name, version, turn)
    JOIN {schema}.leases l ON l.kind = b.kind AND l.name = b.name AND l.version = b.version
    LEFT JOIN {schema}.nodes n ON n.node = l.node
    ORDER BY b.turn;
    RETURN QUERY
    SELECT NULL::bigint, o.kind, o.name, o.version, NULL::bigint, NULL::uuid, NULL::text,
        NULL::bytea, NULL::double precision, o.id, o.what
    FROM {schema}.orders o
    JOIN {schema}.leases l ON l.kind = o.kind AND l.name = o.name AND l.version = o.version AND l.node = a_node
    WHERE o.answer IS NULL ORDER BY o.number;
END $$;

-- A node lets go of everything that it holds.
CREATE FUNCTION {schema}.leave_v1(a_node uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1668379253, '{schema}.leases'::regclass::oid::integer);
    DELETE FROM {schema}.nodes n WHERE n.node = a_node;
    UPDATE {schema}.leases l SET node = NULL WHERE l.node = a_node;
END $$;

-- Leaves an order for whoever holds a subscription.
CREATE FUNCTION {schema}.send_order_v1(a_id uuid, a_kind text, a_name text, a_version bigint, a_what bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO {schema}.orders (id, kind, name, version, what)
    VALUES (a_id, a_kind, a_name, a_version, a_what) ON CONFLICT (id) DO NOTHING;
$$;

CREATE FUNCTION {schema}.answer_order_v1(a_id uuid, a_answer bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE {schema}.orders SET answer = a_answer WHERE id = a_id;
$$;

-- Whoever may not write the tables may not call what writes them either, unless it is granted.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM PUBLIC;
