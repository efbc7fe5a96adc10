//! The tables, and bringing those of an older store up to date.

use std::fmt::Write;

use crate::names::{Names, quote};

/// The SQL that leads from each version of the schema to the next. Released ones are never changed.
const MIGRATIONS: &[&str] = &[include_str!("../migrations/001.sql")];

/// The version of the schema that this program makes.
pub(crate) const VERSION: u32 = 1;

const _: () = assert!(MIGRATIONS.len() == VERSION as usize);

/// One script that leads from any version to this one, in one transaction, under a lock.
pub(crate) fn migration_sql(names: &Names) -> String {
    let Names { schema, .. } = names;
    let mut script = format!(
        "BEGIN;
-- What is meant for single calls does not apply to changing large tables, nor to waiting for a program that is at it.
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
-- Two programs that start together do not both make the tables.
SELECT pg_advisory_xact_lock(1668379250, hashtext('{schema}'));
DO $migrate$
DECLARE
    found integer := 0;
BEGIN
    IF to_regclass('{schema}.meta') IS NOT NULL THEN
        SELECT schema_version INTO found FROM {schema}.meta;
    END IF;
"
    );
    for (version, migration) in (1..).zip(MIGRATIONS) {
        // Writing to a string does not fail.
        let _written = write!(
            script,
            "    IF found < {version} THEN
        EXECUTE $migration${}$migration$;
    END IF;
",
            names.fill(migration)
        );
    }
    script.push_str("END $migrate$;\nCOMMIT;\n");
    script
}

pub(crate) fn grants_sql(names: &Names, role: &str) -> String {
    let Names { schema, views, .. } = names;
    let role = quote(role);
    let mut script = format!(
        "GRANT USAGE ON SCHEMA {schema}, {views} TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA {schema}, {views} TO {role};
-- Every version of a function, so that programs of two versions can run at once.
DO $grant$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p
        WHERE p.pronamespace = '{schema}'::regnamespace AND (p.prosecdef OR p.proname = 'payload_json')
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {role}', name);
    END LOOP;
END $grant$;
"
    );
    script.insert_str(0, "BEGIN;\n");
    script.push_str("COMMIT;\n");
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTIONS: &[&str] = &[
        "append_v1",
        "erase_v1",
        "save_snapshot_v1",
        "commit_page_v1",
        "forget_v1",
        "payload_json",
    ];

    #[test]
    fn a_script_has_no_place_left_open() {
        let names = Names::new("cqrs").expect("a name");
        for script in [migration_sql(&names), grants_sql(&names, "app")] {
            assert!(!script.contains("{schema}") && !script.contains("{views}"));
            assert!(script.contains("\"cqrs\""));
        }
    }

    #[test]
    fn what_writes_runs_with_the_rights_of_its_owner() {
        for function in FUNCTIONS {
            let begin = format!("CREATE FUNCTION {{schema}}.{function}");
            let text = MIGRATIONS[0].split_once(&begin).expect(function).1;
            let head = text.split_once("AS $$").expect("a body").0;
            assert!(
                head.contains("SET search_path = pg_catalog, pg_temp"),
                "{function}"
            );
            assert!(
                head.contains("SECURITY DEFINER") || *function == "payload_json",
                "{function}"
            );
        }
    }
}
