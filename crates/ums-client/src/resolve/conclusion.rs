//! What became of an operation, after all that was asked.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use ums_auth::Nonce;
use ums_journal::{
    Ended, Evidence, Language, NextStep, OutcomeKind, UnknownName, mask_card_numbers,
};
use ums_model::Discrepancy;

use crate::machine::runtime::RuntimeUnavailable;
use crate::outcome::sentence::{differences_chinese, operation_name, unavailable_chinese};

/// What became of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "complete: callers must decide about each"
)]
pub enum Conclusion {
    /// It was carried out.
    Approved {
        /// Whether what it did is still in force: a payment that was voided or refunded since
        /// brought no money.
        stands: bool,
    },
    /// The platform refused it.
    Declined,
    /// It was not carried out, as far as a query could tell at this time. It is no refusal: nobody
    /// said that it never will be.
    NotExecuted {
        /// When the question left whose answer said so.
        as_of: DateTime<Utc>,
        /// What that rests on.
        basis: Basis,
    },
    /// It provably never reached the gateway.
    NotSent,
    /// Nothing is certain.
    Unknown(StillOpen),
}

/// What "not carried out" rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Basis {
    /// The platform stated twice that it failed.
    StatedFailure,
    /// The platform knew nothing of it, twice, long after the call.
    Absent,
    /// The payment had failed or been reversed, so there was nothing to void.
    NothingToVoid,
}

/// Why nothing is certain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StillOpen {
    /// No answer was certain within the time.
    TimeUp,
    /// The day of the call is over, and a query covers the same day only: the statement will tell.
    DayOver,
    /// A payment with this order id was made before this call, so that no answer about the id says
    /// anything of the call.
    OrderIdInUse,
    /// The last answer was about another order, amount or refund.
    AboutAnother(Vec<Discrepancy>),
    /// Nothing was asked, as no call can run where the asking was awaited.
    CannotAsk(RuntimeUnavailable),
}

