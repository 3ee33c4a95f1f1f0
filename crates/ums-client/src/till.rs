//! A payment while the customer waits: asked about at once, and taken back when it stays open.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tokio::time::Instant;
use ums_journal::{Evidence, Language, OutcomeKind, UnknownName};
use ums_model::{AnyRequest, Pay, PayReply, PayVersion, ReversePayment, Version, VoidPayment};

use crate::client::Client;
use crate::client::options::CallOptions;
use crate::outcome::{Outcome, UnknownReason};
use crate::resolve::{Asked, Conclusion, Heard, ResolvePolicy, StillOpen, TAKE_BACK_LIMIT, Watch};

/// How long a customer at the till can wait, and how a payment that stays open is taken back.
///
/// ```
/// use std::time::Duration;
/// use ums_client::{TakeBackWith, TillPolicy};
///
/// let policy = TillPolicy::within(Duration::from_secs(60)).take_back_with(TakeBackWith::Reversal);
/// # let _ = policy;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillPolicy {
    within: Duration,
    with: TakeBackWith,
    late_window: Duration,
}

/// What takes an open payment back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TakeBackWith {
    /// A void (支付撤销), by the merchant's order id. The default.
    #[default]
    Void,
    /// A reversal (支付冲正), for merchants whose branch agreed to it: the interface document
    /// dropped it in v20190611.
    Reversal,
}

impl TillPolicy {
    /// The payment, the questions and the taking back end within this time. The payment itself has
    /// at most 25 seconds of it, and is taken back when three quarters are over.
    pub fn within(limit: Duration) -> Self {
        Self {
            within: limit,
            with: TakeBackWith::Void,
            late_window: ResolvePolicy::default().late_window,
        }
    }

    /// What takes an open payment back. Default: a void.
    #[must_use]
    pub fn take_back_with(mut self, with: TakeBackWith) -> Self {
        self.with = with;
        self
    }

    /// How long the payment itself may take.
    pub fn pay_limit(&self) -> Duration {
        PAY_LIMIT.min(self.within)
    }

    /// How long after its start a payment that is still open is taken back.
    pub fn take_back_after(&self) -> Duration {
        self.within / 4 * 3
    }

    /// How long after its start nothing more is asked.
    pub fn ends_after(&self) -> Duration {
        self.within
    }

    /// The call that takes this payment back.
    pub fn take_back_of(&self, pay: &Pay) -> AnyRequest {
        let (merchant, terminal) = (pay.merchant_code().clone(), pay.terminal_code().clone());
        let order = pay.merchant_order_id().clone();
        match self.with {
            TakeBackWith::Void => VoidPayment::by_merchant_order_id(merchant, terminal, order)
                .at_version(match pay.version() {
                    PayVersion::V6 => Version::V6,
                    _ => Version::V2,
                })
                .into(),
            TakeBackWith::Reversal => {
                ReversePayment::new(merchant, terminal, order, *pay.transaction_amount()).into()
            }
        }
    }

    /// See [`ResolvePolicyBuilder::late_window`](crate::ResolvePolicyBuilder::late_window).
    #[must_use]
    pub fn late_window(mut self, window: Duration) -> Self {
        self.late_window = window;
        self
    }
}

impl Default for TillPolicy {
    fn default() -> Self {
        Self::within(Duration::from_secs(60))
    }
}

/// What the cashier is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "complete: a cashier must know what to do with each"
)]
pub enum TillResult {
    /// 已收款: the money was received.
    Paid,
    /// 未收款: nothing was received.
    NotPaid,
    /// 已撤回（未收款）: it was taken back, and nothing was received.
    TakenBack,
    /// 待核实: not known. Hand nothing over, take no second payment.
    ToVerify,
}

impl TillResult {
    /// Every one of them.
    pub const ALL: &'static [Self] = &[Self::Paid, Self::NotPaid, Self::TakenBack, Self::ToVerify];

