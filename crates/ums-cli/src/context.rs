//! What every command is told.

use clap::ArgMatches;
use ums_client::Language;

use crate::config::gateway;
use crate::config::settings::Settings;
use crate::failure::{Failure, FailureKind};

/// The global flags of one run, and what the settings are read from.
pub(crate) struct Context<'m> {
    pub(crate) json: bool,
    pub(crate) yes: bool,
    /// Whether codes and numbers are shown that only a technician needs.
    pub(crate) verbose: bool,
    pub(crate) language: Language,
    pub(crate) matches: &'m ArgMatches,
}

impl Context<'_> {
    /// The settings. Only commands that call for them read the configuration file, so that no other
    /// is stopped by what is wrong in it.
    ///
    /// # Errors
    ///
    /// As [`Settings::load`]; or others could have written the file, and the gateway that is set is
    /// live.
    pub(crate) fn settings(&self) -> Result<Settings<'_>, Failure> {
        let settings = Settings::load(self.matches)?;
        if let Some(exposure) = settings.exposure() {
            let is_live = gateway::is_live(&settings);
            exposure.tolerate(is_live, FailureKind::Configuration)?;
        }
        Ok(settings)
    }

    /// The text in the language of this run.
    pub(crate) fn say<'a>(&self, english: &'a str, chinese: &'a str) -> &'a str {
        crate::language::say(self.language, english, chinese)
    }
}
