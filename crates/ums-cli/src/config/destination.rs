//! Where a call goes, whom it trusts on the way, and how long it may take.

use std::path::PathBuf;
use std::time::Duration;

use ums_client::transport::{Proxy, Trust};
use ums_client::{ClientBuilder, Environment};

use crate::config::credentials::Credentials;
use crate::config::gateway::{self, Gateway};
use crate::config::proxy;
use crate::config::settings::{Given, Settings};
use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::exposure::{Exposure, Keep};
use crate::files::file::{self, Contents};
use crate::language::{Message, Told, spoken};
use crate::print::entry::Label;
use crate::print::output::talk;
use crate::print::visible::visible;

/// The gateway of this run, and the way there.
pub(crate) struct Destination {
    pub(crate) environment: Environment,
    /// Whether money that is moved there is real.
    pub(crate) is_live: bool,
    trust: Option<Trust>,
    proxy: Option<Proxy>,
    pub(crate) timeout: Duration,
}

impl Destination {
    /// The destination that is set.
    ///
    /// # Errors
    ///
    /// None is set, two are, or a part of it cannot be used.
    pub(crate) fn of(settings: &Settings<'_>) -> Result<Self, Failure> {
        let Gateway {
            environment,
            is_live,
        } = gateway::of(settings)?.ok_or_else(|| {
            Failure::text(
                FailureKind::InvalidInput,
                (
                    "no gateway: give --env production, --env test or --base-url URL, or set \
                     UMS_ENV, UMS_BASE_URL, or env or base_url in a profile; there is no default, \
                     so that money goes nowhere by accident",
                    "未指定网关：请给出 --env production、--env test 或 --base-url URL，或设置 \
                     UMS_ENV、UMS_BASE_URL，或在配置档案中写明 env 或 base_url；为避免误动资金，\
                     没有默认网关",
                ),
            )
        })?;
        let timeout = settings
            .text("timeout")
            .map_or(Ok(DEFAULT_TIMEOUT), |given| {
                given.read(|text| seconds(&text))
            })?;
        let trust = settings
            .path("ca")
            .map(|given| authorities(given, is_live))
            .transpose()?;
        if trust.is_none() && is_live {
            warn_of_swapped_trust();
        }
        let proxy = proxy::of(settings, &environment)?;
        Ok(Self {
            environment,
            is_live,
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

const CA_FILE: Label = ("CA file", "CA 证书文件");

/// The authorities in a file. It is set-up, wherever its name was given.
fn authorities(given: Given<PathBuf>, is_live: bool) -> Result<Trust, Failure> {
    /// Some times what an operating system's own file holds.
    const MOST: u64 = 4 << 20;
    let Given {
        value: path,
        origin,
    } = given;
    let kind = FailureKind::Configuration;
    let read = || {
        let Contents { bytes, metadata } = file::read(&path, MOST).or_fail(kind)?;
        let trust = Trust::ca_pem(&bytes).or_fail(kind)?;
        match Exposure::of(CA_FILE, &path, &metadata, Keep::Unchanged) {
            Some(exposure) => exposure.tolerate(is_live, kind).map(|()| trust),
            None => Ok(trust),
        }
    };
    read().map_err(|failure| {
        let (english, chinese) = CA_FILE;
        let name = visible(&path.display().to_string());
        failure
            .about((format!("{english} {name}"), format!("{chinese} {name}")))
            .about(origin)
    })
}

/// Where the operating system's authorities come from on Linux can be swapped by two variables, and
/// all of TLS rests on them.
#[cfg(target_os = "linux")]
fn warn_of_swapped_trust() {
    let set = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    if let Some(name) = set {
        let english = format!(
            "warning: {name} decides which certificate authorities are trusted for live money; \
             unset it if you did not mean that"
        );
        let chinese =
            format!("警告：{name} 决定了真实交易信任哪些证书颁发机构；若非有意，请取消该变量");
        talk(spoken(&english, &chinese));
    }
}

#[cfg(not(target_os = "linux"))]
fn warn_of_swapped_trust() {}

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
pub(crate) struct InvalidTimeout(String);

impl Told for InvalidTimeout {
    fn told(&self) -> Message {
        let Self(given) = self;
        Message::new(
            format!("must be a number of seconds from 0.001 to 3600, but {given:?} was given"),
            format!("应为 0.001 至 3600 的秒数，但给出的是 {given:?}"),
        )
    }
}

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
