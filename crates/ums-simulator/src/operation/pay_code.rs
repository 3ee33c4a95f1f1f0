//! What becomes of a payment, by the code that the payer shows.

use std::time::Duration;

use crate::book::order::OrderState;
use crate::code::{Code, code};

/// One row of [`PAY_CODES`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PayCodeRule {
    /// How the code begins. No wallet is known to begin its codes so.
    pub prefix: &'static str,
    /// What becomes of the payment, at first.
    pub state: OrderState,
    /// What becomes of it after a time: the four digits after the prefix are the seconds, on
    /// tokio's clock; without four digits there it is a minute.
    pub becomes: Option<OrderState>,
    /// `errCode` of the answer. None when there is no answer: the connection is held until the peer
    /// closes it.
    pub answer: Option<&'static str>,
    /// `errInfo` of a refusal, if it is another than the code's own.
    pub words: Option<&'static str>,
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

    /// The code of the answer, with the words that go with it.
    pub(crate) fn answer(&self) -> Option<Code> {
        let code = code(self.answer?);
        let err_info = self.words.unwrap_or(code.err_info);
        Some(Code { err_info, ..code })
    }

    /// After how long the payment becomes something else.
    pub(crate) fn wait(&self, pay_code: &str) -> Duration {
        const A_MINUTE: u64 = 60;
        let start = self.prefix.len();
        let digits = pay_code.get(start..start + 4);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let seconds = digits.and_then(|digits| digits.parse().ok());
        Duration::from_secs(seconds.unwrap_or(A_MINUTE))
    }
}

/// The pay codes (支付码) by which a test chooses what becomes of a payment, or of a hold (担保),
/// which is held where a payment is paid. Every other code is paid and answered.
#[rustfmt::skip]
pub static PAY_CODES: &[PayCodeRule] = &[
    refused("9957", "57", None),
    refused("9961", "61", None),
    // Common meaning of 51; the official list does not have it.
    refused("9951", "51", Some("余额不足")),
    refused("99ER", "ER", Some("余额不足")),
    silent("9900", OrderState::Paid, 0),
    silent("9901", OrderState::Failed, 0),
    silent("9910", OrderState::Paid, 2),
    silent("9911", OrderState::Failed, 2),
    silent("99FF", OrderState::Unknown, 0),
    becoming("9920", OrderState::Pending, None, OrderState::Paid),
    becoming("9921", OrderState::Pending, None, OrderState::Failed),
    becoming("9922", OrderState::Pending, None, OrderState::Reversed),
    becoming("9930", OrderState::Pending, Some("00"), OrderState::Paid),
    becoming("9931", OrderState::Pending, Some("00"), OrderState::Failed),
    becoming("9932", OrderState::Pending, Some("00"), OrderState::Reversed),
    becoming("9940", OrderState::Unseen, None, OrderState::Paid),
    becoming("9950", OrderState::Failed, None, OrderState::Paid),
];

const fn silent(prefix: &'static str, state: OrderState, timed_out_queries: u32) -> PayCodeRule {
    PayCodeRule {
        prefix,
        state,
        becomes: None,
        answer: None,
        words: None,
        timed_out_queries,
    }
}

const fn refused(
    prefix: &'static str,
    answer: &'static str,
    words: Option<&'static str>,
) -> PayCodeRule {
    PayCodeRule {
        answer: Some(answer),
        words,
        ..silent(prefix, OrderState::Failed, 0)
    }
}

const fn becoming(
    prefix: &'static str,
    state: OrderState,
    answer: Option<&'static str>,
    becomes: OrderState,
) -> PayCodeRule {
    PayCodeRule {
        answer,
        becomes: Some(becomes),
        ..silent(prefix, state, 0)
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
            // An approval says that the payment waits; any other answer is a refusal.
            match rule.answer {
                Some("00") => assert_eq!(rule.state, OrderState::Pending),
                Some(_) => assert_eq!((rule.state, rule.becomes), (OrderState::Failed, None)),
                None => {}
            }
        }
        for paid in ["134524350966727175", "285668667587422761", "", "99"] {
            assert!(PayCodeRule::of(paid).is_none(), "{paid}");
        }
    }

    #[test]
    fn the_seconds_are_in_the_code() {
        let rule = PayCodeRule::of("9920").unwrap();
        for (code, seconds) in [
            ("992000300000000001", 30),
            ("992000000000000001", 0),
            ("992099990000000001", 9999),
            ("9920003", 60),
            ("9920x0300000000001", 60),
            ("9920+030", 60),
        ] {
            assert_eq!(rule.wait(code), Duration::from_secs(seconds), "{code}");
        }
    }
}
