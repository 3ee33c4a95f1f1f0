//! The machine's clock: it goes on while the machine sleeps, and nobody sets it.

use std::fs;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use rustix::time::{ClockId, clock_gettime};
use sha2::{Digest as _, Sha256};
use ums_journal::{Stamp, StoreClock};

use crate::open::error::OpenError;

const MACHINE_ID: &str = "/etc/machine-id";
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// `CLOCK_BOOTTIME` of one run of one machine.
#[derive(Debug)]
pub(crate) struct MachineClock {
    machine: String,
    boot: String,
}

impl MachineClock {
    pub(crate) fn new(machine_id: Option<&str>) -> Result<Self, OpenError> {
        let machine_id = match machine_id {
            Some(given) => given.to_owned(),
            None => read(MACHINE_ID)?,
        };
        Ok(Self {
            machine: hidden(&machine_id),
            boot: read(BOOT_ID)?,
        })
    }
}

impl StoreClock for MachineClock {
    fn now(&self) -> Stamp {
        let ticks = clock_gettime(ClockId::Boottime);
        let ticks = Duration::new(
            u64::try_from(ticks.tv_sec).unwrap_or_default(),
            u32::try_from(ticks.tv_nsec).unwrap_or_default(),
        );
        Stamp::new(&self.machine, &self.boot, ticks, time_of_day())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a store in a file has the machine's clock; what waits rests on CLOCK_BOOTTIME"
)]
fn time_of_day() -> DateTime<Utc> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let since = since.unwrap_or_default().as_millis();
    let since = i64::try_from(since).unwrap_or(i64::MAX);
    DateTime::from_timestamp_millis(since).unwrap_or(DateTime::UNIX_EPOCH)
}

fn read(path: &'static str) -> Result<String, OpenError> {
    let text = fs::read_to_string(path).unwrap_or_default();
    match text.trim() {
        "" | "uninitialized" => Err(OpenError::NoMachineId { path }),
        text => Ok(text.to_owned()),
    }
}

/// A machine id is nobody else's business: a hash tells machines apart as well.
fn hidden(machine_id: &str) -> String {
    let hash = Sha256::new()
        .chain_update(b"ums-journal machine\n")
        .chain_update(machine_id)
        .finalize();
    base16ct::lower::encode_string(&hash[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_this_boot_of_this_machine_and_does_not_name_it() {
        let clock = MachineClock::new(Some("made-up-machine")).unwrap();
        let (one, another) = (clock.now(), clock.now());
        assert_eq!((&one.machine, &one.boot), (&another.machine, &another.boot));
        assert!(another.ticks >= one.ticks && one.ticks > 0);
        assert!(!one.machine.contains("made-up") && one.machine.len() == 32);
        assert_ne!(
            one.machine,
            MachineClock::new(Some("other")).unwrap().now().machine
        );
    }
}
