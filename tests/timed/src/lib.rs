//! The tests are in `tests/timed/`, one file a criterion.
//!
//! Times say something only where nothing else runs. Cargo runs one test program after another, so these have a program of
//! their own, in which one test waits for the other. On machines that are shared they are held to the order of magnitude;
//! `CQRS_SOAK=1`, on one that is not and optimised, holds them to the figures themselves, for longer.
