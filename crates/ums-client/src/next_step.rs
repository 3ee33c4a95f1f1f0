//! What the caller does now.

use ums_model::{Effect, Refusal, Verdict};

use crate::language::Language;
use crate::outcome::{NotSentReason, Outcome, UnknownReason};
use crate::token::TokenError;

/// What to do after an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NextStep {
    /// Nothing: it is done.
    Done,
    /// Confirm an approval by query, as the reply does not match the request.
    Confirm,
    /// Set this machine's clock right: it is far from the gateway's, and the
    /// gateway refused the request's authentication.
    FixClock,
    /// Send again: nothing was carried out, and the access token that was
    /// refused is dropped.
    NewToken,
    /// Correct the AppId, the AppKey or this machine's clock.
    FixCredentials,
    /// Correct the request.
    FixRequest,
    /// The order is not in a state for this. If an earlier call on it ended
    /// unknown, query it.
    CheckOrder,
    /// Correct the configuration or the network, then send again.
    FixSetup,
    /// Send again: nothing has left.
    SendAgain,
    /// Query the order. Do not send again.
    Query,
    /// Ask again: what was asked only reads.
    AskAgain,
    /// Queries found that it was not carried out: decide whether it is still
    /// wanted.
    Decide,
    /// Hand nothing over: the payment was voided or refunded since, and no money
    /// was received.
    DoNotDeliver,
    /// Take a new order id: another payment was made under this one.
    OrderIdInUse,
    /// Wait for the platform's statement: a query covers the day of the call
    /// only.
    AwaitStatement,
    /// Confirm that real money is meant, then run it again. Nothing was sent.
    ConfirmLive,
    /// Correct what kept the question from being asked, then query. The
    /// operation itself is not to be sent again.
    FixThenQuery,
}

impl NextStep {
    /// Every step.
    pub const ALL: &'static [Self] = &[
        Self::Done,
        Self::Confirm,
        Self::FixClock,
        Self::NewToken,
        Self::FixCredentials,
        Self::FixRequest,
        Self::CheckOrder,
        Self::FixSetup,
        Self::SendAgain,
        Self::Query,
        Self::AskAgain,
        Self::Decide,
        Self::DoNotDeliver,
        Self::OrderIdInUse,
        Self::AwaitStatement,
        Self::ConfirmLive,
        Self::FixThenQuery,
    ];

    /// A stable name in `snake_case`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Confirm => "confirm",
            Self::FixClock => "fix_clock",
            Self::NewToken => "new_token",
            Self::FixCredentials => "fix_credentials",
            Self::FixRequest => "fix_request",
            Self::CheckOrder => "check_order",
            Self::FixSetup => "fix_setup",
            Self::SendAgain => "send_again",
            Self::Query => "query",
            Self::AskAgain => "ask_again",
            Self::Decide => "decide",
            Self::DoNotDeliver => "do_not_deliver",
            Self::OrderIdInUse => "order_id_in_use",
            Self::AwaitStatement => "await_statement",
            Self::ConfirmLive => "confirm_live",
            Self::FixThenQuery => "fix_then_query",
        }
    }

    /// The same as a sentence for a person.
    #[must_use]
    pub fn sentence(self, language: Language) -> &'static str {
        let (english, chinese) = match self {
            Self::Done => ("Nothing more to do.", "无需再做处理。"),
            Self::Confirm => (
                "Confirm it with a query: the reply does not match the request.",
                "应答与请求不一致，请先做交易查询核实。",
            ),
            Self::FixClock => (
                "Set this machine's clock right, then send again: it is far from the gateway's.",
                "本机时钟与网关相差过大，请校准后重新发起。",
            ),
            Self::NewToken => (
                "Send it again: nothing was carried out, and a new access token will be fetched.",
                "交易未执行，将重新获取 AccessToken，可以重新发起。",
            ),
            Self::FixCredentials => (
                "Check the AppId, the AppKey and this machine's clock, then send again.",
                "请检查 AppId、AppKey 和本机时钟，然后重新发起。",
            ),
            Self::FixRequest => (
                "Correct the request, then send it again.",
                "请更正请求内容，然后重新发起。",
            ),
            Self::CheckOrder => (
                "Look at the order: if an earlier call on it ended unknown, query it before anything else.",
                "请核对该订单：若此前对它的操作状态未知，请先做交易查询核实。",
            ),
            Self::FixSetup => (
                "Nothing was sent. Correct the configuration or the network, then send again.",
                "请求未发送。请检查配置或网络，然后重新发起。",
            ),
            Self::SendAgain => (
                "Nothing was sent, so it is safe to send again.",
                "请求未发送，可以放心重新发起。",
            ),
            Self::Query => (
                "Do not send it again. Query the order until its state is certain.",
                "请勿重新发起，请先做交易查询核实，直到状态明确。",
            ),
            Self::AskAgain => (
                "Nothing certain was found. A query moves no money, so ask again.",
                "未查到明确结果。查询不涉及资金，可再查一次。",
            ),
            Self::Decide => (
                "If it is still wanted, do it again as a new one; a payment takes a new order id.",
                "如仍需办理，请重新做一笔（支付请换新的商户订单号）。",
            ),
            Self::DoNotDeliver => (
                "Hand nothing over: no money was received.",
                "未收到款，请勿交货。",
            ),
            Self::OrderIdInUse => (
                "Deliver nothing on it. Look at both transactions, and take a new id for a new one.",
                "请勿据此交货。请核对两笔交易；重新办理时请更换商户订单号或退款请求标识。",
            ),
            Self::AwaitStatement => (
                "Do not send it again. Wait for the platform's statement, or ask UMS.",
                "请勿重新发起。请等待对账单，或联系银联商务核实。",
            ),
            Self::ConfirmLive => (
                "Nothing was sent. This is live money: confirm it on a terminal, or with --yes.",
                "请求未发送。当前为生产环境，将产生真实交易，请在命令行窗口确认，或加 --yes。",
            ),
            Self::FixThenQuery => (
                "Correct that, then ask again. Do not repeat the operation itself.",
                "请更正后再次核实，请勿重新发起原交易。",
            ),
        };
        match language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }
}

