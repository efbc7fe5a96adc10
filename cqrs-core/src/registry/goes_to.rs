//! A message goes to one, as far as the compiler sees: what other crates list beside it, the start check finds.

/// A message goes to this one: it stands in its list, or says itself where it goes and is its own taker here.
///
/// A message for which it is written twice has no place to go: the compiler cannot tell which one is meant.
pub trait GoesTo<Taker> {}

/// Asks who takes a message. Its name and the line below are what is read when two do.
pub const fn a_message_goes_to_one_so_take_it_out_of_the_other_list<Message, TheOne>()
where
    Message: GoesTo<TheOne>, // more than one takes it
{
}