impl Conclusion {
    /// A stable name in `snake_case`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Approved { .. } => "approved",
            Self::Declined => "declined",
            Self::NotExecuted { .. } => "not_executed",
            Self::NotSent => "not_sent",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What became of a call that had ended as unknown, or was cut short, as it was found out
    /// later, with the evidence of the answer that says so. For
    /// [`Recorder::ended`](crate::Recorder::ended), which closes the call with it;
    /// [`Client::resolve`](crate::Client::resolve) does so by itself. `None` of a conclusion that
    /// leaves the call open.
    pub fn to_ended<'a>(&self, call: Nonce, evidence: &'a Evidence) -> Option<Ended<'a>> {
        let outcome = match self {
            Self::Approved { .. } => OutcomeKind::Approved,
            Self::Declined | Self::NotExecuted { .. } => OutcomeKind::Declined,
            Self::NotSent => OutcomeKind::NotSent,
            Self::Unknown(_) => return None,
        };
        Some(Ended::new(call, outcome, evidence).with_reason(Some(self.as_str())))
    }

    /// Whether it was carried out and is still in force.
    pub fn stands(&self) -> bool {
        matches!(self, Self::Approved { stands: true })
    }

    /// Whether nothing is certain.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// What to do now.
    pub fn next_step(&self) -> NextStep {
        match self {
            Self::Approved { stands: true } => NextStep::Done,
            Self::Approved { stands: false } => NextStep::DoNotDeliver,
            Self::NotExecuted {
                basis: Basis::NothingToVoid,
                ..
            } => NextStep::Done,
            Self::NotExecuted { .. } => NextStep::Decide,
            Self::Declined => NextStep::CheckOrder,
            Self::NotSent => NextStep::SendAgain,
            Self::Unknown(StillOpen::OrderIdInUse) => NextStep::OrderIdInUse,
            Self::Unknown(StillOpen::DayOver) => NextStep::AwaitStatement,
            Self::Unknown(
                StillOpen::TimeUp | StillOpen::AboutAnother(_) | StillOpen::CannotAsk(_),
            ) => NextStep::Query,
        }
    }

    /// What so many queries found of the operation of this name and what to do now, in one or two
    /// sentences.
    pub fn explain(&self, operation: &str, queries: usize, language: Language) -> String {
        let what = match language {
            Language::English => self.in_english(operation),
            Language::Chinese => self.in_chinese(operation),
        };
        let next = self.next_step().sentence(language);
        match (language, queries) {
            (Language::English, 0) => format!("{what}. {next}"),
            (Language::English, 1) => format!("{what} (1 query). {next}"),
            (Language::English, _) => format!("{what} ({queries} queries). {next}"),
            (Language::Chinese, 0) => format!("{what}。{next}"),
            (Language::Chinese, _) => format!("{what}（查询 {queries} 次）。{next}"),
        }
    }

    fn in_english(&self, operation: &str) -> String {
        let name = operation_name(operation, Language::English);
        match self {
            Self::Approved { stands: true } => format!("Found out: the {name} was carried out"),
            Self::Approved { stands: false } => {
                "Found out: paid, then voided or refunded".to_owned()
            }
            Self::Declined => format!("Found out: the {name} was declined"),
            Self::NotExecuted { as_of, basis } => {
                let as_of = clock_time(*as_of);
                match basis {
                    Basis::StatedFailure => {
                        format!("The {name} was not carried out, as of {as_of}: the platform says that it failed")
                    }
                    Basis::Absent => {
                        format!("The {name} was not carried out, as of {as_of}: the platform has no trace of it")
                    }
                    Basis::NothingToVoid => {
                        format!("Nothing to void, as of {as_of}: the payment failed or was reversed")
                    }
                }
            }
            Self::NotSent => format!("The {name} was not sent"),
            Self::Unknown(open) => match open {
                StillOpen::TimeUp => format!("It is still unknown what became of the {name}"),
                StillOpen::DayOver => {
                    format!("It is still unknown what became of the {name}, and its day is over, which is all that a query covers")
                }
                StillOpen::OrderIdInUse if operation == "refund" => {
                    "The refund id may have been used before, and of this refund nothing is known"
                        .to_owned()
                }
                StillOpen::OrderIdInUse => {
                    "The order id was in use already: a payment was made under it before this call, and of this call nothing is known".to_owned()
                }
                StillOpen::AboutAnother(discrepancies) => format!(
                    "It is still unknown what became of the {name}: the answer is about something else ({})",
                    differences_english(discrepancies)
                ),
                StillOpen::CannotAsk(unavailable) => format!(
                    "It is still unknown what became of the {name}, and it could not be asked: {unavailable}"
                ),
            },
        }
    }

    fn in_chinese(&self, operation: &str) -> String {
        let name = operation_name(operation, Language::Chinese);
        match self {
            Self::Approved { stands: true } => format!("已核实：{name}已成功"),
            Self::Approved { stands: false } => "已核实：已付款但随后已撤销/退款".to_owned(),
            Self::Declined => format!("已核实：{name}失败"),
            Self::NotExecuted { as_of, basis } => {
                let as_of = clock_time(*as_of);
                match basis {
                    Basis::StatedFailure => {
                        format!("截至 {as_of}，{name}未执行，平台答复交易失败")
                    }
                    Basis::Absent => format!("截至 {as_of}，{name}未执行，平台查无此操作"),
                    Basis::NothingToVoid => {
                        format!("截至 {as_of}，无需撤销（原交易已冲正/未成功）")
                    }
                }
            }
            Self::NotSent => format!("{name}未发送"),
            Self::Unknown(open) => match open {
                StillOpen::TimeUp => format!("{name}状态仍未知"),
                StillOpen::DayOver => format!("{name}状态仍未知，且已过当日，查询交易只支持当天"),
                StillOpen::OrderIdInUse if operation == "refund" => {
                    "退款请求标识可能已被使用，本次退款的状态未知".to_owned()
                }
                StillOpen::OrderIdInUse => {
                    "商户订单号已被占用：本次支付之前已有一笔同号支付，本次支付的状态未知"
                        .to_owned()
                }
                StillOpen::AboutAnother(discrepancies) => format!(
                    "{name}状态仍未知：查询答复的是另一笔交易（{}）",
                    differences_chinese(discrepancies)
                ),
                StillOpen::CannotAsk(unavailable) => format!(
                    "{name}状态仍未知，无法查询：{}",
                    unavailable_chinese(*unavailable)
                ),
            },
        }
    }
}

