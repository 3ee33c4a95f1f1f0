//! What becomes of a payment, by the code that the payer shows.

use crate::code::{Code, code};
use crate::order::OrderState;

/// One row of [`PAY_CODES`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PayCodeRule {
    /// How the code begins. No wallet is known to begin its codes so.
    pub prefix: &'static str,
    /// What becomes of the payment.
    pub state: OrderState,
    /// `errCode` of the answer. None when there is no answer: the connection is held until the peer closes it.
    pub answer: Option<&'static str>,
    /// How many queries say `1` 超时 before they say what became of it.
    pub timed_out_queries: u32,
}

impl PayCodeRule {
    /// The row that a code falls under; none for one that is simply paid.
    pub(crate) fn of(pay_code: &str) -> Option<&'static Self> {
        PAY_CODES
            .iter()
            .find(|rule| pay_code.starts_with(rule.prefix))
    }

    pub(crate) fn refusal(&self) -> Option<Code> {
        self.answer.map(code)
    }
}

/// The pay codes (支付码) by which a test chooses what becomes of a payment. Every other code is paid and answered.
#[rustfmt::skip]
pub static PAY_CODES: &[PayCodeRule] = &[
    rule("9957", OrderState::Failed, Some("57"), 0),
    rule("9961", OrderState::Failed, Some("61"), 0),
    rule("9900", OrderState::Paid, None, 0),
    rule("9901", OrderState::Failed, None, 0),
    rule("9910", OrderState::Paid, None, 2),
    rule("9911", OrderState::Failed, None, 2),
    rule("99FF", OrderState::Unknown, None, 0),
];

const fn rule(
    prefix: &'static str,
    state: OrderState,
    answer: Option<&'static str>,
    timed_out_queries: u32,
) -> PayCodeRule {
    PayCodeRule {
        prefix,
        state,
        answer,
        timed_out_queries,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_hides_another_and_wallets_codes_are_paid() {
        for rule in PAY_CODES {
            let found = PayCodeRule::of(&format!("{}00000000000001", rule.prefix));
            assert_eq!(found.unwrap().prefix, rule.prefix);
            // An answer other than silence is a refusal, and then nothing was paid.
            assert!(rule.answer.is_none() || rule.state == OrderState::Failed);
        }
        for paid in ["134524350966727175", "285668667587422761", "", "99"] {
            assert!(PayCodeRule::of(paid).is_none(), "{paid}");
        }
    }
}
