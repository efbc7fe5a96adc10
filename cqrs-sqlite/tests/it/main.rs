//! What the file store promises beyond the contract of all stores.

mod backup;
mod bitrot;
mod child;
mod commits;
mod disk_full;
mod erasing;
mod make;
mod migration;
mod mishaps;
mod open;
mod processes;
mod sigkill;
mod time;
mod torn_wal;
