//! How patiently an unknown outcome is resolved: flags and a profile's keys.

use std::time::Duration;

use chrono::NaiveTime;
use ums_client::ResolvePolicy;

use crate::config::destination::seconds;
use crate::config::settings::{Given, Origin, Settings};
use crate::failure::{Failure, FailureKind};
use crate::input::fields::missing;

/// The flags of an operation that can resolve its own outcome. Their values are read through
/// `Settings`: a profile may give them.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("finding_out").multiple(false))]
pub(crate) struct Resolving {
    /// When the outcome is unknown, find out by query what became of it
    #[arg(long, group = "finding_out")]
    resolve: bool,

    /// Pause before the first query; later pauses grow to 10/3 of it [default: 3]
    #[arg(long, value_name = "SECONDS", requires = "resolve")]
    resolve_pace: Option<String>,

    /// No query starts later than this [default: 180]
    #[arg(long, value_name = "SECONDS", requires = "resolve")]
    resolve_within: Option<String>,
}

impl Resolving {
    /// How to resolve, if it is asked for.
    ///
    /// # Errors
    ///
    /// A setting is no number of seconds above zero, or no time of day.
    pub(crate) fn policy(&self, settings: &Settings<'_>) -> Result<Option<ResolvePolicy>, Failure> {
        self.resolve.then(|| policy(settings, |id| id)).transpose()
    }
}

/// The flags of `ums resolve`: the same settings, by shorter names.
#[derive(Debug, clap::Args)]
pub(crate) struct Pace {
    /// Pause before the first query; later pauses grow to 10/3 of it [default: 3]
    #[arg(id = "resolve_pace", long = "pace", value_name = "SECONDS")]
    pace: Option<String>,

    /// No query starts later than this, for each operation [default: 180]
    #[arg(id = "resolve_within", long = "within", value_name = "SECONDS")]
    within: Option<String>,

    /// How long after its deadline a call may still be carried out [default: 120]
    #[arg(long, value_name = "SECONDS")]
    late_window: Option<String>,

    /// When the platform's day ends, if before midnight: a query covers one day [default: 24:00]
    #[arg(long, value_name = "HH:MM")]
    day_ends: Option<String>,
}

impl Pace {
    /// How to resolve.
    ///
    /// # Errors
    ///
    /// As [`Resolving::policy`].
    pub(crate) fn policy(settings: &Settings<'_>) -> Result<ResolvePolicy, Failure> {
        policy(settings, |id| match id {
            "resolve_pace" => "pace",
            "resolve_within" => "within",
            same => same,
        })
    }
}

/// How long after its deadline a call may still be carried out, if that is set.
///
/// # Errors
///
/// It is no number of seconds above zero.
pub(crate) fn late_window(settings: &Settings<'_>) -> Result<Option<Duration>, Failure> {
    settings
        .text("late_window")
        .map(|given| given.read(|text| seconds(&text)))
        .transpose()
}

/// How long an outcome is asked about at most.
///
/// # Errors
///
/// It is no number of seconds above zero.
pub(crate) fn within(settings: &Settings<'_>) -> Result<Duration, Failure> {
    let given = settings.text("resolve_within");
    given.map_or(Ok(ResolvePolicy::default().within()), |given| {
        given.read(|text| seconds(&text))
    })
}

/// When the platform's day ends, if that is set and earlier than midnight.
///
/// # Errors
///
/// It is no time of day.
pub(crate) fn day_ends(settings: &Settings<'_>) -> Result<Option<NaiveTime>, Failure> {
    let Some(Given { value, origin }) = settings.text("day_ends") else {
        return Ok(None);
    };
    if value == MIDNIGHT {
        return Ok(None);
    }
    let at = end_of_day(&value).ok_or_else(|| {
        let shown: String = value.chars().take(16).collect();
        missing((
            format!("must be a time of day as HH:MM, for example 23:00, but {shown:?} was given"),
            format!("应为 HH:MM 格式的时刻，例如 23:00，但给出的是 {shown:?}"),
        ))
        .of_kind(origin.blame())
        .about(origin)
    })?;
    Ok(Some(at))
}

/// `flag` gives the flag that a setting is given by.
fn policy(
    settings: &Settings<'_>,
    flag: impl Fn(&'static str) -> &'static str,
) -> Result<ResolvePolicy, Failure> {
    let given = |id| {
        let Given { value, origin } = settings.text(id)?;
        let origin = match origin {
            Origin::Flag(id) => Origin::Flag(flag(id)),
            other => other,
        };
        Some(Given { value, origin })
    };
    let time = |id| {
        given(id)
            .map(|given| given.read(|text| seconds(&text)))
            .transpose()
    };
    let mut builder = ResolvePolicy::builder();
    if let Some(pace) = time("resolve_pace")? {
        builder = builder.pace(pace).growth(pace / 3).longest(pace * 10 / 3);
    }
    if let Some(within) = time("resolve_within")? {
        builder = builder.within(within);
    }
    if let Some(window) = time("late_window")? {
        builder = builder.late_window(window);
    }
    if let Some(at) = day_ends(settings)? {
        builder = builder.day_ends(at);
    }
    builder
        .build()
        .map_err(|invalid| Failure::new(FailureKind::InvalidInput, &invalid))
}

/// When the day ends anyway.
const MIDNIGHT: &str = "24:00";

/// A time of day. A day that ends as it begins has no time in it.
fn end_of_day(text: &str) -> Option<NaiveTime> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    NaiveTime::from_hms_opt(number(hours)?, number(minutes)?, 0)
        .filter(|time| *time != NaiveTime::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_a_time_of_day() {
        let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0);
        for (text, time) in [
            ("23:00", at(23, 0)),
            ("00:01", at(0, 1)),
            ("24:00", None),
            ("00:00", None),
            ("24:01", None),
            ("23:60", None),
            ("2300", None),
            ("9:00", None),
            ("23:00:00", None),
            ("+1:00", None),
            ("", None),
        ] {
            assert_eq!(end_of_day(text), time, "{text}");
        }
    }
}
