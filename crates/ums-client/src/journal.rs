//! Recorders that can be read back: what was open when a process died.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use ums_auth::Nonce;
use ums_model::Effect;

use crate::outcome::OutcomeKind;
use crate::recorder::{Ended, Intent, Recorder, Recording, Sending};

/// A [`Recorder`] whose records outlive the calls.
///
/// An implementation over a file or a database should pass [`check_journal`].
pub trait Journal: Recorder {
    /// Every call that is open, oldest first: those that have begun and have no
    /// end, and those that ended as unknown. Only what is found out closes the
    /// latter: a later [`ended`](Recorder::ended) of the same call.
    fn unfinished(&self) -> Reading<'_>;
}

/// What [`Journal::unfinished`] returns.
pub type Reading<'a> = Pin<
    Box<dyn Future<Output = Result<Vec<Unfinished>, Box<dyn Error + Send + Sync>>> + Send + 'a>,
>;

/// A call that is open: it has begun, and it is not recorded what became of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unfinished {
    /// Identifies the call.
    pub call: Nonce,
    /// The operation's name.
    pub operation: String,
    /// The path it goes to.
    pub path: String,
    /// Whether it moves money.
    pub effect: Effect,
    /// The order it is about, if it says so.
    pub order: Option<String>,
    /// The body it sends: every byte. It may hold a payer's code, so `Debug`
    /// shows its size only.
    pub body: Bytes,
    /// When it began.
    pub at: DateTime<Utc>,
    /// The attempts that were about to send, oldest first.
    pub attempts: Vec<Nonce>,
    /// Whether it has ended as unknown. If not, it is running, or was cut short.
    pub ended_unknown: bool,
}

impl fmt::Debug for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unfinished")
            .field("call", &self.call)
            .field("operation", &self.operation)
            .field("path", &self.path)
            .field("effect", &self.effect)
            .field("order", &self.order)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("at", &self.at)
            .field("attempts", &self.attempts)
            .field("ended_unknown", &self.ended_unknown)
            .finish()
    }
}

impl Unfinished {
    /// The record of a call that begins.
    #[must_use]
    pub fn new(intent: &Intent<'_>) -> Self {
        Self {
            call: intent.call,
            operation: intent.operation.to_owned(),
            path: intent.path.to_owned(),
            effect: intent.effect,
            order: intent.order.map(ToOwned::to_owned),
            body: intent.body.clone(),
            at: intent.at,
            attempts: Vec::new(),
            ended_unknown: false,
        }
    }

    /// Whether a request may have left. If so, and the call is no longer
    /// running, its outcome is unknown: settle it by query, never by sending
    /// again. If not, nothing was sent.
    #[must_use]
    pub fn may_have_left(&self) -> bool {
        !self.attempts.is_empty()
    }
}

/// A journal in memory, for tests and for processes that need no more. Clones
/// share one journal.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    unfinished: Arc<Mutex<Vec<Unfinished>>>,
}

impl MemoryJournal {
    /// An empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Unfinished>> {
        self.unfinished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for MemoryJournal {
    fn intent<'a>(&'a self, intent: &'a Intent<'a>) -> Recording<'a> {
        let mut unfinished = self.lock();
        let result = if place(&unfinished, intent.call).is_some() {
            Err(OutOfOrder::BegunTwice.into())
        } else {
            unfinished.push(Unfinished::new(intent));
            Ok(())
        };
        Box::pin(std::future::ready(result))
    }

    fn sending<'a>(&'a self, sending: &'a Sending) -> Recording<'a> {
        let mut unfinished = self.lock();
        let result = match place(&unfinished, sending.call) {
            Some(at) if unfinished[at].ended_unknown => Err(OutOfOrder::EndedUnknown.into()),
            Some(at) => {
                unfinished[at].attempts.push(sending.attempt);
                Ok(())
            }
            None => Err(OutOfOrder::NotBegun.into()),
        };
        Box::pin(std::future::ready(result))
    }

    fn ended<'a>(&'a self, ended: &'a Ended<'a>) -> Recording<'a> {
        let mut unfinished = self.lock();
        let result = match place(&unfinished, ended.call) {
            Some(at)
                if ended.outcome == OutcomeKind::Unknown
                    && unfinished[at].effect == Effect::MovesMoney =>
            {
                unfinished[at].ended_unknown = true;
                Ok(())
            }
            Some(at) => {
                unfinished.remove(at);
                Ok(())
            }
            None => Err(OutOfOrder::NotBegun.into()),
        };
        Box::pin(std::future::ready(result))
    }
}

