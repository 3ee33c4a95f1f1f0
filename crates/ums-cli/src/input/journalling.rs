//! How a call is kept in the journal: flags and a profile's keys.

use ums_client::model::AnyRequest;
use ums_durable::SubmitOptions;
use ums_durable::journal::{CallId, CallerText, Key};

use crate::failure::{Failure, FailureKind, OrFail};
use crate::journal::key::{CallKey, own_key};
use crate::journal::person::this_person;

/// Where the journal is. Read through `Settings`: the environment or a profile may say it.
#[derive(Debug, clap::Args)]
pub(crate) struct JournalFlag {
    /// Journal of calls: sqlite:PATH, postgres://… or none [default: a file of yours, see ums
    /// journal --help]
    #[arg(long, env = "UMS_JOURNAL", hide_env_values = true, value_name = "URL")]
    journal: Option<String>,
}

/// The times that all go by who keep or resolve a call. Read through `Settings`.
#[derive(Debug, clap::Args)]
pub(crate) struct Times {
    /// How long after its deadline a call may still be carried out [default: 120]
    #[arg(long, value_name = "SECONDS")]
    late_window: Option<String>,

    /// When the platform's day ends, if before midnight: a query covers one day [default: 24:00]
    #[arg(long, value_name = "HH:MM")]
    day_ends: Option<String>,

    /// How long after the journal was asked bytes of the request may still leave [default: 5]
    #[arg(long, value_name = "SECONDS")]
    send_window: Option<String>,

    /// How long a process that says nothing is taken to live [default: 15]
    #[arg(long, value_name = "SECONDS")]
    lease: Option<String>,
}

/// The flags of an operation that moves money.
#[derive(Debug, clap::Args)]
pub(crate) struct Journalling {
    #[command(flatten)]
    journal: JournalFlag,

    /// Key of the call: the same key again sends nothing twice [default: the operation and its
    /// order]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// Call on the same order that is open, in spite of which this one is to begin; may be given
    /// more than once
    #[arg(long, value_name = "CALL")]
    despite: Vec<String>,

    #[command(flatten)]
    times: Times,
}

impl Journalling {
    /// The key that was given, or the one that the request has of itself.
    ///
    /// # Errors
    ///
    /// It is none, or the request has none.
    pub(crate) fn key(&self, request: &AnyRequest) -> Result<CallKey, Failure> {
        match &self.key {
            Some(key) => Key::new(key.as_str())
                .map(CallKey::given)
                .or_fail(FailureKind::InvalidInput)
                .map_err(|failure| failure.named("--key")),
            None => own_key(request),
        }
    }

    /// Whether the key was given.
    pub(crate) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// How it is submitted.
    ///
    /// # Errors
    ///
    /// An id is none.
    pub(crate) fn options(&self) -> Result<SubmitOptions, Failure> {
        let mut options = SubmitOptions::new();
        for id in &self.despite {
            let id = CallId::new(id.as_str())
                .or_fail(FailureKind::InvalidInput)
                .map_err(|failure| failure.named("--despite"))?;
            options = options.despite([id]);
        }
        if let Some(person) = this_person() {
            options = options.by(person);
        }
        Ok(options)
    }
}

/// A text that a flag gives.
///
/// # Errors
///
/// It is empty, too long, or has a character that a terminal obeys.
pub(crate) fn caller_text(flag: &'static str, text: &str) -> Result<CallerText, Failure> {
    CallerText::new(text)
        .or_fail(FailureKind::InvalidInput)
        .map_err(|failure| failure.named(flag))
}

/// A call's id as it was given.
///
/// # Errors
///
/// It is none.
pub(crate) fn call_id(id: &str) -> Result<CallId, Failure> {
    CallId::new(id)
        .or_fail(FailureKind::InvalidInput)
        .map_err(|failure| failure.named("ID"))
}
