//! Times by a store's clock.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// When something was written down, by the store's own clock.
///
/// A store of a database server has one clock for all; one in a file has that of the machine, which
/// counts from its start. So a stamp says which clock it is of, and two stamps are compared only as
/// far as their clocks allow.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stamp {
    /// Whose clock it is: the system id of a database server, the machine id of a file's machine.
    pub machine: String,
    /// Which run of that clock: the machine's boot id; empty where the clock never starts again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub boot: String,
    /// Milliseconds on that clock, which goes on while the machine sleeps. Of a clock with a boot
    /// id, since that boot.
    pub ticks: u64,
    /// The time of day, which a person may set: shown and searched by, and no wait rests on it.
    #[serde(with = "milliseconds")]
    pub at: DateTime<Utc>,
}

impl Stamp {
    /// A time on a clock.
    pub fn new(
        machine: impl Into<String>,
        boot: impl Into<String>,
        ticks: Duration,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            machine: machine.into(),
            boot: boot.into(),
            ticks: u64::try_from(ticks.as_millis()).unwrap_or(u64::MAX),
            at,
        }
    }

    /// How much time has passed for certain since `earlier`.
    ///
    /// Across a boot that is the time since the boot: what was before it is certain to be earlier,
    /// and no more. Of another machine's clock nothing is certain.
    pub fn passed_since(&self, earlier: &Self) -> Passed {
        if self.machine != earlier.machine {
            return Passed::OtherMachine;
        }
        let ticks = Duration::from_millis(self.ticks);
        if self.boot == earlier.boot {
            Passed::Exactly(ticks.saturating_sub(Duration::from_millis(earlier.ticks)))
        } else {
            Passed::AtLeast(ticks)
        }
    }
}

/// How much time has passed between two stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Passed {
    /// So much, by one run of one clock.
    Exactly(Duration),
    /// So much or more: the machine has started anew in between.
    AtLeast(Duration),
    /// Not known: the stamps are of two machines.
    OtherMachine,
}

impl Passed {
    /// Whether that much time has passed for certain.
    pub fn is_at_least(self, time: Duration) -> bool {
        match self {
            Self::Exactly(passed) | Self::AtLeast(passed) => passed >= time,
            Self::OtherMachine => false,
        }
    }
}

/// A time as milliseconds since 1970.
pub(crate) mod milliseconds {
    use chrono::{DateTime, Utc};
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        at: &DateTime<Utc>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.timestamp_millis())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<DateTime<Utc>, D::Error> {
        let at = i64::deserialize(deserializer)?;
        DateTime::from_timestamp_millis(at).ok_or_else(|| D::Error::custom("it is no time"))
    }
}

/// The same of a time that may not be known.
pub(crate) mod optional_milliseconds {
    use chrono::{DateTime, Utc};
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        at: &Option<DateTime<Utc>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let at = at.map(|at| at.timestamp_millis());
        at.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        let Some(at) = Option::<i64>::deserialize(deserializer)? else {
            return Ok(None);
        };
        let at = DateTime::from_timestamp_millis(at);
        at.map(Some)
            .ok_or_else(|| D::Error::custom("it is no time"))
    }
}

/// A day as `2023-07-18`.
pub(crate) mod day {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        day: &NaiveDate,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<NaiveDate, D::Error> {
        let day = String::deserialize(deserializer)?;
        day.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(machine: &str, boot: &str, seconds: u64) -> Stamp {
        let at = DateTime::UNIX_EPOCH;
        Stamp::new(machine, boot, Duration::from_secs(seconds), at)
    }

    #[test]
    fn only_one_run_of_one_clock_says_how_much_time_has_passed() {
        let earlier = stamp("a", "1", 50);
        let seconds = Duration::from_secs;
        let passed = |later: Stamp| later.passed_since(&earlier);
        assert_eq!(passed(stamp("a", "1", 60)), Passed::Exactly(seconds(10)));
        assert_eq!(passed(stamp("a", "1", 40)), Passed::Exactly(seconds(0)));
        assert_eq!(passed(stamp("a", "2", 7)), Passed::AtLeast(seconds(7)));
        assert_eq!(passed(stamp("b", "1", 60)), Passed::OtherMachine);
        assert!(passed(stamp("a", "1", 60)).is_at_least(seconds(10)));
        assert!(!passed(stamp("a", "1", 60)).is_at_least(seconds(11)));
        assert!(!passed(stamp("b", "1", 60)).is_at_least(seconds(0)));
    }

    #[test]
    fn a_stamp_is_read_back_as_it_was_written() {
        for written in [stamp("a", "1", 50), stamp("b", "", 0)] {
            let json = serde_json::to_string(&written).unwrap();
            assert_eq!(serde_json::from_str::<Stamp>(&json).unwrap(), written);
        }
    }
}
