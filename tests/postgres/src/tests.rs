//! That servers start, die, come back and leave nothing behind.

mod endings;
mod servers;
