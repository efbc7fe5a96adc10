//! What must not have happened.

use cqrs_core::{Append, AppendError, EventQuery, Expected, Position};

use super::subject::{Subject, add, event, holds, refused_with, same, stream, tag, tagged, to};

fn opened_if_none(query: EventQuery, after: u64) -> Append {
    add(&stream("new"), event("Opened")).only_if_none(query, Position::new(after))
}

/// Two accounts: position 1 is `Opened` with both tags, 2 is `Paid` with one, 3 is `Closed` without.
async fn three_events(s: &Subject) {
    let a = stream("a");
    let opened = tagged("Opened", &["email:john@example.com", "plan:free"]);
    s.stored(add(&a, opened)).await;
    s.stored(add(&a, tagged("Paid", &["plan:free"]))).await;
    s.stored(add(&a, event("Closed"))).await;
}

async fn fails(s: &Subject, query: EventQuery, after: u64, at: u64, rule: &str) {
    let before = s.end().await;
    refused_with!(
        s.refused(opened_if_none(query, after), rule).await,
        AppendError::ConditionFailed { position } if position.get() == at,
        format!("{rule}, at position {at}")
    );
    same(
        s.end().await,
        before,
        "a condition that fails stores nothing",
    );
}

async fn holds_for(s: &Subject, query: EventQuery, after: u64) {
    s.stored(opened_if_none(query, after)).await;
}

pub(super) async fn a_condition_that_nothing_matches_holds(s: Subject) {
    three_events(&s).await;

    holds_for(&s, EventQuery::all().names(["Deleted"]), 0).await;
    holds_for(&s, EventQuery::all().tag(tag("email:jane@example.com")), 0).await;
}

pub(super) async fn a_condition_on_an_empty_store_holds(s: Subject) {
    holds_for(&s, EventQuery::all(), 0).await;
}

pub(super) async fn a_condition_fails_by_name(s: Subject) {
    three_events(&s).await;

    let paid = EventQuery::all().names(["Paid"]);
    fails(&s, paid, 0, 2, "an event with that name").await;
}

pub(super) async fn a_condition_fails_by_any_of_its_names(s: Subject) {
    three_events(&s).await;

    let either = EventQuery::all().names(["Deleted", "Closed"]);
    fails(&s, either, 0, 3, "an event with one of the names").await;
}

pub(super) async fn a_condition_fails_by_tag(s: Subject) {
    three_events(&s).await;

    let john = EventQuery::all().tag(tag("email:john@example.com"));
    fails(&s, john, 0, 1, "an event with that tag").await;
}

pub(super) async fn a_condition_needs_all_tags_of_an_item(s: Subject) {
    three_events(&s).await;

    let both = |plan| {
        EventQuery::all()
            .tag(tag("email:john@example.com"))
            .tag(tag(plan))
    };
    fails(&s, both("plan:free"), 0, 1, "an event with both tags").await;
    holds_for(&s, both("plan:gold"), 0).await;
}

pub(super) async fn a_condition_needs_name_and_tag_of_an_item(s: Subject) {
    three_events(&s).await;

    let free = |name: &'static str| EventQuery::all().names([name]).tag(tag("plan:free"));
    fails(&s, free("Paid"), 0, 2, "an event with name and tag").await;
    holds_for(&s, free("Closed"), 0).await;
}

pub(super) async fn a_condition_fails_by_any_of_its_items(s: Subject) {
    three_events(&s).await;

    let none = EventQuery::all().names(["Deleted"]);
    let john = EventQuery::all().tag(tag("email:john@example.com"));
    fails(&s, none.or(john), 0, 1, "an event that one item matches").await;
}

pub(super) async fn a_condition_without_items_is_failed_by_any_event(s: Subject) {
    three_events(&s).await;

    fails(&s, EventQuery::all(), 2, 3, "any event after 2").await;
    holds_for(&s, EventQuery::all(), 3).await;
}

