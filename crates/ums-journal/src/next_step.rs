//! What the caller does now.

use crate::language::Language;
use crate::name::names;

names! {
    /// What to do after an outcome.
    #[non_exhaustive]
    pub enum NextStep, "next step" {
        /// Nothing: it is done.
        Done = "done",
        /// Confirm an approval by query, as the reply does not match the request.
        Confirm = "confirm",
        /// Set this machine's clock right: it is far from the gateway's, and the gateway refused
        /// the request's authentication.
        FixClock = "fix_clock",
        /// Send again: nothing was carried out, and the access token that was refused is dropped.
        NewToken = "new_token",
        /// Correct the AppId, the AppKey or this machine's clock.
        FixCredentials = "fix_credentials",
        /// Correct the request.
        FixRequest = "fix_request",
        /// The order is not in a state for this. If an earlier call on it ended unknown, query it.
        CheckOrder = "check_order",
        /// Correct the configuration or the network, then send again.
        FixSetup = "fix_setup",
        /// Send again: nothing has left.
        SendAgain = "send_again",
        /// Query the order. Do not send again.
        Query = "query",
        /// Ask again: what was asked only reads.
        AskAgain = "ask_again",
        /// Queries found that it was not carried out: decide whether it is still wanted.
        Decide = "decide",
        /// Hand nothing over: the payment was voided or refunded since, and no money was received.
        DoNotDeliver = "do_not_deliver",
        /// Take a new order id: another payment was made under this one.
        OrderIdInUse = "order_id_in_use",
        /// Wait for the platform's statement: a query covers the day of the call only.
        AwaitStatement = "await_statement",
        /// Confirm that real money is meant, then run it again. Nothing was sent.
        ConfirmLive = "confirm_live",
        /// Correct what kept the question from being asked, then query. The operation itself is not
        /// to be sent again.
        FixThenQuery = "fix_then_query",
        /// Look at the other call on the order first: it is open, or was carried out. Nothing was
        /// sent.
        LookAtCall = "look_at_call",
        /// Take another key: this one belongs to another request. Nothing was sent.
        OtherKey = "other_key",
        /// Correct what is wrong with the journal. Nothing was sent.
        FixJournal = "fix_journal",
        /// A person must accept the journal first: it has forgotten something, or is another one.
        /// Nothing was sent.
        AcceptJournal = "accept_journal",
        /// Wait, then look again: the call may still be running.
        Wait = "wait",
    }
}

impl NextStep {
    /// The same as a sentence for a person.
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
            Self::LookAtCall => (
                "Nothing was sent. Find out first what became of the other call on this order.",
                "请求未发送。请先查明该订单上另一笔操作的结果。",
            ),
            Self::OtherKey => (
                "Nothing was sent. Take another key for another request.",
                "请求未发送。不同的请求请使用不同的幂等键。",
            ),
            Self::FixJournal => (
                "Nothing was sent. Correct what is wrong with the journal, then send again.",
                "请求未发送。请先排除交易流水的问题，然后重新发起。",
            ),
            Self::AcceptJournal => (
                "Nothing was sent. Put the right journal back, or accept this one.",
                "请求未发送。请恢复原来的交易流水，或确认接受现有的流水。",
            ),
            Self::Wait => (
                "Do not send it again. It may still be running: look again a little later.",
                "请勿重新发起。该笔可能仍在处理中，请稍后再查看。",
            ),
        };
        match language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }
}
