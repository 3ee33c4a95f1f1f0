//! Where a call goes, whom it trusts on the way, and how long it may take.

use std::cmp::Ordering;
use std::fmt;
use std::time::Duration;

use ums_client::transport::{BaseUrl, Proxy, Trust};
use ums_client::{ClientBuilder, Environment};

use crate::credentials::Credentials;
use crate::failure::{Failure, FailureKind};
use crate::proxy;
use crate::settings::{Given, Settings};

/// The gateway of this run, and the way there.
pub(crate) struct Destination {
    pub(crate) environment: Environment,
    trust: Option<Trust>,
    proxy: Option<Proxy>,
    timeout: Duration,
}

impl Destination {
    /// The destination that is set.
    ///
    /// # Errors
    ///
    /// None is set, two are, or a part of it cannot be used.
    pub(crate) fn of(settings: &Settings<'_>) -> Result<Self, Failure> {
        let environment = environment(settings)?;
        let timeout = settings
            .text("timeout")
            .map_or(Ok(DEFAULT_TIMEOUT), |given| {
                given.read(|text| seconds(&text))
            })?;
        let trust = settings
            .path("ca")
            .map(|given| given.read(Trust::ca_file))
            .transpose()
            // A file is set-up, wherever its name was given.
            .map_err(|failure| failure.of_kind(FailureKind::Configuration))?;
        let proxy = proxy::of(settings, &environment)?;
        Ok(Self {
            environment,
            trust,
            proxy,
            timeout,
        })
    }

    /// A client for it, to be completed.
    pub(crate) fn client(self, credentials: Credentials) -> ClientBuilder {
        let Credentials { app_id, app_key } = credentials;
        let mut builder =
            ums_client::Client::builder(self.environment, app_id, &app_key).timeout(self.timeout);
        if let Some(trust) = self.trust {
            builder = builder.trust(trust);
        }
        if let Some(proxy) = self.proxy {
            builder = builder.proxy(proxy);
        }
        builder
    }
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

fn environment(settings: &Settings<'_>) -> Result<Environment, Failure> {
    let name = settings.text("env");
    let url = settings.text("base_url");
    let named = |given: Given<String>| {
        given.read(|name| match name.as_str() {
            "production" => Ok(Environment::Production),
            "test" => Ok(Environment::Test),
            _ => Err(UnknownEnvironment),
        })
    };
    let at = |given: Given<String>| given.read(|url| url.parse::<BaseUrl>().map(Environment::At));
    match (name, url) {
        (Some(name), None) => named(name),
        (None, Some(url)) => at(url),
        (Some(name), Some(url)) => match name.origin.level().cmp(&url.origin.level()) {
            Ordering::Less => named(name),
            Ordering::Greater => at(url),
            Ordering::Equal => Err(Failure::text(
                name.origin.blame(),
                format!(
                    "{} and {} are both given: keep one of them",
                    name.origin, url.origin
                ),
            )),
        },
        (None, None) => Err(Failure::text(
            FailureKind::InvalidInput,
            "no gateway: give --env production, --env test or --base-url URL, or set UMS_ENV, \
             UMS_BASE_URL, or env or base_url in a profile; there is no default, so that money \
             goes nowhere by accident",
        )),
    }
}

/// A time in seconds, with or without a fraction, within bounds.
///
/// # Errors
///
/// It is none, or outside them.
pub(crate) fn seconds(text: &str) -> Result<Duration, InvalidTimeout> {
    text.trim()
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|limit| (SHORTEST..=LONGEST).contains(limit))
        .ok_or_else(|| InvalidTimeout(text.chars().take(16).collect()))
}

const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(3600);

#[derive(Debug)]
struct UnknownEnvironment;

impl fmt::Display for UnknownEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be production or test")
    }
}

impl std::error::Error for UnknownEnvironment {}

#[derive(Debug)]
pub(crate) struct InvalidTimeout(String);

impl fmt::Display for InvalidTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(given) = self;
        write!(
            f,
            "must be a number of seconds from 0.001 to 3600, but {given:?} was given"
        )
    }
}

impl std::error::Error for InvalidTimeout {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_timeout_is_positive_and_bounded() {
        for (text, milliseconds) in [
            ("30", Some(30_000)),
            ("0.5", Some(500)),
            ("0.001", Some(1)),
            ("3600", Some(3_600_000)),
            ("1e1", Some(10_000)),
            ("0", None),
            ("-1", None),
            ("0.0001", None),
            ("3601", None),
            ("nan", None),
            ("inf", None),
            ("", None),
            ("30s", None),
        ] {
            let limit = seconds(text).ok();
            assert_eq!(limit, milliseconds.map(Duration::from_millis), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_timeout_within_bounds_or_none(text: String) {
            if let Ok(limit) = seconds(&text) {
                prop_assert!((SHORTEST..=LONGEST).contains(&limit));
            }
        }
    }
}
