//! The names of the two schemas, and all SQL that has them in it.

use crate::{ConnectError, row::COLUMNS};

/// The names of the schemas.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// Quoted.
    pub(crate) schema: String,
    /// Quoted.
    pub(crate) views: String,
    /// The channel on which a new head is told, as it is.
    pub(crate) channel: String,
}

/// The schema when nothing else is said.
pub(crate) const USUAL: &str = "cqrs";

/// A name has at most 63 bytes, and ours are made from the schema's.
const LONGEST: usize = 50;

impl Names {
    pub(crate) fn new(schema: &str) -> Result<Self, ConnectError> {
        let mut characters = schema.chars();
        let begins = characters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        let goes_on = characters.all(|next| next.is_ascii_alphanumeric() || next == '_');
        if !begins || !goes_on || schema.len() > LONGEST || schema.starts_with("pg_") {
            return Err(ConnectError::SchemaName(schema.to_owned()));
        }
        Ok(Self::of(schema))
    }

    /// The names when nothing else is said.
    pub(crate) fn usual() -> Self {
        Self::of(USUAL)
    }

    fn of(schema: &str) -> Self {
        Self {
            schema: quote(schema),
            views: quote(&format!("{schema}_views")),
            channel: format!("{schema}_events"),
        }
    }

    /// What the schemas of projections begin with: nothing, in the store that is called as usual.
    pub(crate) fn prefix(&self) -> String {
        let schema = self.schema.trim_matches('"');
        if schema == USUAL {
            String::new()
        } else {
            format!("{schema}_")
        }
    }

    /// SQL with the names in their places.
    pub(crate) fn fill(&self, sql: &str) -> String {
        sql.replace("{schema}", &self.schema)
            .replace("{views}", &self.views)
            .replace("{columns}", COLUMNS)
    }
}

