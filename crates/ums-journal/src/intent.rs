//! What is written down of a call while it runs: that it starts, that it is about to be sent, how
//! it ended.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use ums_auth::{AppId, Nonce, Timestamp};
use ums_model::{Effect, Operation};

use crate::evidence::Evidence;
use crate::outcome_kind::OutcomeKind;

/// A call that is about to start.
///
/// It has all that is needed to ask later what became of the call: the request, and where and in
/// whose name it goes.
///
/// ```
/// use bytes::Bytes;
/// use ums_journal::Intent;
/// use ums_auth::{AppId, Nonce};
/// # use ums_model::{MerchantCode, Operation, TerminalCode, UmsOrderId, VoidPayment};
/// # let void = VoidPayment::by_ums_order_id(
/// #     MerchantCode::new("103290070111417")?,
/// #     TerminalCode::new("12340511")?,
/// #     UmsOrderId::new("20230718110248029165883554")?,
/// # );
///
/// let body = void.encode()?;
/// let at = "2023-07-18T15:04:05+08:00".parse()?;
/// let intent = Intent::new(Nonce::new("made-up-nonce")?, &void, &body, at)
///     .at_gateway("https://gateway.example", AppId::new("made-up-app")?);
/// assert_eq!(intent.operation, "void_payment");
/// assert_eq!(intent.merchant, Some("103290070111417"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Intent<'a> {
    /// Identifies the call: the nonce of its first attempt.
    pub call: Nonce,
    /// The operation's name.
    pub operation: &'a str,
    /// The path it goes to.
    pub path: &'a str,
    /// Whether it moves money.
    pub effect: Effect,
    /// The gateway it goes to.
    pub gateway: Option<&'a str>,
    /// The AppId it is signed for.
    pub app_id: Option<AppId>,
    /// The merchant code (商户号) in whose name it is, if it says so.
    pub merchant: Option<&'a str>,
    /// The order it is about, if it says so: the platform's id when the call names that, else the
    /// merchant's.
    pub order: Option<&'a str>,
    /// The platform's id of that order (银商订单号), if it says so.
    pub ums_order_id: Option<&'a str>,
    /// The merchant's id of that order (商户订单号), if it says so.
    pub merchant_order_id: Option<&'a str>,
    /// The body it will send: every byte. It may hold a payer's code, so `Debug` shows its size
    /// only.
    pub body: &'a Bytes,
    /// The time of day.
    pub at: DateTime<Utc>,
}

impl<'a> Intent<'a> {
    /// The intent to carry `operation` out, whose encoded form is `body`.
    pub fn new<O: Operation>(
        call: Nonce,
        operation: &'a O,
        body: &'a Bytes,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            call,
            operation: operation.name(),
            path: operation.path(),
            effect: operation.effect(),
            gateway: None,
            app_id: None,
            merchant: operation.merchant(),
            order: operation.order().id(),
            ums_order_id: operation.order().ums,
            merchant_order_id: operation.order().merchant,
            body,
            at,
        }
    }

    /// The same, saying where and in whose name it goes.
    #[must_use]
    pub fn at_gateway(self, gateway: &'a str, app_id: AppId) -> Self {
        Self {
            gateway: Some(gateway),
            app_id: Some(app_id),
            ..self
        }
    }
}

impl fmt::Debug for Intent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intent")
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
            .finish()
    }
}

/// An attempt that is about to put its first byte on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sending {
    /// The call it belongs to.
    pub call: Nonce,
    /// The nonce this attempt is signed with.
    pub attempt: Nonce,
    /// The timestamp this attempt is signed with.
    pub timestamp: Timestamp,
    /// How long, from just before this was told, the request's bytes may be written. Told late or
    /// not, nothing of it is written after that. `None` if that is not said.
    pub send_window: Option<Duration>,
    /// How long from then the whole call lasts at the longest. `None` if that is not said.
    pub deadline_in: Option<Duration>,
}

impl Sending {
    /// An attempt of `call`, signed with this nonce and this timestamp.
    pub fn new(call: Nonce, attempt: Nonce, timestamp: Timestamp) -> Self {
        Self {
            call,
            attempt,
            timestamp,
            send_window: None,
            deadline_in: None,
        }
    }

    /// The same, whose bytes are written within `send_window` and whose call ends within
    /// `deadline_in`, both counted from just before this is told.
    #[must_use]
    pub fn within(self, send_window: Duration, deadline_in: Duration) -> Self {
        Self {
            send_window: Some(send_window),
            deadline_in: Some(deadline_in),
            ..self
        }
    }

    /// When it was signed.
    pub fn signed_at(&self) -> DateTime<Utc> {
        self.timestamp.to_datetime().to_utc()
    }
}

/// A call that has ended, or one that had ended as unknown and of which it has been found out what
/// became of it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Ended<'a> {
    /// The call.
    pub call: Nonce,
    /// How it ended.
    pub outcome: OutcomeKind,
    /// `errCode` of the reply, if there was one.
    pub err_code: Option<&'a str>,
    /// Why it is not sent or unknown, as a stable name. Of what was found out later, the name of
    /// that: `not_executed` is recorded as a decline with that reason, which tells it from a
    /// refusal.
    pub reason: Option<&'a str>,
    /// What the outcome rests on.
    pub evidence: &'a Evidence,
}

impl<'a> Ended<'a> {
    /// The end of a call, with nothing known of it but this.
    pub fn new(call: Nonce, outcome: OutcomeKind, evidence: &'a Evidence) -> Self {
        Self {
            call,
            outcome,
            err_code: None,
            reason: None,
            evidence,
        }
    }

    /// The same, with the reply's `errCode`.
    #[must_use]
    pub fn with_err_code(self, err_code: Option<&'a str>) -> Self {
        Self { err_code, ..self }
    }

    /// The same, with its reason.
    #[must_use]
    pub fn with_reason(self, reason: Option<&'a str>) -> Self {
        Self { reason, ..self }
    }
}