impl<R> Outcome<R> {
    /// What to do now.
    #[must_use]
    pub fn next_step(&self) -> NextStep {
        match self {
            Self::Approved(approved) if approved.discrepancies.is_empty() => NextStep::Done,
            Self::Approved(_) => NextStep::Confirm,
            Self::Declined(declined) => match declined.judgement.verdict() {
                Verdict::Declined(Refusal::BeforeProcessing) => {
                    match declined.judgement.err_code().map(|code| code.as_str()) {
                        Some("1000") if declined.evidence.clock_ahead.is_some() => {
                            NextStep::FixClock
                        }
                        Some("1000") if declined.evidence.token_dropped => NextStep::NewToken,
                        Some("1000" | "1001") => NextStep::FixCredentials,
                        _ => NextStep::FixRequest,
                    }
                }
                _ => NextStep::CheckOrder,
            },
            Self::NotSent(not_sent) => match &not_sent.reason {
                NotSentReason::InvalidInput(_) | NotSentReason::InvalidPath(_) => {
                    NextStep::FixRequest
                }
                NotSentReason::Transport(failure) => {
                    use ums_transport::FailureKind as Kind;
                    match failure.kind() {
                        Kind::Resolve
                        | Kind::NotLoopback
                        | Kind::Connect
                        | Kind::Proxy
                        | Kind::Tls
                        | Kind::Runtime
                        | Kind::InvalidRequest => NextStep::FixSetup,
                        _ => NextStep::SendAgain,
                    }
                }
                NotSentReason::Overloaded => NextStep::SendAgain,
                NotSentReason::Token(error) => match error {
                    TokenError::Deadline => NextStep::SendAgain,
                    TokenError::Refused { .. } => NextStep::FixCredentials,
                    _ => NextStep::FixSetup,
                },
                NotSentReason::Clock
                | NotSentReason::Nonce(_)
                | NotSentReason::NotRecorded(_)
                | NotSentReason::ClientClosed => NextStep::FixSetup,
            },
            Self::Unknown(unknown) if unknown.evidence.effect == Effect::ReadOnly => {
                NextStep::AskAgain
            }
            Self::Unknown(unknown) => match &unknown.reason {
                UnknownReason::Discrepancy(_) => NextStep::Confirm,
                _ => NextStep::Query,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names are stable: each is its variant's, in `snake_case`.
    #[test]
    fn each_step_has_its_name() {
        for step in NextStep::ALL {
            let name = step.as_str().replace('_', "");
            assert_eq!(name, format!("{step:?}").to_lowercase());
        }
    }
}
