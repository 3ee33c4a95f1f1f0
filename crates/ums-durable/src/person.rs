//! Closing a call by the word of a person, in two steps: what it would mean, and then that.

use std::sync::Arc;
use std::time::Duration;

use ums_journal::{
    CallId, Close, Closed, ClosedAs, FactId, Fingerprint, StoreCommand, StoredCall, decide_close,
};

use crate::answer::journal_error::JournalError;
use crate::process::own_clock;
use crate::process::write::{WriteError, write};
use crate::shared::Shared;

/// What closing a call would mean. Nothing is written down before it is
/// [confirmed](crate::Durable::confirm_close).
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "the call is closed only when it is confirmed"]
pub struct Closing {
    /// The call as it is now.
    pub call: StoredCall,
    /// As what it is to be closed, by whom, why, and on which evidence.
    pub closed: Closed,
    /// Whether the platform's statement is what it rests on.
    pub with_statement: bool,
    /// Whether the same operation may be made anew on the order since, under another key.
    pub frees_its_identity: bool,
    /// Names this very closing of the call as it is now: whoever confirms says it.
    pub token: String,
    fact: FactId,
}

/// Why a call is not closed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloseError {
    /// There is no such call.
    #[error("there is no call {0}")]
    NoSuchCall(CallId),
    /// What is known of the call, or what was to be written down, is no longer what was confirmed.
    #[error("call {0} is no longer as it was: look at it again")]
    Changed(CallId),
    /// By the store's clock nobody can carry it out any more, and by the clock of this process
    /// somebody still can: one of them is wrong.
    #[error(
        "that call {call} was not carried out cannot be believed yet by the clock of this process, which is not that of the journal: wait for {} seconds",
        wait.as_secs().saturating_add(1)
    )]
    OwnClock {
        /// The call.
        call: CallId,
        /// How long it must still wait by the clock of this process.
        wait: Duration,
    },
    /// The journal cannot be used, or refuses: it is known what became of the call, it may still
    /// run, or it is too early to say that it was not carried out.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<WriteError> for CloseError {
    fn from(error: WriteError) -> Self {
        Self::Journal(error.into())
    }
}

impl Closing {
    /// The amount that it is about, in fen.
    pub fn amount_fen(&self) -> Option<u64> {
        self.call.view.request.amount_fen
    }

    fn command(&self) -> Close {
        let close = Close::new(self.fact.clone(), self.call.id.clone(), self.closed.clone());
        match self.with_statement {
            true => close.with_statement(),
            false => close,
        }
    }
}

/// What closing the call would mean.
pub(crate) async fn prepare(
    shared: &Shared,
    call: &CallId,
    closed: Closed,
    with_statement: bool,
) -> Result<Closing, CloseError> {
    let found = shared.store.call(call).await.map_err(WriteError::from)?;
    let Some(found) = found else {
        return Err(CloseError::NoSuchCall(call.clone()));
    };
    let token = token_of(shared, &found, &closed, with_statement)?;
    let closing = Closing {
        frees_its_identity: closed.closed_as == ClosedAs::Declined,
        fact: FactId::new(format!("close-{token}")).map_err(WriteError::from)?,
        call: found,
        closed,
        with_statement,
        token,
    };
    let now = shared.head().await.map_err(WriteError::from)?.now;
    decide_close(&closing.command(), &closing.call.view, &now).map_err(WriteError::from)?;
    check_own_clock(shared, &closing, &closing.call)?;
    Ok(closing)
}

/// Whether the wait is over by the clock of this process, too.
fn check_own_clock(
    shared: &Shared,
    closing: &Closing,
    call: &StoredCall,
) -> Result<(), CloseError> {
    if closing.closed.closed_as == ClosedAs::Approved || closing.with_statement {
        return Ok(());
    }
    match own_clock::settles_in(&call.view, shared.client.time()) {
        Duration::ZERO => Ok(()),
        wait => Err(CloseError::OwnClock {
            call: call.id.clone(),
            wait,
        }),
    }
}

/// Closes the call, if it and what is to be written down are still what was confirmed.
pub(crate) async fn confirm(
    shared: &Arc<Shared>,
    closing: Closing,
) -> Result<StoredCall, CloseError> {
    let call = closing.call.id.clone();
    let now = shared.store.call(&call).await.map_err(WriteError::from)?;
    let now = now.ok_or_else(|| CloseError::NoSuchCall(call.clone()))?;
    let is_closed = now.facts.iter().any(|fact| fact.fact().id == closing.fact);
    let token = token_of(shared, &now, &closing.closed, closing.with_statement)?;
    if token != closing.token && !is_closed {
        return Err(CloseError::Changed(call));
    }
    if !is_closed {
        check_own_clock(shared, &closing, &now)?;
    }
    let close = StoreCommand::Close(Box::new(closing.command()));
    write(&*shared.store, vec![close]).await?;
    let closed = shared.store.call(&call).await.map_err(WriteError::from)?;
    closed.ok_or(CloseError::NoSuchCall(call))
}

/// How long it must still wait, by the store's clock and by that of this process, before it can be
/// closed as declined. `None` when no clock of the journal can tell.
pub(crate) async fn wait_to_decline(
    shared: &Shared,
    call: &StoredCall,
) -> Result<Option<Duration>, WriteError> {
    let now = shared.head().await?.now;
    let own = own_clock::settles_in(&call.view, shared.client.time());
    Ok(call.view.settles_in(&now).map(|wait| wait.max(own)))
}

/// The same for the same words about a call of which the same is known.
fn token_of(
    shared: &Shared,
    call: &StoredCall,
    closed: &Closed,
    with_statement: bool,
) -> Result<String, WriteError> {
    let view = &call.view;
    let outcome = view.outcome.map(|outcome| outcome.as_str());
    let said = serde_json::json!({
        "call": call.id.as_str(),
        "attempt": view.attempt().get(),
        "outcome": outcome,
        "contradicted": view.contradicted,
        "as": closed.closed_as.as_str(),
        "by": closed.by.as_str(),
        "reason": closed.reason.as_str(),
        "evidence": closed.evidence.as_str(),
        "with_statement": with_statement,
    });
    let print = Fingerprint::new(&shared.key, "close", &said.to_string());
    let print = print.map_err(|error| {
        let source = ums_journal::StoreErrorKind::Unavailable;
        ums_journal::StoreError::new(source, ums_journal::Committed::No).with_source(error)
    })?;
    let hash = print.as_str().rsplit(':').next().unwrap_or_default();
    Ok(hash.chars().take(16).collect())
}