    /// A stable name in `snake_case`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::NotPaid => "not_paid",
            Self::TakenBack => "taken_back",
            Self::ToVerify => "to_verify",
        }
    }

    /// The words on the cashier's screen.
    pub fn words(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Paid, Language::English) => "Paid",
            (Self::NotPaid, Language::English) => "Not paid",
            (Self::TakenBack, Language::English) => "Taken back (not paid)",
            (Self::ToVerify, Language::English) => "To be verified",
            (Self::Paid, Language::Chinese) => "已收款",
            (Self::NotPaid, Language::Chinese) => "未收款",
            (Self::TakenBack, Language::Chinese) => "已撤回（未收款）",
            (Self::ToVerify, Language::Chinese) => "待核实",
        }
    }
}

impl fmt::Display for TillResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for TillResult {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let mut all = Self::ALL.iter().copied();
        all.find(|one| one.as_str() == name)
            .ok_or_else(|| UnknownName::new("result at the till", name))
    }
}

/// What became of a payment at the till, step by step.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "the money may have been received, or may not have"]
pub struct TillReport {
    /// What the cashier is told.
    pub result: TillResult,
    /// What is known of the payment itself.
    pub conclusion: Conclusion,
    /// How the payment itself ended.
    pub outcome: Outcome<PayReply>,
    /// Each query, in order.
    pub queries: Vec<Asked>,
    /// How the taking back ended, if it came to that.
    pub take_back: Option<TakeBack>,
    /// Why what was found out could not be recorded, if a [`Recorder`](crate::Recorder) is set and
    /// failed at that.
    pub not_recorded: Option<String>,
    /// How long it all took.
    pub elapsed: Duration,
}

/// The call that took a payment back, or tried to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TakeBack {
    /// What was sent.
    pub with: TakeBackWith,
    /// How it ended.
    pub outcome: OutcomeKind,
    /// `errCode` of its reply.
    pub err_code: Option<String>,
    /// What its outcome rests on.
    pub evidence: Evidence,
}

impl Client {
    /// Takes a payment while the customer waits: when its outcome is unknown, asks at once and
    /// every three seconds, and takes the payment back when it is still open after three quarters
    /// of the time.
    ///
    /// A payment is taken back only after the platform answered that this very order is open or not
    /// known to it. Where the order id turns out to be another payment's, nothing is: the void
    /// would hit that one.
    ///
    /// Dropping the future stops it where it is; give the client a [`Recorder`](crate::Recorder) to
    /// know which step that was.
    pub async fn pay_at_till(&self, pay: &Pay, policy: &TillPolicy) -> TillReport {
        let started = Instant::now();
        let limit = self.timeout().min(policy.pay_limit());
        let outcome = self
            .execute_with(pay, &CallOptions::new().timeout(limit))
            .await;
        let mut queries = Vec::new();
        let mut take_back = None;
        let (result, conclusion) = match &outcome {
            Outcome::Approved(approved) if approved.discrepancies.is_empty() => {
                (TillResult::Paid, Conclusion::Approved { stands: true })
            }
            Outcome::Declined(_) => (TillResult::NotPaid, Conclusion::Declined),
            Outcome::NotSent(_) => (TillResult::NotPaid, Conclusion::NotSent),
            Outcome::Approved(_) | Outcome::Unknown(_) => {
                let mut asking = self.asking(policy, policy.take_back_after(), started);
                let mut watch = self.watch(&outcome, &asking);
                let mut conclusion = self.ask(pay, &watch, &asking, &mut queries).await;
                if !is_about_another(&outcome) && may_take_back(&conclusion, &watch, &queries) {
                    let (taken, is_certain) = self.take_back(pay, policy).await;
                    let was_taken = taken.outcome == OutcomeKind::Approved;
                    take_back = Some(taken);
                    // A void that may be under way can still undo what a query calls paid.
                    watch.believes_standing = is_certain;
                    conclusion = if was_taken {
                        Conclusion::Approved { stands: false }
                    } else {
                        asking = self.asking(policy, policy.within, started);
                        self.ask(pay, &watch, &asking, &mut queries).await
                    };
                }
                (till_result(&conclusion), conclusion)
            }
        };
        let mut not_recorded = None;
        if outcome.is_unknown() {
            let call = outcome.evidence().call;
            not_recorded = self.close_call(call, &conclusion, &queries).await;
        }
        // An answer that the payment is undone is one about the call that did it.
        if let Some(taken) = &take_back
            && taken.outcome == OutcomeKind::Unknown
            && conclusion == (Conclusion::Approved { stands: false })
        {
            let call = taken.evidence.call;
            let undone = Conclusion::Approved { stands: true };
            let failed = self.close_call(call, &undone, &queries).await;
            not_recorded = not_recorded.or(failed);
        }
        TillReport {
            result,
            conclusion,
            outcome,
            queries,
            take_back,
            not_recorded,
            elapsed: started.elapsed(),
        }
    }

