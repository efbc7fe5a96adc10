//! Ranges of an index.

use std::ops::{RangeFrom, RangeFull, RangeInclusive, RangeToInclusive};

/// A range of an index, with both ends in it: `a..=b`, `a..`, `..=b` or `..`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a range of an index of `{T}`",
    note = "a range includes its end: `a..=b`, `a..`, `..=b`, or `..` for everything"
)]
pub trait IndexBounds<T> {
    /// From and up to.
    #[doc(hidden)]
    fn bounds(self) -> (Option<T>, Option<T>);
}

impl<T> IndexBounds<T> for RangeInclusive<T> {
    fn bounds(self) -> (Option<T>, Option<T>) {
        let (from, to) = self.into_inner();
        (Some(from), Some(to))
    }
}

impl<T> IndexBounds<T> for RangeFrom<T> {
    fn bounds(self) -> (Option<T>, Option<T>) {
        (Some(self.start), None)
    }
}

impl<T> IndexBounds<T> for RangeToInclusive<T> {
    fn bounds(self) -> (Option<T>, Option<T>) {
        (None, Some(self.end))
    }
}

impl<T> IndexBounds<T> for RangeFull {
    fn bounds(self) -> (Option<T>, Option<T>) {
        (None, None)
    }
}
