//! The list of all cases, in one place: the suite's table and the tests of whoever runs it are made from it.

/// Calls a macro with an argument and every case by module.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ($callback:path, $argument:tt) => {
        $callback! {
            $argument
            appending {
                the_first_event_of_a_store_has_position_and_revision_1
                the_answer_has_the_last_position_and_a_revision_per_stream
                all_that_an_event_says_comes_back
                an_event_without_metadata_and_tags_comes_back_so
                each_event_of_an_append_keeps_its_own_metadata
                payloads_come_back_byte_for_byte
                the_highest_version_of_an_event_comes_back
                the_events_of_one_append_lie_side_by_side_in_the_order_given
                the_events_of_one_append_have_one_time
                an_append_is_atomic_over_its_streams
                failed_appends_leave_no_gaps
                an_append_without_events_stores_nothing_and_answers_the_head
                an_append_without_streams_answers_the_head
                a_thousand_events_fit_in_one_append
                streams_are_told_apart_by_both_their_texts
                the_longest_ids_names_and_tags_fit
            }
            expectations {
                any_allows_a_stream_wherever_it_stands
                no_stream_allows_only_the_first_append
                an_exact_revision_is_met
                an_older_revision_is_a_conflict
                a_later_revision_is_a_conflict
                an_exact_revision_of_a_stream_that_is_not_there_is_a_conflict
                revision_0_means_no_stream
                the_first_conflict_in_the_order_given_is_answered
                a_pure_check_that_holds_lets_the_append_happen
                a_pure_check_that_fails_stops_the_events_of_other_streams
                a_pure_check_of_no_stream_fails_when_it_is_there
                a_pure_check_does_not_make_a_stream
            }
            conditions {
                a_condition_that_nothing_matches_holds
                a_condition_on_an_empty_store_holds
                a_condition_fails_by_name
                a_condition_fails_by_any_of_its_names
                a_condition_fails_by_tag
                a_condition_needs_all_tags_of_an_item
                a_condition_needs_name_and_tag_of_an_item
                a_condition_fails_by_any_of_its_items
                a_condition_without_items_is_failed_by_any_event
                an_item_without_names_and_tags_means_every_event
                a_condition_looks_only_behind_its_position
                a_condition_holds_against_the_head_of_a_page
                tags_are_compared_whole
                the_events_of_the_append_itself_do_not_fail_its_condition
                a_condition_beyond_the_head_is_an_error
                a_condition_is_judged_after_expected_revisions
                a_condition_without_events_is_checked
                a_condition_that_fails_stops_all_streams
            }
            duplicates {
                an_append_sent_again_is_answered_as_the_first_time
                a_duplicate_is_answered_after_its_streams_moved_on
                a_duplicate_is_not_held_against_expected_revisions
                a_duplicate_is_not_held_against_its_condition
                a_duplicate_is_not_held_against_its_pure_checks
                a_duplicate_may_differ_in_tags_and_metadata
                a_part_of_an_append_is_a_duplicate_too
                some_new_ids_among_used_ones_are_an_error
                used_ids_in_another_order_are_an_error
                used_ids_that_do_not_lie_side_by_side_are_an_error
                a_used_id_in_another_stream_is_an_error
                a_used_id_with_other_content_is_an_error
                a_used_id_is_an_error_even_when_a_revision_conflicts
                an_id_twice_in_one_append_is_an_error
                the_answer_to_a_used_id_names_it
                a_duplicate_of_an_erased_event_counts_whatever_its_payload
            }
            limits {
                as_many_events_as_the_limit_says_fit
                more_events_than_the_limit_are_too_large
                more_bytes_than_the_limit_are_too_large
                a_stream_listed_twice_is_invalid
                a_name_that_cannot_be_stored_is_invalid
                the_stores_own_names_are_reserved
                what_is_invalid_is_judged_first
                a_tag_given_twice_does_no_harm
            }
            pipeline {
                appends_to_one_stream_happen_in_the_order_submitted
                of_two_first_appends_submitted_together_the_first_wins
                a_condition_sees_appends_submitted_before_it
                a_pure_check_sees_appends_submitted_before_it
                a_duplicate_submitted_right_behind_is_answered_as_one
                a_used_id_submitted_right_behind_is_an_error
                one_failure_among_many_has_no_effect_on_the_others
                an_append_happens_although_nobody_waits_for_it
                every_append_is_answered_once
                an_answered_append_can_be_read
            }
            concurrency {
                of_many_with_one_expected_revision_one_wins
                of_many_with_one_condition_one_wins
                an_append_sent_many_times_at_once_is_stored_once
                writers_that_overlap_leave_no_gaps
                a_reader_sees_no_gaps_while_others_write
                a_page_is_read_from_one_moment
            }
            reading {
                an_empty_store_reads_as_empty
                the_log_reads_in_order
                a_range_forward_begins_behind_its_position
                a_range_forward_ends_with_its_until
                a_range_backward_begins_with_the_newest
                a_limit_of_0_reads_nothing
                the_largest_limit_reads_everything
                an_after_above_the_head_is_an_error
                an_until_above_the_head_means_the_head
                a_query_by_name_finds_its_events
                a_query_by_tag_finds_its_events
                a_query_by_name_and_tag_needs_both
                an_event_that_two_items_match_comes_once
                a_query_for_what_is_not_there_finds_nothing
                a_limit_counts_what_matches
                pages_forward_cover_the_log_once
                pages_backward_cover_the_log_once
                an_event_is_found_by_its_id
                every_way_to_read_shows_the_same_event
                times_are_in_whole_microseconds
            }
            streams {
                a_stream_that_is_not_there_is_empty
                a_stream_reads_in_order
                a_page_of_a_stream_begins_behind_its_revision
                a_page_of_a_stream_says_where_stream_and_log_stand
                behind_the_end_of_a_stream_is_nothing
                the_largest_limit_reads_a_whole_stream
            }
            erasing {
                erasing_overwrites_what_events_say
                erasing_appends_an_event_that_says_so
                erasing_leaves_other_streams_alone
                erasing_again_does_nothing
                erasing_a_stream_that_is_not_there_does_nothing
                an_erased_stream_goes_on
                erased_events_are_found_by_name_and_not_by_tag
                erased_events_fail_conditions_by_name_and_not_by_tag
                an_erased_event_is_found_by_its_id
                nobody_sees_a_stream_half_erased
            }
            snapshots {
                a_stream_has_no_snapshot_at_first
                a_snapshot_comes_back_as_it_was_saved
                a_snapshot_of_another_version_is_none
                a_newer_snapshot_takes_the_place_of_an_older_one
                a_snapshot_that_is_not_newer_is_ignored
                a_stream_has_one_snapshot_whatever_its_version
                erasing_deletes_the_snapshot
                a_snapshot_from_before_an_erasure_is_ignored
            }
            watching {
                a_watcher_learns_of_each_commit
                a_watcher_that_waits_is_woken
                a_watcher_that_comes_late_knows_the_head
                every_watcher_learns_of_a_commit
                a_watcher_learns_of_an_erasure
                a_watcher_never_hears_of_what_is_not_there
            }
            closing {
                what_is_submitted_after_closing_fails
                closing_twice_does_nothing
                closing_finishes_what_was_submitted
                the_identity_does_not_change
            }
            subscriptions {
                a_subscription_that_never_committed_has_no_checkpoint
                a_commit_moves_the_checkpoint
                a_checkpoint_comes_back_with_epoch_and_mark
                a_commit_against_another_position_is_late
                a_first_commit_that_is_not_the_first_is_late
                a_commit_against_a_checkpoint_that_is_not_there_is_late
                a_commit_of_an_older_epoch_is_late
                subscriptions_are_apart_by_kind_name_and_version
                subscriptions_are_listed_in_order
                no_subscription_is_listed_at_first
                of_many_commits_at_once_one_wins
            }
            documents {
                a_view_that_never_committed_has_no_documents
                documents_come_back_in_the_order_asked_for
                many_documents_are_found_at_once
                a_document_is_overwritten_and_deleted
                keys_and_contents_are_any_bytes
                documents_are_listed_by_the_bytes_of_their_keys
                a_list_skips_and_takes
                a_list_goes_on_behind_a_key
                pages_of_a_list_are_stable_while_others_write
                a_count_leaves_skip_after_and_take_aside
                the_documents_of_views_are_apart
                a_late_commit_changes_no_document
                a_reset_deletes_what_was_there_first
                forgetting_leaves_nothing_of_a_subscription
                a_reader_sees_whole_commits
            }
            readings {
                a_reading_says_how_the_view_is
                what_is_found_in_a_built_view_is_all_of_it
            }
            indexes {
                an_index_lists_by_value_and_then_key
                an_index_finds_a_value
                the_ends_of_a_range_belong_to_it
                an_index_that_nobody_has_is_empty
                the_values_of_a_changed_document_change
                an_index_is_paged_behind_value_and_key
                a_place_before_the_range_changes_nothing
                an_index_skips_and_takes
                a_range_is_counted
                index_values_are_ordered_by_their_bytes
                a_reset_empties_the_indexes
                the_indexes_of_views_are_apart
            }
            parking {
                nothing_is_parked_at_first
                a_parked_event_comes_back_as_it_was
                parked_events_are_listed_by_key_and_position
                what_is_dealt_with_is_no_longer_parked
                an_event_parked_again_is_replaced
                an_event_dealt_with_and_parked_in_one_commit_is_parked
                a_late_commit_parks_nothing
                the_parked_events_of_subscriptions_are_apart
                a_reset_and_forgetting_unpark_everything
            }
            leases {
                whoever_comes_first_holds_a_lease_and_keeps_it
                a_lease_says_who_holds_it_and_what_was_said
                a_lease_that_is_not_renewed_goes_to_another_under_the_next_epoch
                a_node_that_leaves_lets_go_at_once
                of_many_nodes_at_once_one_gets_a_lease
                a_commit_under_the_epoch_of_the_lease_is_made
                a_commit_under_an_older_epoch_is_late_although_nothing_has_moved
                orders_reach_whoever_holds_the_lease_until_they_are_answered
                forgetting_a_subscription_forgets_its_lease
            }
        }
    };
}
