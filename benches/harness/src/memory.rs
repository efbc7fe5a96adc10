//! What a process holds in memory.

use std::fs;

use crate::Failure;

/// The bytes of this process that are in memory now.
///
/// # Errors
///
/// Where there is no `/proc`.
pub fn resident_bytes() -> Result<f64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes = kilobytes.ok_or("`/proc/self/status` does not say `VmRSS`")?;
    Ok(kilobytes.trim().parse::<f64>()? * 1024.0)
}