pub(super) async fn an_item_without_names_and_tags_means_every_event(s: Subject) {
    three_events(&s).await;

    let empty = EventQuery::all().names(<[&'static str; 0]>::default());
    fails(&s, empty, 2, 3, "an item that asks for nothing").await;
}

pub(super) async fn a_condition_looks_only_behind_its_position(s: Subject) {
    three_events(&s).await;

    let paid = EventQuery::all().names(["Paid"]);
    fails(&s, paid.clone(), 1, 2, "an event behind the position").await;
    holds_for(&s, paid, 2).await;
}

pub(super) async fn a_condition_holds_against_the_head_of_a_page(s: Subject) {
    three_events(&s).await;
    let query = EventQuery::all().tag(tag("email:john@example.com"));
    let range = cqrs_core::Range::after(Position::START);
    let (_, head) = s.page(&query, range).await;

    let append = add(&stream("b"), tagged("Opened", &["email:john@example.com"]));
    s.stored(append.clone().only_if_none(query.clone(), head))
        .await;
    let again = add(&stream("c"), tagged("Opened", &["email:john@example.com"]));
    refused_with!(
        s.refused(again.only_if_none(query, head), "it was taken")
            .await,
        AppendError::ConditionFailed { .. },
        "the head of a page is the `after` of a condition against what was read"
    );
}

pub(super) async fn tags_are_compared_whole(s: Subject) {
    s.stored(add(&stream("a"), tagged("Opened", &["email:john", "k:a%"])))
        .await;

    for other in [
        "email:joh",
        "email:johnn",
        "email:John",
        "k:a_",
        "k:ab",
        "e:mail:john",
    ] {
        holds_for(&s, EventQuery::all().tag(tag(other)), 0).await;
    }
}

pub(super) async fn the_events_of_the_append_itself_do_not_fail_its_condition(s: Subject) {
    let query = EventQuery::all().tag(tag("email:john"));
    let append = add(&stream("a"), tagged("Opened", &["email:john"]));

    s.stored(append.only_if_none(query, Position::START)).await;
}

pub(super) async fn a_condition_beyond_the_head_is_an_error(s: Subject) {
    three_events(&s).await;

    for after in [4, i64::MAX as u64 + 1, u64::MAX] {
        let error = opened_if_none(EventQuery::all().names(["Deleted"]), after);
        refused_with!(
            s.refused(error, "a position above the head").await,
            AppendError::BeyondHead { after: said, head } if said.get() == after && head.get() == 3,
            "a condition after a position above the head is of another store or history"
        );
    }
}

pub(super) async fn a_condition_is_judged_after_expected_revisions(s: Subject) {
    three_events(&s).await;
    let append = to(&stream("a"), Expected::NoStream, [event("Opened")]);

    refused_with!(
        s.refused(
            append.only_if_none(EventQuery::all(), Position::START),
            "both fail"
        )
        .await,
        AppendError::Conflict { .. },
        "expected revisions are judged before the condition"
    );
}

pub(super) async fn a_condition_without_events_is_checked(s: Subject) {
    three_events(&s).await;
    let check = |after| Append::new().only_if_none(EventQuery::all(), Position::new(after));

    refused_with!(
        s.refused(check(0), "there are events").await,
        AppendError::ConditionFailed { .. },
        "the condition of an append without events is checked"
    );
    let checked = s.stored(check(3)).await;
    same(
        checked.position,
        Position::new(3),
        "and it answers the head",
    );
}

pub(super) async fn a_condition_that_fails_stops_all_streams(s: Subject) {
    three_events(&s).await;
    let append = Append::new()
        .stream(stream("b"), Expected::Any, [event("Opened")])
        .stream(stream("c"), Expected::Any, [event("Opened")])
        .only_if_none(EventQuery::all(), Position::START);

    s.refused(append, "there are events").await;
    for id in ["b", "c"] {
        holds(
            s.events_of(&stream(id)).await.is_empty(),
            "an append whose condition fails stores nothing",
        );
    }
}
