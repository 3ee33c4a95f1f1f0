//! Recorders that can be read back: what was open when a process died.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use ums_auth::{AppId, Nonce};
use ums_model::Effect;

use crate::intent::{Intent, Sending};
use crate::name::names;
use crate::outcome_kind::OutcomeKind;
use crate::recorder::Recorder;

/// A [`Recorder`] whose records outlive the calls.
///
/// An implementation over a file or a database should pass `check_journal`, which the feature
/// `test-util` brings.
pub trait Journal: Recorder {
    /// Every call that is [open](CallState::is_open), oldest first: those that have begun and have
    /// no end, and those that moved money, perhaps, and ended as unknown. Only what is found out
    /// closes the latter: a later [`ended`](Recorder::ended) of the same call.
    fn unfinished(&self) -> Reading<'_>;
}

/// What [`Journal::unfinished`] returns.
pub type Reading<'a> = Pin<
    Box<dyn Future<Output = Result<Vec<JournalEntry>, Box<dyn Error + Send + Sync>>> + Send + 'a>,
>;

/// What a journal holds of one call.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Identifies the call.
    pub call: Nonce,
    /// The operation's name.
    pub operation: String,
    /// The path it goes to.
    pub path: String,
    /// Whether it moves money.
    pub effect: Effect,
    /// The gateway it goes to.
    pub gateway: Option<String>,
    /// The AppId it is signed for.
    pub app_id: Option<AppId>,
    /// The merchant code (商户号) in whose name it is, if it says so.
    pub merchant: Option<String>,
    /// The order it is about, if it says so: the platform's id when the call names that, else the
    /// merchant's.
    pub order: Option<String>,
    /// The platform's id of that order (银商订单号), if it says so.
    pub ums_order_id: Option<String>,
    /// The merchant's id of that order (商户订单号), if it says so.
    pub merchant_order_id: Option<String>,
    /// The body it sends: every byte. It may hold a payer's code, so `Debug` shows its size only.
    pub body: Bytes,
    /// When it began.
    pub at: DateTime<Utc>,
    /// The attempts that were about to send, oldest first, each with the time it was signed at.
    pub attempts: Vec<Sending>,
    /// How far it got.
    pub state: CallState,
}

impl JournalEntry {
    /// The entry of a call that begins.
    pub fn new(intent: &Intent<'_>) -> Self {
        Self {
            call: intent.call,
            operation: intent.operation.to_owned(),
            path: intent.path.to_owned(),
            effect: intent.effect,
            gateway: intent.gateway.map(ToOwned::to_owned),
            app_id: intent.app_id,
            merchant: intent.merchant.map(ToOwned::to_owned),
            order: intent.order.map(ToOwned::to_owned),
            ums_order_id: intent.ums_order_id.map(ToOwned::to_owned),
            merchant_order_id: intent.merchant_order_id.map(ToOwned::to_owned),
            body: intent.body.clone(),
            at: intent.at,
            attempts: Vec::new(),
            state: CallState::Intended,
        }
    }

    /// Adds an attempt that is about to send.
    ///
    /// # Errors
    ///
    /// Returns an error if the call has ended as unknown: it may have been carried out.
    pub fn sending(&mut self, sending: &Sending) -> Result<(), OutOfOrder> {
        match self.state {
            CallState::Intended | CallState::Sending => {
                self.attempts.push(*sending);
                self.state = CallState::Sending;
                Ok(())
            }
            CallState::Unknown => Err(OutOfOrder::EndedUnknown),
            CallState::Approved | CallState::Declined | CallState::NotSent => {
                Err(OutOfOrder::NotBegun)
            }
        }
    }

    /// Takes the call's end, or what was found out of one that had ended as unknown.
    ///
    /// # Errors
    ///
    /// Returns an error if it has ended, and not as unknown.
    pub fn ended(&mut self, outcome: OutcomeKind) -> Result<(), OutOfOrder> {
        if !self.state.is_open() {
            return Err(OutOfOrder::NotBegun);
        }
        self.state = outcome.into();
        Ok(())
    }

    /// Whether it is not recorded what became of it. A question that ended without an answer is not
    /// open: whoever wants to know asks again.
    pub fn is_open(&self) -> bool {
        match self.state {
            CallState::Unknown => self.effect == Effect::MovesMoney,
            state => state.is_open(),
        }
    }

    /// Whether a request may have been sent. If so, and the call is no longer running, its outcome
    /// is unknown: resolve it by query, never by sending again. If not, nothing was sent.
    pub fn may_have_been_sent(&self) -> bool {
        !self.attempts.is_empty()
    }

    /// When the last attempt was signed.
    pub fn signed_at(&self) -> Option<DateTime<Utc>> {
        self.attempts.last().map(Sending::signed_at)
    }
}

impl fmt::Debug for JournalEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalEntry")
            .field("call", &self.call)
            .field("operation", &self.operation)
            .field("path", &self.path)
            .field("effect", &self.effect)
            .field("gateway", &self.gateway)
            .field("app_id", &self.app_id)
            .field("merchant", &self.merchant)
            .field("order", &self.order)
            .field("ums_order_id", &self.ums_order_id)
            .field("merchant_order_id", &self.merchant_order_id)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("at", &self.at)
            .field("attempts", &self.attempts)
            .field("state", &self.state)
            .finish()
    }
}

