//! Looking after what follows the log.
