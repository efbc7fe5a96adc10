//! The tests are in `tests/`, one file a subject; what several of them need is here.