    /// Asking from now until so long after the payment began.
    fn asking(&self, policy: &TillPolicy, until: Duration, started: Instant) -> ResolvePolicy {
        ResolvePolicy {
            first: Duration::ZERO,
            growth: PAUSE,
            longest: PAUSE,
            within: until.saturating_sub(started.elapsed()),
            late_window: policy.late_window,
            ..ResolvePolicy::default()
        }
    }

    /// Also whether it is certain that the taking back itself changes nothing later: it was
    /// refused, or never sent.
    async fn take_back(&self, pay: &Pay, policy: &TillPolicy) -> (TakeBack, bool) {
        let limit = self.timeout().min(TAKE_BACK_LIMIT);
        let outcome = self
            .execute_with(
                &policy.take_back_of(pay),
                &CallOptions::new().timeout(limit),
            )
            .await;
        let taken = TakeBack {
            with: policy.with,
            outcome: outcome.kind(),
            err_code: outcome.err_code().map(ToOwned::to_owned),
            evidence: outcome.into_evidence(),
        };
        let is_certain = matches!(taken.outcome, OutcomeKind::Declined | OutcomeKind::NotSent);
        (taken, is_certain)
    }
}

impl TillPolicy {
    /// How long the taking back may take.
    pub const TAKE_BACK_LIMIT: Duration = TAKE_BACK_LIMIT;

    /// The pause between two questions.
    pub const PAUSE: Duration = PAUSE;
}

const PAY_LIMIT: Duration = Duration::from_secs(25);
const PAUSE: Duration = Duration::from_secs(3);

/// Whether the payment's own reply names another order or amount: then the void could hit that one.
fn is_about_another<R>(outcome: &Outcome<R>) -> bool {
    match outcome {
        Outcome::Approved(approved) => !approved.discrepancies.is_empty(),
        Outcome::Unknown(unknown) => matches!(unknown.reason, UnknownReason::Discrepancy(_)),
        Outcome::Declined(_) | Outcome::NotSent(_) => false,
    }
}

/// Only an open payment of this very order may be taken back, as [`Heard`] has it.
fn may_take_back(conclusion: &Conclusion, watch: &Watch, queries: &[Asked]) -> bool {
    let mut heard = Heard::default();
    for asked in queries {
        heard.hear(&asked.finding);
    }
    matches!(conclusion, Conclusion::Unknown(StillOpen::TimeUp)) && heard.may_take_back(watch)
}

fn till_result(conclusion: &Conclusion) -> TillResult {
    match conclusion {
        Conclusion::Approved { stands: true } => TillResult::Paid,
        Conclusion::Approved { stands: false } => TillResult::TakenBack,
        Conclusion::NotExecuted { .. } | Conclusion::Declined | Conclusion::NotSent => {
            TillResult::NotPaid
        }
        Conclusion::Unknown(_) => TillResult::ToVerify,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_result_leads_back_to_it() {
        for &result in TillResult::ALL {
            assert_eq!(result.to_string().parse::<TillResult>(), Ok(result));
        }
        assert!("refunded".parse::<TillResult>().is_err());
    }
}
