//! What was made of an erased stream goes with it.
