//! What is known of a call that was made earlier.

use chrono::{DateTime, TimeDelta, Utc};
use ums_auth::Nonce;
use ums_journal::{Evidence, JournalEntry};

/// What is known of a call that was made earlier, perhaps by another process.
///
/// ```
/// use ums_client::PastCall;
/// use ums_client::auth::chrono::{DateTime, Utc};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let signed_at: DateTime<Utc> = "2026-03-01T03:00:00Z".parse()?;
/// let call = PastCall::new().with_signed_at(signed_at).with_err_code("94".to_owned());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastCall {
    pub(super) call: Option<Nonce>,
    pub(super) signed_at: Option<DateTime<Utc>>,
    pub(super) deadline: Option<DateTime<Utc>>,
    pub(super) clock_ahead: Option<TimeDelta>,
    pub(super) err_code: Option<String>,
    pub(super) take_back_signed_at: Option<DateTime<Utc>>,
}

impl PastCall {
    /// A call of which nothing is known but its request.
    pub fn new() -> Self {
        Self::default()
    }

    /// The call that this evidence is of, and `errCode` of its reply.
    pub fn of(evidence: &Evidence, err_code: Option<&str>) -> Self {
        let signed_at = evidence.attempt.timestamp;
        Self::new()
            .with_call(evidence.call)
            .with_signed_at(signed_at.map(|signed| signed.to_datetime().to_utc()))
            .with_deadline(evidence.deadline)
            .with_clock_ahead(evidence.clock_ahead)
            .with_err_code(err_code.map(ToOwned::to_owned))
    }

    /// The call, as a [`Recorder`](crate::Recorder) knows it. With it, what is found out is
    /// recorded as its end.
    #[must_use]
    pub fn with_call(mut self, call: impl Into<Option<Nonce>>) -> Self {
        self.call = call.into();
        self
    }

    /// The timestamp its request was signed with. Without it no answer is believed that says "not
    /// carried out": a query covers one day only.
    #[must_use]
    pub fn with_signed_at(mut self, time: impl Into<Option<DateTime<Utc>>>) -> Self {
        self.signed_at = time.into();
        self
    }

    /// When its deadline passed. Without it, that is taken to lie one timeout of this client ahead.
    #[must_use]
    pub fn with_deadline(mut self, time: impl Into<Option<DateTime<Utc>>>) -> Self {
        self.deadline = time.into();
        self
    }

    /// How far the clock was ahead of the gateway's (negative: behind) by which it was signed and
    /// its deadline was told, if its reply showed that.
    #[must_use]
    pub fn with_clock_ahead(mut self, ahead: impl Into<Option<TimeDelta>>) -> Self {
        self.clock_ahead = ahead.into();
        self
    }

    /// `errCode` of its reply, if it had one.
    #[must_use]
    pub fn with_err_code(mut self, code: impl Into<Option<String>>) -> Self {
        self.err_code = code.into();
        self
    }

    /// The timestamp of a call that takes a payment back, where that call's outcome is open. Until
    /// some time after it, an answer that the payment stands is not believed: the void can still
    /// undo it.
    #[must_use]
    pub fn with_take_back_signed_at(mut self, time: impl Into<Option<DateTime<Utc>>>) -> Self {
        self.take_back_signed_at = time.into();
        self
    }

    /// When its request was signed, if that is known.
    pub fn signed_at(&self) -> Option<DateTime<Utc>> {
        self.signed_at
    }

    /// When its deadline passed, if that is known.
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        self.deadline
    }
}

/// The call that a journal holds. When its deadline passed is not recorded.
impl From<&JournalEntry> for PastCall {
    fn from(entry: &JournalEntry) -> Self {
        Self::new()
            .with_call(entry.call)
            .with_signed_at(entry.signed_at())
    }
}
