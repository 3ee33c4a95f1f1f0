//! A payment while the customer waits: the flags that ask for it.

use std::time::Duration;

use ums_client::{TakeBackWith, TillPolicy};

use crate::config::destination::seconds;
use crate::config::settings::Settings;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::resolving::late_window;
use crate::language::spoken;
use crate::print::output::talk;

#[derive(Debug, clap::Args)]
pub(crate) struct AtTill {
    /// When the payment stays open while the customer waits, take it back so
    #[arg(long, value_name = "HOW", value_parser = [REVERSE, VOID], group = "finding_out")]
    on_unknown: Option<String>,

    /// How long the customer waits, for payment, questions and taking back [default: 60]
    #[arg(long, value_name = "SECONDS", requires = "on_unknown")]
    within: Option<String>,
}

const REVERSE: &str = "reverse";
const VOID: &str = "void";

impl AtTill {
    pub(crate) fn is_asked_for(&self) -> bool {
        self.on_unknown.is_some()
    }

    /// How long to wait, and how to take back. Says so when that is not the way that was asked for.
    ///
    /// # Errors
    ///
    /// A number of seconds is none.
    pub(crate) fn policy(&self, settings: &Settings<'_>) -> Result<TillPolicy, Failure> {
        let within = self.within.as_deref().map(seconds).transpose();
        let within = within
            .or_fail(FailureKind::InvalidInput)
            .map_err(|failure| failure.named("--within"))?;
        let mut policy =
            TillPolicy::within(within.unwrap_or(WAIT)).take_back_with(self.with(settings));
        if let Some(window) = late_window(settings)? {
            policy = policy.late_window(window);
        }
        Ok(policy)
    }

    fn with(&self, settings: &Settings<'_>) -> TakeBackWith {
        if self.on_unknown.as_deref() != Some(REVERSE) {
            return TakeBackWith::Void;
        }
        let has_it = settings.of_profile("reversal");
        if has_it.is_some_and(|given| given.value == "true") {
            return TakeBackWith::Reversal;
        }
        talk(spoken(
            "note: the profile does not say reversal = true, so a void takes the payment back if \
             need be",
            "提示：配置中没有 reversal = true，如需撤回将使用撤销",
        ));
        TakeBackWith::Void
    }
}

/// How long a customer waits.
const WAIT: Duration = Duration::from_secs(60);
