//! Which calls to find, in which order.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeZone as _, Utc};

use crate::call::ids::Owner;
use crate::call::key::ScopedKey;
use crate::fact::state::State;
use crate::record::RecordedOutcome;
use crate::store::call::StoredCall;

/// Which calls to find: those that fulfil all that is said here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// Open, or not.
    pub open: Option<bool>,
    /// With this key.
    pub key: Option<ScopedKey>,
    /// With any id of an order that is exactly this one, by itself or by a link.
    pub order: Option<String>,
    /// At this gateway.
    pub gateway: Option<String>,
    /// Of this merchant.
    pub merchant: Option<String>,
    /// Of this operation.
    pub operation: Option<String>,
    /// Made with this profile.
    pub profile: Option<String>,
    /// Of exactly this amount, in fen.
    pub amount_fen: Option<u64>,
    /// In this state.
    pub state: Option<State>,
    /// With this outcome.
    pub outcome: Option<RecordedOutcome>,
    /// That began at this time or later, by the store's time of day.
    pub since: Option<DateTime<Utc>>,
    /// That began before this time.
    pub until: Option<DateTime<Utc>>,
    /// In the hands of this process.
    pub owner: Option<Owner>,
    /// In the hands of a process whose lease has ended, or, where `false`, of one that lives.
    pub abandoned: Option<bool>,
    /// That began so long ago or longer, by the store's time of day.
    pub older_than: Option<Duration>,
}

impl Filter {
    /// Every call.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every open call.
    pub fn open() -> Self {
        Self {
            open: Some(true),
            ..Self::new()
        }
    }

    /// The same, on the order with this id.
    #[must_use]
    pub fn with_order(self, id: impl Into<String>) -> Self {
        Self {
            order: Some(id.into()),
            ..self
        }
    }

    /// The same, with this key.
    #[must_use]
    pub fn with_key(self, key: ScopedKey) -> Self {
        Self {
            key: Some(key),
            ..self
        }
    }

    /// The same, that began on this day in China.
    #[must_use]
    pub fn with_trading_day(self, day: NaiveDate) -> Self {
        const EAST: i32 = 8 * 3600;
        let begins = |day: NaiveDate| {
            let east = FixedOffset::east_opt(EAST)?;
            let start = east.from_local_datetime(&day.and_time(NaiveTime::MIN));
            start.single().map(|start| start.to_utc())
        };
        Self {
            since: begins(day),
            until: day.succ_opt().and_then(begins),
            ..self
        }
    }
}

/// In which order calls are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum ListOrder {
    /// As they began.
    #[default]
    OldestFirst,
    /// The last that began first.
    NewestFirst,
}

/// Where a list goes on: after the call whose first fact has this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(u64);

impl Cursor {
    /// After the call whose first fact has this number.
    pub const fn new(first_fact: u64) -> Self {
        Self(first_fact)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// A part of a list of calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallPage {
    /// The calls.
    pub calls: Vec<StoredCall>,
    /// Where the list goes on. `None` at its end.
    pub next: Option<Cursor>,
}

impl CallPage {
    /// These calls, and where the list goes on.
    pub fn new(calls: Vec<StoredCall>, next: Option<Cursor>) -> Self {
        Self { calls, next }
    }
}