impl Journal for MemoryJournal {
    fn unfinished(&self) -> Reading<'_> {
        let unfinished = self.lock().clone();
        Box::pin(std::future::ready(Ok(unfinished)))
    }
}

fn place(unfinished: &[Unfinished], call: Nonce) -> Option<usize> {
    unfinished.iter().position(|record| record.call == call)
}

/// A step that does not follow from those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutOfOrder {
    /// A call with this id has begun already.
    #[error("a call with this id has begun already")]
    BegunTwice,
    /// No call with this id has begun, or it has ended.
    #[error("no call with this id has begun, or it has ended")]
    NotBegun,
    /// The call has ended as unknown: it may not be sent again.
    #[error("the call has ended as unknown and may not be sent again")]
    EndedUnknown,
}

/// Holds a journal to what callers rely on: that each step survives a crash
/// right after it, that steps out of order are refused, that a call which ended
/// as unknown stays open and is not sent again, and that calls about one order
/// are seen as such.
///
/// `open` opens the journal, and on each further call opens the same one again
/// as a restarted process would; nothing of an earlier handle is used after
/// that. The journal must be empty at first, and is empty again at the end.
///
/// # Errors
///
/// The first thing that is not as it should be, in words.
pub async fn check_journal<J: Journal>(open: impl AsyncFn() -> J) -> Result<(), String> {
    let body = Bytes::from_static(br#"{"originalOrderId":"made-up-order"}"#);
    let nonce = |text: &str| Nonce::new(text).map_err(|error| error.to_string());
    let intent = |call| Intent {
        call,
        operation: "void_payment",
        path: "/v6/poslink/transaction/voidpayment",
        effect: Effect::MovesMoney,
        order: Some("made-up-order"),
        body: &body,
        at: DateTime::UNIX_EPOCH,
    };
    let sending = |call, attempt| -> Result<Sending, String> {
        let timestamp = ums_auth::Timestamp::parse("20170101120000");
        Ok(Sending {
            call,
            attempt,
            timestamp: timestamp.map_err(|error| error.to_string())?,
        })
    };
    let evidence = crate::evidence::Evidence::new("void_payment", Effect::MovesMoney);
    let ended_as = |call, outcome, err_code, reason| Ended {
        call,
        outcome,
        err_code,
        reason,
        evidence: &evidence,
    };
    let ended = |call| ended_as(call, OutcomeKind::Approved, Some("00"), None);
    let unknown = |call| ended_as(call, OutcomeKind::Unknown, None, Some("deadline"));
    let (one, two, again) = (nonce("call-1")?, nonce("call-2")?, nonce("attempt-2")?);
    let as_begun = Unfinished::new(&intent(one));
    let must = |done: bool, what: &str| if done { Ok(()) } else { Err(what.to_owned()) };
    let read = async |journal: &J| {
        let unfinished = journal.unfinished().await;
        unfinished.map_err(|error| format!("the journal cannot be read: {error}"))
    };

    let journal = open().await;
    must(read(&journal).await?.is_empty(), "it is not empty at first")?;
    let early = journal.sending(&sending(one, one)?).await;
    must(early.is_err(), "a call that has not begun may not send")?;
    let early = journal.ended(&ended(one)).await;
    must(early.is_err(), "a call that has not begun may not end")?;

    let begun = journal.intent(&intent(one)).await;
    begun.map_err(|error| format!("a first intent is refused: {error}"))?;
    let journal = open().await;
    let found = read(&journal).await?;
    must(
        found == [as_begun.clone()],
        "an intent is not there after a crash",
    )?;
    let twice = journal.intent(&intent(one)).await;
    must(twice.is_err(), "a call may not begin twice")?;

    for attempt in [one, again] {
        let sent = journal.sending(&sending(one, attempt)?).await;
        sent.map_err(|error| format!("an attempt is refused: {error}"))?;
    }
    let journal = open().await;
    let mut as_sent = as_begun;
    as_sent.attempts = vec![one, again];
    let found = read(&journal).await?;
    must(
        found == [as_sent.clone()],
        "the attempts are not there after a crash",
    )?;

    let end = journal.ended(&unknown(one)).await;
    end.map_err(|error| format!("an end as unknown is refused: {error}"))?;
    let journal = open().await;
    as_sent.ended_unknown = true;
    let found = read(&journal).await?;
    must(
        found == [as_sent.clone()],
        "a call that ended as unknown is not open after a crash",
    )?;
    let again_sent = journal.sending(&sending(one, again)?).await;
    must(
        again_sent.is_err(),
        "a call that ended as unknown may not send",
    )?;
    let twice = journal.intent(&intent(one)).await;
    must(
        twice.is_err(),
        "a call that ended as unknown may not begin again",
    )?;
    let found = read(&journal).await?;
    must(
        found == [as_sent],
        "what was refused has changed a call that ended as unknown",
    )?;

    let begun = journal.intent(&intent(two)).await;
    begun.map_err(|error| format!("a second call about one order is refused: {error}"))?;
    let journal = open().await;
    let found = read(&journal).await?;
    let calls: Vec<_> = found.iter().map(|record| record.call).collect();
    must(calls == [one, two], "two calls are not listed oldest first")?;
    let one_order = found.iter().all(|record| record.order == found[0].order);
    must(one_order, "two calls about one order are not seen as such")?;

    let end = journal.ended(&ended(one)).await;
    end.map_err(|error| format!("what became of an unknown call is refused: {error}"))?;
    let journal = open().await;
    let found = read(&journal).await?;
    must(found.len() == 1, "an end is not there after a crash")?;
    must(found[0].call == two, "an end has ended another call")?;
    let twice = journal.ended(&ended(one)).await;
    must(twice.is_err(), "a call may not end twice")?;
    let late = journal.sending(&sending(one, again)?).await;
    must(late.is_err(), "a call that has ended may not send")?;

    let end = journal.ended(&ended(two)).await;
    end.map_err(|error| format!("an end without an attempt is refused: {error}"))?;

    let query = nonce("query-1")?;
    let asked = Intent {
        operation: "query",
        effect: Effect::ReadOnly,
        ..intent(query)
    };
    let begun = journal.intent(&asked).await;
    begun.map_err(|error| format!("a query is refused: {error}"))?;
    let end = journal.ended(&unknown(query)).await;
    end.map_err(|error| format!("the end of a query is refused: {error}"))?;
    must(
        read(&open().await).await?.is_empty(),
        "it is not empty at the end",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_may_have_left_from_the_first_attempt_on() {
        let body = Bytes::from_static(b"{}");
        let nonce = Nonce::new("made-up").unwrap();
        let mut record = Unfinished::new(&Intent {
            call: nonce,
            operation: "void_payment",
            path: "/",
            effect: Effect::MovesMoney,
            order: None,
            body: &body,
            at: DateTime::UNIX_EPOCH,
        });
        assert!(!record.may_have_left());
        record.attempts.push(nonce);
        assert!(record.may_have_left());
    }

    /// A payment's body holds the code the customer shows, which is money.
    #[test]
    fn debug_shows_the_size_of_the_body_alone() {
        let body = Bytes::from_static(br#"{"payCode":"285668667587422761"}"#);
        let intent = Intent {
            call: Nonce::new("made-up").unwrap(),
            operation: "pay",
            path: "/v6/poslink/transaction/pay",
            effect: Effect::MovesMoney,
            order: Some("M1"),
            body: &body,
            at: DateTime::UNIX_EPOCH,
        };
        let unfinished = Unfinished::new(&intent);
        for shown in [format!("{intent:?}"), format!("{unfinished:#?}")] {
            for told in ["pay", "M1", "made-up", "32 bytes", "MovesMoney"] {
                assert!(shown.contains(told), "{told}: {shown}");
            }
            assert!(!shown.contains("2856"), "{shown}");
            assert!(!shown.contains("payCode"), "{shown}");
            // Nor as a list of bytes: 50 is the digit 2.
            assert!(!shown.contains("50, 56"), "{shown}");
        }
    }
}