fn differences_english(discrepancies: &[Discrepancy]) -> String {
    let shown: Vec<String> = discrepancies
        .iter()
        .map(|one| mask_card_numbers(&one.to_string()).into_owned())
        .collect();
    shown.join("; ")
}

/// The time of day in UTC+8, as the platform's own receipts have it.
fn clock_time(time: DateTime<Utc>) -> String {
    super::watch::in_china(time)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

impl Basis {
    /// Every one of them.
    pub const ALL: &'static [Self] = &[Self::StatedFailure, Self::Absent, Self::NothingToVoid];

    /// A stable name in `snake_case`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StatedFailure => "stated_failure",
            Self::Absent => "absent",
            Self::NothingToVoid => "nothing_to_void",
        }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Basis {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let mut all = Self::ALL.iter().copied();
        all.find(|one| one.as_str() == name)
            .ok_or_else(|| UnknownName::new("basis", name))
    }
}

impl StillOpen {
    /// A stable name in `snake_case`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::TimeUp => "time_up",
            Self::DayOver => "day_over",
            Self::OrderIdInUse => "order_id_in_use",
            Self::AboutAnother(_) => "about_another",
            Self::CannotAsk(_) => "cannot_ask",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_basis_leads_back_to_it() {
        for &basis in Basis::ALL {
            assert_eq!(basis.to_string().parse::<Basis>(), Ok(basis));
        }
        assert!("absence".parse::<Basis>().is_err());
    }

    /// Every conclusion in both languages, of a payment, a void and a refund.
    #[test]
    fn conclusions_in_words() {
        let as_of = "2026-03-01T04:00:00Z".parse().unwrap();
        let not_executed = |basis| Conclusion::NotExecuted { as_of, basis };
        let cannot_ask = |why| Conclusion::Unknown(StillOpen::CannotAsk(why));
        let another = StillOpen::AboutAnother(vec![
            Discrepancy::new("originalAmount", "5000", "3000"),
            Discrepancy::new("orderId", "U1", "4111111111111111"),
        ]);
        let told: Vec<String> = [
            ("pay", Conclusion::Approved { stands: true }),
            ("pay", Conclusion::Approved { stands: false }),
            ("pay", Conclusion::Declined),
            ("pay", not_executed(Basis::StatedFailure)),
            ("void_payment", not_executed(Basis::Absent)),
            ("void_payment", not_executed(Basis::NothingToVoid)),
            ("refund", Conclusion::NotSent),
            ("refund", Conclusion::Unknown(StillOpen::TimeUp)),
            ("void_payment", Conclusion::Unknown(StillOpen::DayOver)),
            ("pay", Conclusion::Unknown(StillOpen::OrderIdInUse)),
            ("refund", Conclusion::Unknown(StillOpen::OrderIdInUse)),
            ("refund", Conclusion::Unknown(another)),
            ("pay", cannot_ask(RuntimeUnavailable::Missing)),
            ("pay", cannot_ask(RuntimeUnavailable::Forked)),
        ]
        .iter()
        .enumerate()
        .map(|(queries, (operation, conclusion))| {
            let name = conclusion.as_str();
            let english = conclusion.explain(operation, queries, Language::English);
            let chinese = conclusion.explain(operation, queries, Language::Chinese);
            format!("{name}\n{english}\n{chinese}\n")
        })
        .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
