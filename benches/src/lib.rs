//! The benchmarks are in `benches/`, one file a subject; what several of them need is here.
