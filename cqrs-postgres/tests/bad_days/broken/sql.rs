//! The SQL of the stores.

/// How a store does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Right,
    Sequence,
    Xmin,
    Xid,
    Epoch,
    LockInStatement,
    AcknowledgedEarly,
    HeadLater,
}

/// Places are given side by side, and none is lost.
const NEXT: &str = "first := nextval('places');
    FOR i IN 2 .. cardinality(ids) LOOP PERFORM nextval('places'); END LOOP;";

impl How {
    /// The table, and the function that appends.
    pub(super) fn schema(self) -> String {
        // Who has a transaction's id early, and waits then, has an older id than those that come first.
        let begin = match self {
            Self::Xmin | Self::Xid => "PERFORM pg_current_xact_id();",
            _ => "",
        };
        let place = match self {
            Self::Sequence | Self::Xmin | Self::Xid => {
                format!("PERFORM pg_advisory_lock(2); {NEXT} PERFORM pg_advisory_unlock(2);")
            }
            Self::Epoch => format!(
                "PERFORM pg_advisory_lock(2);
                 PERFORM pg_advisory_xact_lock_shared(77, (
                     SELECT CASE WHEN is_called THEN last_value + 1 ELSE 1 END FROM places)::integer);
                 {NEXT} PERFORM pg_advisory_unlock(2);"
            ),
            _ => "PERFORM pg_advisory_xact_lock(1);
                  SELECT coalesce(max(place), 0) + 1 INTO first FROM log;"
                .to_owned(),
        };
        format!(
            "CREATE SEQUENCE places;
             CREATE TABLE log (place bigint NOT NULL, xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
                 id uuid NOT NULL, stream text NOT NULL, revision bigint NOT NULL, name text NOT NULL);
             CREATE INDEX ON log (place);
             CREATE INDEX ON log (stream, revision);
             CREATE INDEX ON log (id);
             CREATE FUNCTION epoch() RETURNS bigint LANGUAGE plpgsql AS $$
             DECLARE
                 last bigint;
             BEGIN
                 SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO last FROM places;
                 RETURN least(last, (SELECT min(objid::bigint) - 1 FROM pg_locks
                     WHERE locktype = 'advisory' AND classid = 77));
             END $$;
             CREATE FUNCTION append(ids uuid[], streams text[], names text[],
                 OUT last bigint, OUT revisions bigint[]) LANGUAGE plpgsql AS $$
             DECLARE
                 first bigint;
                 next bigint;
             BEGIN
                 {begin}
                 PERFORM pg_advisory_xact_lock(3, hashtext(s))
                     FROM (SELECT DISTINCT s FROM unnest(streams) AS s ORDER BY s) AS sorted;
                 {place}
                 FOR i IN 1 .. cardinality(ids) LOOP
                     SELECT coalesce(max(l.revision), 0) + 1 INTO next FROM log l WHERE l.stream = streams[i];
                     INSERT INTO log (place, id, stream, revision, name)
                     VALUES (first + i - 1, ids[i], streams[i], next, names[i]);
                     revisions := revisions || next;
                 END LOOP;
                 last := first + cardinality(ids) - 1;
             END $$"
        )
    }

    /// Appends, and answers the last place and all revisions.
    pub(super) const fn append(self) -> &'static str {
        match self {
            Self::LockInStatement => {
                "WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(1)), new AS (
                     INSERT INTO log (place, id, stream, revision, name)
                     SELECT (SELECT coalesce(max(place), 0) FROM log) + u.nth, u.id, u.stream,
                         (SELECT coalesce(max(o.revision), 0) FROM log o WHERE o.stream = u.stream)
                         + count(*) OVER (PARTITION BY u.stream ORDER BY u.nth), u.name
                     FROM locked, unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY
                         AS u (id, stream, name, nth)
                     RETURNING place, revision)
                 SELECT max(place), array_agg(revision ORDER BY place) FROM new"
            }
            _ => "SELECT last, revisions FROM append($1::uuid[], $2::text[], $3::text[])",
        }
    }

    /// The rows that a reader is shown.
    pub(super) const fn shown(self) -> &'static str {
        match self {
            Self::Xmin => "SELECT * FROM log WHERE xid < pg_snapshot_xmin(pg_current_snapshot())",
            // The pair as one number: nothing can come before those that are shown.
            Self::Xid => {
                "SELECT row_number() OVER (ORDER BY xid, l.place) AS place, id, stream, revision, name
                 FROM log l WHERE xid < pg_snapshot_xmin(pg_current_snapshot())"
            }
            _ => "SELECT * FROM log",
        }
    }

    /// A page after `$1` of at most `$2` with the names `$3`, and the head.
    pub(super) fn page(self) -> String {
        let head = match self {
            Self::Epoch => "SELECT epoch() AS head",
            _ => "SELECT coalesce(max(place), 0) AS head FROM shown",
        };
        format!(
            "WITH shown AS ({}), head AS MATERIALIZED ({head})
             SELECT e.place, e.id, e.stream, e.revision, e.name, h.head
             FROM head h LEFT JOIN LATERAL (
                 SELECT * FROM shown s WHERE s.place > $1 AND s.place <= h.head
                 AND ($3::text[] IS NULL OR s.name = ANY ($3)) ORDER BY s.place LIMIT $2
             ) e ON true ORDER BY e.place",
            self.shown()
        )
    }
}