names! {
    /// How far a call got, as far as it is recorded.
    #[non_exhaustive]
    pub enum CallState, "state of a call" {
        /// It is about to start. Nothing was sent.
        Intended = "intended",
        /// An attempt was about to be sent. It is running, or was cut short and its outcome is
        /// unknown.
        Sending = "sending",
        /// It ended as unknown. Only what is found out closes it.
        Unknown = "unknown",
        /// It was carried out.
        Approved = "approved",
        /// It was not carried out.
        Declined = "declined",
        /// Nothing was sent.
        NotSent = "not_sent",
    }
}

impl CallState {
    /// Whether it is not recorded what became of the call.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Intended | Self::Sending | Self::Unknown)
    }
}

impl From<OutcomeKind> for CallState {
    fn from(outcome: OutcomeKind) -> Self {
        match outcome {
            OutcomeKind::Approved => Self::Approved,
            OutcomeKind::Declined => Self::Declined,
            OutcomeKind::NotSent => Self::NotSent,
            OutcomeKind::Unknown => Self::Unknown,
        }
    }
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

#[cfg(test)]
mod tests {
    use ums_auth::Timestamp;
    use ums_model::{
        MerchantCode, MerchantOrderId, Operation as _, OrderRef, TerminalCode, UmsOrderId,
        VoidPayment,
    };

    use super::*;

    const OUTCOMES: [OutcomeKind; 4] = [
        OutcomeKind::Approved,
        OutcomeKind::Declined,
        OutcomeKind::NotSent,
        OutcomeKind::Unknown,
    ];

    fn void() -> VoidPayment {
        VoidPayment::by_ums_order_id(
            MerchantCode::new("103290070111417").unwrap(),
            TerminalCode::new("12340511").unwrap(),
            UmsOrderId::new("20230718110248029165883554").unwrap(),
        )
    }

    fn nonce() -> Nonce {
        Nonce::new("made-up").unwrap()
    }

    fn entry() -> JournalEntry {
        let (void, at) = (void(), DateTime::UNIX_EPOCH);
        let body = void.encode().unwrap();
        JournalEntry::new(&Intent::new(nonce(), &void, &body, at))
    }

    fn sending() -> Sending {
        let timestamp = Timestamp::parse("20170101120000").unwrap();
        Sending::new(nonce(), nonce(), timestamp)
    }

    #[test]
    fn a_request_may_have_been_sent_from_the_first_attempt_on() {
        let mut entry = entry();
        assert!(!entry.may_have_been_sent());
        assert_eq!(entry.signed_at(), None);
        entry.sending(&sending()).unwrap();
        assert!(entry.may_have_been_sent());
        let signed_at = entry.signed_at().unwrap().to_rfc3339();
        assert_eq!(signed_at, "2017-01-01T04:00:00+00:00");
    }

    /// Every state, and every step from it.
    #[test]
    fn what_may_follow_what() {
        for &state in CallState::ALL {
            let is_open = state.is_open();
            let at = || JournalEntry { state, ..entry() };
            let may_send = matches!(state, CallState::Intended | CallState::Sending);
            let mut sent = at();
            assert_eq!(sent.sending(&sending()).is_ok(), may_send, "{state}");
            assert_eq!(sent.attempts.len(), usize::from(may_send), "{state}");
            for outcome in OUTCOMES {
                let mut ended = at();
                assert_eq!(ended.ended(outcome).is_ok(), is_open, "{state} {outcome}");
                let left = if is_open { outcome.into() } else { state };
                assert_eq!(ended.state, left, "{state} {outcome}");
            }
        }
        assert_eq!(
            OUTCOMES.map(CallState::from).map(CallState::is_open),
            [false, false, false, true]
        );
    }

    #[test]
    fn a_question_without_an_answer_is_not_open() {
        for (effect, is_open) in [(Effect::MovesMoney, true), (Effect::ReadOnly, false)] {
            let mut entry = JournalEntry { effect, ..entry() };
            assert!(entry.is_open());
            entry.ended(OutcomeKind::Unknown).unwrap();
            assert_eq!(entry.is_open(), is_open, "{effect:?}");
        }
    }

    /// A payment's body holds the code the customer shows, which is money.
    #[test]
    fn debug_shows_the_size_of_the_body_alone() {
        let body = Bytes::from_static(br#"{"payCode":"285668667587422761"}"#);
        let both = OrderRef::Both {
            merchant: MerchantOrderId::new("M1").unwrap(),
            ums: UmsOrderId::new("U1").unwrap(),
        };
        let void = VoidPayment::new(
            MerchantCode::new("103290070111417").unwrap(),
            TerminalCode::new("12340511").unwrap(),
            both,
        );
        let intent = Intent::new(nonce(), &void, &body, DateTime::UNIX_EPOCH).at_gateway(
            "https://gateway.example",
            AppId::new("made-up-app").unwrap(),
        );
        let entry = JournalEntry::new(&intent);
        for shown in [format!("{intent:?}"), format!("{entry:#?}")] {
            for told in [
                "void_payment",
                "U1",
                "M1",
                "made-up",
                "32 bytes",
                "MovesMoney",
                "https://gateway.example",
                "made-up-app",
                "103290070111417",
            ] {
                assert!(shown.contains(told), "{told}: {shown}");
            }
            assert!(!shown.contains("2856"), "{shown}");
            assert!(!shown.contains("payCode"), "{shown}");
            // Nor as a list of bytes: 50 is the digit 2.
            assert!(!shown.contains("50, 56"), "{shown}");
        }
    }
}
