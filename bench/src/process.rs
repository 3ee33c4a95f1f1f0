//! What a process has used: CPU, memory, descriptors.

use std::time::Duration;

/// CPU time of this process, its own and the kernel's for it.
pub(crate) fn cpu() -> Duration {
    // user and system, in clock ticks of 10 ms, are too coarse: the scheduler's own sum is in nanoseconds.
    let clock = rustix::time::ClockId::ProcessCPUTime;
    let spent = rustix::time::clock_gettime(clock);
    Duration::new(
        spent.tv_sec.try_into().unwrap_or(0),
        spent.tv_nsec.try_into().unwrap_or(0),
    )
}

/// Memory of this process that is in RAM now, in KiB.
pub(crate) fn resident_kib() -> u64 {
    status("VmRSS:")
}

/// The most that [`resident_kib`] ever was.
pub(crate) fn peak_kib() -> u64 {
    status("VmHWM:")
}

/// How many file descriptors are open.
pub(crate) fn descriptors() -> usize {
    // One of them is the listing itself.
    std::fs::read_dir("/proc/self/fd").map_or(0, |listing| listing.count().saturating_sub(1))
}

fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}
