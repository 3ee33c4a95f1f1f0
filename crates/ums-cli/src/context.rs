//! What every command is told.

use clap::ArgMatches;
use ums_client::Language;

use crate::failure::Failure;
use crate::settings::Settings;

/// The global flags of one run, and what the settings are read from.
pub(crate) struct Context<'m> {
    pub(crate) json: bool,
    pub(crate) yes: bool,
    pub(crate) language: Language,
    pub(crate) matches: &'m ArgMatches,
}

impl Context<'_> {
    /// The settings. Only commands that call for them read the configuration
    /// file, so that no other is stopped by what is wrong in it.
    ///
    /// # Errors
    ///
    /// As [`Settings::load`].
    pub(crate) fn settings(&self) -> Result<Settings<'_>, Failure> {
        Settings::load(self.matches)
    }

    /// The text in the language of this run.
    pub(crate) fn say<'a>(&self, english: &'a str, chinese: &'a str) -> &'a str {
        crate::language::say(self.language, english, chinese)
    }
}
