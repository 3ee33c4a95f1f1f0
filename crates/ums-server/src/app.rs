//! What every request is answered from.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;
use ums_durable::journal::{CallId, StoredCall};
use ums_durable::{Amnesia, Durable};

use crate::access::grant::Grant;
use crate::access::slow::Slow;
use crate::access::token_file::TokenFile;
use crate::limits::ServerLimits;
use crate::problem::Problem;
use crate::profile::Profile;

/// What every request is answered from.
#[derive(Debug)]
pub(crate) struct App {
    /// There is one at least; the first asks about what is unknown, for all.
    pub(crate) profiles: Vec<Profile>,
    /// The profile of a request that names none.
    pub(crate) default_profile: Option<String>,
    pub(crate) tokens: TokenFile,
    /// Whether whoever submitted a call may close it.
    pub(crate) one_person: bool,
    pub(crate) limits: ServerLimits,
    pub(crate) slow: Slow,
    pub(crate) answering: Semaphore,
    pub(crate) closing: AtomicBool,
    ready: Mutex<Option<(Instant, Readiness)>>,
}

/// Whether operations can be submitted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    Ready,
    Closing,
    /// The journal cannot be read.
    NoJournal,
    /// The journal has forgotten something: a person must accept it.
    Forgotten,
}

impl App {
    pub(crate) fn new(
        profiles: Vec<Profile>,
        default_profile: Option<String>,
        tokens: TokenFile,
        one_person: bool,
        limits: ServerLimits,
    ) -> Self {
        Self {
            answering: Semaphore::new(limits.requests),
            profiles,
            default_profile,
            tokens,
            one_person,
            limits,
            slow: Slow::default(),
            closing: AtomicBool::new(false),
            ready: Mutex::new(None),
        }
    }

    /// The one that reads the journal, and asks about calls of every profile.
    pub(crate) fn durable(&self) -> Result<&Durable, Problem> {
        let first = self.profiles.first();
        let none = || Problem::unavailable("no_profile", "no profile is served");
        first.map(|profile| &profile.durable).ok_or_else(none)
    }

    /// The profile with this name, or the one that is taken without a name, if the caller may use
    /// it.
    pub(crate) fn profile(&self, name: Option<&str>, caller: &Grant) -> Result<&Profile, Problem> {
        let visible = || {
            let all = self.profiles.iter();
            all.filter(|profile| caller.sees(Some(&profile.name)))
        };
        let wanted = name.or(self.default_profile.as_deref());
        if let Some(wanted) = wanted {
            let found = visible().find(|profile| profile.name == wanted);
            if let Some(found) = found {
                return Ok(found);
            }
            if name.is_some() {
                let detail = "no profile has this name, or the token is not for it";
                return Err(Problem::invalid("profile", detail));
            }
        }
        let mut all = visible();
        match (all.next(), all.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(Problem::forbidden("the token is for no profile")),
            _ => Err(Problem::invalid("profile", "which of several is not said")),
        }
    }

    /// The call with this id, if the caller may see it.
    pub(crate) async fn call(&self, id: &str, caller: &Grant) -> Result<StoredCall, Problem> {
        let none = || Problem::not_found("there is no such call");
        let id = CallId::new(id).map_err(|_| none())?;
        let call = self.durable()?.call(&id).await.map_err(no_journal)?;
        let sees = |call: &StoredCall| caller.sees(call.view.request.profile.as_deref());
        call.filter(sees).ok_or_else(none)
    }

    /// What the journal has forgotten, by what any profile has seen of it.
    pub(crate) fn amnesia(&self) -> Option<Amnesia> {
        let mut profiles = self.profiles.iter();
        profiles.find_map(|profile| profile.durable.amnesia())
    }

    pub(crate) fn calls_running(&self) -> usize {
        let profiles = self.profiles.iter();
        profiles
            .map(|profile| profile.durable.calls_running())
            .sum()
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Whether operations can be submitted now. The journal is looked at once a second at the most,
    /// as anybody may ask.
    pub(crate) async fn readiness(&self) -> Readiness {
        const FRESH: Duration = Duration::from_secs(1);
        const LIMIT: Duration = Duration::from_secs(5);
        if self.is_closing() {
            return Readiness::Closing;
        }
        if self.amnesia().is_some() {
            return Readiness::Forgotten;
        }
        let known = *self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, known)) = known
            && at.elapsed() < FRESH
        {
            return known;
        }
        let now = match self.durable() {
            Ok(durable) => match tokio::time::timeout(LIMIT, durable.head()).await {
                Ok(Ok(_)) if self.amnesia().is_some() => Readiness::Forgotten,
                Ok(Ok(_)) => Readiness::Ready,
                _ => Readiness::NoJournal,
            },
            Err(_) => Readiness::NoJournal,
        };
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        *ready = Some((Instant::now(), now));
        now
    }
}

/// The journal cannot be read, which says nothing of where it is.
pub(crate) fn no_journal(error: impl std::error::Error + 'static) -> Problem {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "the journal cannot be used"
    );
    Problem::unavailable("journal", "the journal cannot be used")
}
