//! The tests are in `tests/`, one file a subject. Here is where each promise of the framework is held to.
//!
//! | promise | file | test |
//! |---|---|---|
//! | An acknowledged command survives `kill -9` at any moment | `cqrs-sqlite/tests/it/sigkill.rs` | `nothing_acknowledged_is_lost_or_doubled_over_200_kills` |
//! | and with the control that must fail | `cqrs-sqlite/tests/it/sigkill.rs` | `an_acknowledgement_before_the_commit_is_found_out` |
//! | A command with an id happens once, whatever is lost | `tests/tests/once.rs` | `a_crash_between_commit_and_answer_makes_no_second_event` |
//! | What is sent again is stored once, on every store | `cqrs-testing/tests/support/races.rs` | `what_is_sent_again_is_stored_once` |
//! | What is given up is there whole or not at all | `cqrs-testing/tests/support/races.rs` | `what_is_given_up_is_there_whole_or_not_at_all` |
//! | Revisions of a stream are 1, 2, 3 .. whoever writes | `cqrs-testing/tests/support/races.rs` | `one_wins_each_revision` |
//! | A tailing reader sees every event once, in order | `cqrs-testing/tests/support/races.rs` | `its_readers_see_everything_once_and_in_order` |
//! | and with stores that must fail | `cqrs-testing/tests/negative_controls/tailing.rs` | |
//! | A view equals the fold of its events, whatever crashed | `tests/tests/promises.rs` | `a_view_equals_the_fold_of_its_events_whatever_fails` |
//! | | `tests/tests/promises.rs` | `a_view_equals_the_fold_of_its_events_whatever_fails_on_sqlite` |
//! | A view that is built again is seen whole or not at all, and nothing else is done again | `tests/tests/rebuilding.rs` | `a_view_built_again_is_the_same_and_nobody_sees_a_part_of_it` |
//! | Rows equal the fold of their events, whatever crashed | `tests/tests/projections/kills.rs` | `rows_are_what_the_events_say_whenever_the_process_is_killed` |
//! | A new version of tables is seen whole or not at all | `tests/tests/projections/versions.rs` | `no_reader_sees_half_of_a_version` |
//! | State is equal from cache, snapshot and stream | `tests/tests/promises.rs` | `state_is_the_same_from_cache_snapshot_and_stream` |
//! | | `cqrs-core/tests/aggregates/main.rs` | `state_from_cache_snapshot_and_stream_is_the_same` |
//! | and whatever snapshot there is | `tests/tests/snapshots.rs` | `a_state_is_the_same_whatever_snapshot_there_is` |
//! | What is bad stops nothing but itself, and is visible | `tests/tests/promises.rs` | `what_is_bad_stops_nothing_but_itself_and_is_visible` |
//! | Bad input gets an error that says what to do | `tests/tests/bad_input.rs` | |
//! | and so does what only a file can meet | `cqrs-sqlite/tests/it/open.rs` | |
//! | | `cqrs-sqlite/tests/it/disk_full.rs` | |
//! | Every store passes the same suite | `cqrs-sqlite/tests/conformance.rs` | |
//! | | `cqrs-postgres/tests/conformance.rs` | |
//! | | `cqrs-testing/tests/support/races.rs` | `it_agrees_with_its_model` |
//! | `start` reports all wiring faults at once, with places | `tests/tests/unlinked.rs` | `an_unlinked_crate_is_found_by_start` |
//! | | `tests/tests/faults_together.rs` | `one_report_says_all_that_is_to_mend` |
//! | | `cqrs-core/tests/wiring.rs` | |
//! | What compiles is decided, applied and called | `cqrs/tests/ui.rs` | `mistakes_are_answered` |
