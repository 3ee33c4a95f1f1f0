//! What the reply to a query says of what it asks about, for a person and as an exit code.

use ums_client::Language;
use ums_client::model::{
    AuthorizationState, Fen, QueryAuthorizationByTraceReply, QueryAuthorizationReply,
    QueryRefundReply, QueryReply, QueryState, RefundState,
};

use crate::exit::Exit;
use crate::language::{Message, say};
use crate::print::entry::in_yuan;
use crate::report::answer::Answer;

/// Reads the body of a reply. `None` for what is none of this query.
pub(crate) type ReadAnswer = fn(&str, Language) -> Option<Answer>;

/// What a reply says of the payment.
pub(super) fn of_payment(body: &str, language: Language) -> Option<Answer> {
    let reply = QueryReply::decode(body.to_owned().into()).ok()?;
    let state = reply.state();
    let (exit, english, chinese) = match state {
        QueryState::Paid if reply.refunded().is_some() => (
            Exit::Unknown,
            "The answer contradicts itself: paid, and yet something was refunded.",
            "应答自相矛盾：状态为支付成功，但已退金额大于 0。",
        ),
        QueryState::Paid => (
            Exit::Success,
            "Paid: the payment stands.",
            "支付成功，未撤销、未退款。",
        ),
        QueryState::Voided => (Exit::Declined, "Voided.", "已撤销。"),
        QueryState::Refunded if reply.is_refunded_in_part() => (
            Exit::Success,
            "Refunded in part: some of the money is left.",
            "已部分退款，余款有效。",
        ),
        QueryState::Refunded
            if reply.refunded().is_some() && !reply.original_transaction_amount.is_absent() =>
        {
            (Exit::Declined, "Refunded wholly.", "已全额退款。")
        }
        QueryState::Refunded => (
            Exit::Unknown,
            "Refunded, wholly or in part: how much is not known.",
            "已退款（全部或部分，金额未知）。",
        ),
        QueryState::Reversed => (
            Exit::Declined,
            "Reversed: no money moved.",
            "已冲正，未扣款。",
        ),
        QueryState::Failed => (
            Exit::Declined,
            "Failed: no money moved.",
            "支付失败，未扣款。",
        ),
        QueryState::TimedOut => (
            Exit::Unknown,
            "Not final: the payment timed out and may still turn out either way.",
            "支付超时，结果未定（顾客可能仍在确认付款），请继续查询。",
        ),
        _ => (
            Exit::Unknown,
            "Not known: the reply does not say what became of the payment.",
            "状态未知：应答没有说明该笔支付的结果。",
        ),
    };
    Some(Answer {
        state: state.as_str(),
        is_final: state.is_final() && exit != Exit::Unknown,
        exit,
        sentence: say(language, english, chinese),
    })
}

/// Live replies leave the amount at 0 though a part was refunded.
pub(super) fn refunded(body: &str) -> Option<Message> {
    let reply = QueryReply::decode(body.to_owned().into()).ok()?;
    let amount = &reply.refunded_amount;
    if reply.state() == QueryState::Refunded && amount.typed().is_none_or(|it| *it == Fen::ZERO) {
        return Some(Message::new(
            "not known: replies leave it at 0 though money was refunded; ums query-refund tells of \
             each refund",
            "未知：即使已退款，应答中也可能为 0；请用 ums query-refund 逐笔查询",
        ));
    }
    amount.typed().copied().map(in_yuan)
}

/// What a reply says of the refund.
pub(super) fn of_refund(body: &str, language: Language) -> Option<Answer> {
    let reply = QueryRefundReply::decode(body.to_owned().into()).ok()?;
    let state = reply.state();
    let (exit, english, chinese) = match state {
        RefundState::Refunded => (Exit::Success, "The refund was made.", "退款已完成。"),
        RefundState::ReportedFailed => (
            Exit::Unknown,
            "Not made so far, by the answer; it may still be under way.",
            "应答称退款未成功；退款也可能仍在处理中。",
        ),
        _ => (
            Exit::Unknown,
            "Not known: the reply does not say what became of the refund.",
            "状态未知：应答没有说明该笔退款的结果。",
        ),
    };
    Some(Answer {
        state: state.as_str(),
        is_final: state.is_final(),
        exit,
        sentence: say(language, english, chinese),
    })
}

/// What a reply says of a hold.
pub(super) fn of_hold(body: &str, language: Language) -> Option<Answer> {
    let reply = QueryAuthorizationReply::decode(body.to_owned().into()).ok()?;
    let state = reply.state();
    let (exit, english, chinese) = match state {
        AuthorizationState::Held => (
            Exit::Success,
            "Held: the amount is frozen and not taken yet.",
            "担保中：款项已冻结，尚未扣款。",
        ),
        AuthorizationState::Completed => (
            Exit::Success,
            "Completed: the money was taken.",
            "担保已完成，已扣款。",
        ),
        AuthorizationState::Voided => (
            Exit::Declined,
            "Voided: the money is the customer's again.",
            "担保已撤销，款项已解冻。",
        ),
        AuthorizationState::Failed => (
            Exit::Declined,
            "Failed: nothing was held.",
            "担保失败，未冻结款项。",
        ),
        AuthorizationState::Completing => (
            Exit::Unknown,
            "Not final: the hold is being completed.",
            "正在完成担保，请稍后查询。",
        ),
        AuthorizationState::Pending => (
            Exit::Unknown,
            "Not final: whether the amount is held is not known yet.",
            "担保结果未定（顾客可能仍在确认），请继续查询。",
        ),
        _ => (
            Exit::Unknown,
            "Not known: the reply does not say what became of the hold.",
            "状态未知：应答没有说明该笔担保的结果。",
        ),
    };
    Some(Answer {
        state: state.as_str(),
        is_final: state.is_final(),
        exit,
        sentence: say(language, english, chinese),
    })
}

/// What a reply says of one transaction of a hold.
pub(super) fn of_transaction(body: &str, language: Language) -> Option<Answer> {
    let reply = QueryAuthorizationByTraceReply::decode(body.to_owned().into()).ok()?;
    let is_success = reply.is_success();
    let (exit, english, chinese) = match is_success {
        true => (
            Exit::Success,
            "The transaction was made.",
            "该笔交易已成功。",
        ),
        false => (
            Exit::Unknown,
            "Not known: the reply does not say that the transaction was made.",
            "状态未知：应答没有说明该笔交易已成功。",
        ),
    };
    Some(Answer {
        state: if is_success { "succeeded" } else { "unknown" },
        is_final: is_success,
        exit,
        sentence: say(language, english, chinese),
    })
}
