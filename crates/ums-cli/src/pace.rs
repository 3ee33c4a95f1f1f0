//! How patiently an unknown outcome is settled.

use std::time::Duration;

use ums_client::SettlePolicy;

use crate::destination::seconds;
use crate::failure::{Failure, FailureKind, OrFail};

/// The flags of an operation that can settle its own outcome.
#[derive(Debug, clap::Args)]
pub(crate) struct Settling {
    /// When the outcome is unknown, find out by query what became of it
    #[arg(long)]
    settle: bool,

    /// Pause before the first query; later pauses grow to 5/3 of it [default: 3]
    #[arg(long, value_name = "SECONDS", requires = "settle")]
    settle_pace: Option<String>,

    /// No query starts later than this [default: 60]
    #[arg(long, value_name = "SECONDS", requires = "settle")]
    settle_within: Option<String>,
}

impl Settling {
    /// How to settle, if it is asked for.
    ///
    /// # Errors
    ///
    /// A number of seconds is none.
    pub(crate) fn policy(&self) -> Result<Option<SettlePolicy>, Failure> {
        let pace = ("--settle-pace", self.settle_pace.as_deref());
        let within = ("--settle-within", self.settle_within.as_deref());
        self.settle.then(|| policy(pace, within)).transpose()
    }
}

/// The flags of `ums settle`.
#[derive(Debug, clap::Args)]
pub(crate) struct Pace {
    /// Pause before the first query; later pauses grow to 5/3 of it [default: 3]
    #[arg(long, value_name = "SECONDS")]
    pace: Option<String>,

    /// No query starts later than this [default: 60]
    #[arg(long, value_name = "SECONDS")]
    within: Option<String>,
}

impl Pace {
    /// How to settle.
    ///
    /// # Errors
    ///
    /// A number of seconds is none.
    pub(crate) fn policy(&self) -> Result<SettlePolicy, Failure> {
        let pace = ("--pace", self.pace.as_deref());
        policy(pace, ("--within", self.within.as_deref()))
    }
}

type Flag<'a> = (&'static str, Option<&'a str>);

fn policy(pace: Flag<'_>, within: Flag<'_>) -> Result<SettlePolicy, Failure> {
    let mut policy = SettlePolicy::default();
    if let Some(pace) = read(pace)? {
        policy.first = pace;
        policy.growth = pace / 3;
        policy.longest = pace * 5 / 3;
    }
    if let Some(within) = read(within)? {
        policy.limit = within;
    }
    Ok(policy)
}

fn read((flag, text): Flag<'_>) -> Result<Option<Duration>, Failure> {
    text.map(seconds)
        .transpose()
        .or_fail(FailureKind::InvalidInput)
        .map_err(|failure| failure.about(flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_pace_given_is_the_default() {
        let given = policy(("--pace", Some("3")), ("--within", Some("60"))).unwrap();
        assert_eq!(given, SettlePolicy::default());
        let quick = policy(("--pace", Some("0.3")), ("--within", None)).unwrap();
        assert_eq!(quick.longest, Duration::from_millis(500));
        assert!(policy(("--pace", Some("soon")), ("--within", None)).is_err());
    }
}