/// An identifier as SQL writes it.
pub(crate) fn quote(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

macro_rules! statements {
    ($($name:ident: $sql:expr,)*) => {
        /// Every statement of the store, with its schemas' names.
        #[derive(Debug)]
        pub(crate) struct Sql {
            $(pub(crate) $name: String,)*
        }

        impl Sql {
            pub(crate) fn new(names: &Names) -> Self {
                Self {
                    $($name: names.fill($sql),)*
                }
            }
        }
    };
}

// Rows are looked for one by one, with `OFFSET 0`: see the migration's `settle_v1`.

/// The names and tags of a query, `$5` ..: each name and each item gives its first matches in the order of the index.
macro_rules! matching {
    ($order:literal) => {
        concat!(
            "SELECT e.*, h.head
             FROM (SELECT coalesce(max(position), 0) AS head FROM {schema}.events) h
             LEFT JOIN LATERAL (
                 SELECT {columns} FROM (
                     SELECT DISTINCT u.place FROM (
                         SELECT x.position AS place FROM unnest($4::text[]) AS w (name)
                         CROSS JOIN LATERAL (
                             SELECT n.position FROM {schema}.events n
                             WHERE n.name = w.name AND n.position > $1 AND n.position <= $2
                             ORDER BY n.position ",
            $order,
            " LIMIT $3) x
                         UNION ALL
                         SELECT x.position FROM unnest($5::text[], $6::text[], $7::text[]) AS i (tag, more, names)
                         CROSS JOIN LATERAL (
                             SELECT t.position FROM {schema}.tags t
                             WHERE t.tag = i.tag AND t.position > $1 AND t.position <= $2
                             AND (i.names IS NULL OR t.name = ANY (string_to_array(i.names, E'\\n')))
                             AND (i.more IS NULL OR NOT EXISTS (
                                 SELECT FROM unnest(string_to_array(i.more, E'\\n')) AS m (tag)
                                 WHERE NOT EXISTS (SELECT FROM {schema}.tags o
                                     WHERE o.tag = m.tag AND o.position = t.position OFFSET 0)))
                             ORDER BY t.position ",
            $order,
            " LIMIT $3) x
                     ) u ORDER BY u.place ",
            $order,
            " LIMIT $3
                 ) p CROSS JOIN LATERAL (
                     SELECT * FROM {schema}.events WHERE position = p.place OFFSET 0) f
             ) e ON true"
        )
    };
}

macro_rules! all {
    ($order:literal) => {
        concat!(
            "SELECT e.*, h.head
             FROM (SELECT coalesce(max(position), 0) AS head FROM {schema}.events) h
             LEFT JOIN LATERAL (
                 SELECT {columns} FROM {schema}.events WHERE position > $1 AND position <= $2
                 ORDER BY position ",
            $order,
            " LIMIT $3
             ) e ON true"
        )
    };
}

/// The number of a subscription, `$1` to `$3`.
macro_rules! number {
    () => {
        "(SELECT id FROM {schema}.subscriptions
          WHERE kind = $1 AND name = $2 AND version = $3 AND part = 0)"
    };
}

/// What is read of a subscription, `$1` to `$3`, behind how it is: a row without a find when there is none, no row when it
/// has never committed. One statement is one snapshot.
macro_rules! reading {
    ($($find:tt)*) => {
        concat!(
            "SELECT s.built, s.position, f.*
             FROM (SELECT built, position FROM {schema}.subscriptions
                   WHERE kind = $1 AND name = $2 AND version = $3 AND part = 0) s
             LEFT JOIN (",
            $($find)*,
            ") f ON true"
        )
    };
}

/// Documents by the values of an index, with what bounds them above: a bound that may be NULL would bound no scan.
macro_rules! list_by_index {
    ($bound:literal) => {
        reading!(
            "SELECT d.key, d.content FROM (
                 SELECT i.view, i.value, i.key FROM {views}.document_indexes i
                 WHERE i.view = ", number!(), " AND i.name = $4
                 AND (i.value, i.key) >= ($5, $6) AND ($7 OR (i.value, i.key) > ($5, $6)) ", $bound, "
                 ORDER BY i.value, i.key LIMIT $8 OFFSET $9
             ) i CROSS JOIN LATERAL (
                 SELECT key, content FROM {views}.documents WHERE view = i.view AND key = i.key OFFSET 0
             ) d ORDER BY i.value, i.key"
        )
    };
}

macro_rules! count_by_index {
    ($bound:literal) => {
        reading!(
            "SELECT count(*) FROM {views}.document_indexes WHERE view = ",
            number!(),
            " AND name = $4 AND value >= $5 ",
            $bound
        )
    };
}

statements! {
    who: "SELECT store_id, restore_epoch, (SELECT event_id FROM {schema}.events WHERE position = $1),
          (SELECT coalesce(max(position), 0) FROM {schema}.events) FROM {schema}.meta",
    last: "SELECT position, event_id FROM {schema}.events ORDER BY position DESC LIMIT 1",
    head: "SELECT coalesce(max(position), 0) FROM {schema}.events",
    append: "SELECT head, recorded, checked, revisions, refused, known, failed, failed_at
             FROM {schema}.append_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
             $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)",
    by_ids: "SELECT {columns} FROM {schema}.events WHERE event_id = ANY ($1)",
    revisions_then: "SELECT coalesce((SELECT e.revision FROM {schema}.events e
                     WHERE e.stream_id = s.id AND e.stream_type = s.type AND e.position <= s.place
                     ORDER BY e.revision DESC LIMIT 1), 0)
                     FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS s (type, id, place, at)
                     ORDER BY s.at",
    all_forward: all!(""),
    all_backward: all!("DESC"),
    matching_forward: matching!(""),
    matching_backward: matching!("DESC"),
    stream: "SELECT e.*, h.head, h.last FROM (
                 SELECT (SELECT coalesce(max(position), 0) FROM {schema}.events) AS head,
                 (SELECT coalesce(max(revision), 0) FROM {schema}.events
                  WHERE stream_id = $2 AND stream_type = $1) AS last
             ) h LEFT JOIN LATERAL (
                 SELECT {columns} FROM {schema}.events WHERE stream_id = $2 AND stream_type = $1 AND revision > $3
                 ORDER BY revision LIMIT $4
             ) e ON true",
    find: "SELECT {columns} FROM {schema}.events WHERE event_id = $1",
    left_to_erase: "SELECT position, event_id, name, version FROM {schema}.events
                    WHERE stream_id = $2 AND stream_type = $1 AND erased_at IS NULL AND name <> $3",
    erase: "SELECT {schema}.erase_v1($1, $2, $3, $4, $5, $6, $7)",
    snapshot: "SELECT revision, checksum, state FROM {schema}.snapshots
               WHERE stream_id = $2 AND stream_type = $1 AND version = $3",
    save_snapshot: "SELECT {schema}.save_snapshot_v1($1, $2, $3, $4, $5, $6, $7)",
    checkpoint: "SELECT position, epoch, mixed, built, paused FROM {schema}.subscriptions
                 WHERE kind = $1 AND name = $2 AND version = $3 AND part = 0",
    subscriptions: "SELECT position, epoch, mixed, built, paused, kind, name, version FROM {schema}.subscriptions
                    WHERE part = 0",
    commit: "SELECT {schema}.commit_page_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
             $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)",
    forget: "SELECT {schema}.forget_v1($1, $2, $3)",
    newest_other: "SELECT max(version) FROM {schema}.subscriptions
                   WHERE kind = $1 AND name = $2 AND version <> $3 AND part = 0 AND built",
    beat: "SELECT nodes, kind, name, version, epoch, holder, holder_name, report, unannounced, id, what
           FROM {schema}.beat_v1($1, $2, $3::double precision * interval '1 second', $4, $5, $6, $7)",
    leave: "SELECT {schema}.leave_v1($1)",
    leases: "SELECT NULL::bigint, l.kind, l.name, l.version, l.epoch,
             CASE WHEN l.until > clock_timestamp() THEN l.node END, n.name, l.report,
             extract(epoch FROM greatest(clock_timestamp() - l.announced, interval '0'))::double precision
             FROM {schema}.leases l LEFT JOIN {schema}.nodes n ON n.node = l.node",
    send_order: "SELECT {schema}.send_order_v1($1, $2, $3, $4, $5)",
    answer_order: "SELECT {schema}.answer_order_v1($1, $2)",
    order_answer: "SELECT answer FROM {schema}.orders WHERE id = $1",
    documents: reading!(
        "SELECT k.at, d.content FROM unnest($4::bytea[]) WITH ORDINALITY AS k (key, at)
         CROSS JOIN LATERAL (
             SELECT content FROM {views}.documents WHERE view = ", number!(), " AND key = k.key OFFSET 0) d"
    ),
    list: reading!(
        "SELECT key, content FROM {views}.documents WHERE view = ", number!(),
        " AND key > $4 ORDER BY key LIMIT $5 OFFSET $6"
    ),
    // No key is before the empty one, which may be a key itself.
    list_all: reading!(
        "SELECT key, content FROM {views}.documents WHERE view = ", number!(),
        " ORDER BY key LIMIT $4 OFFSET $5"
    ),
    list_from: list_by_index!(""),
    list_between: list_by_index!("AND i.value <= $10"),
    count: reading!("SELECT count(*) FROM {views}.documents WHERE view = ", number!()),
    count_from: count_by_index!(""),
    count_between: count_by_index!("AND value <= $6"),
    parked: concat!(
        "SELECT key, key_text, position, attempts, error, parked_at FROM {views}.parked
         WHERE subscription = ", number!(), " ORDER BY key, position"
    ),
    parked_of_key: concat!(
        "SELECT key, key_text, position, attempts, error, parked_at FROM {views}.parked
         WHERE subscription = ", number!(), " AND key = $4 ORDER BY position"
    ),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_schemas_cannot_have_are_refused() {
        for bad in ["", "1st", "a b", "a\"b", "pg_own", "ü", &"n".repeat(51)] {
            assert!(
                matches!(Names::new(bad), Err(ConnectError::SchemaName(_))),
                "{bad}"
            );
        }
        let names = Names::new("Shop_2").expect("a name");
        assert_eq!(
            (names.schema.as_str(), names.views.as_str()),
            ("\"Shop_2\"", "\"Shop_2_views\"")
        );
    }
}
