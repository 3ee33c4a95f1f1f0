//! The refund query (交易退款查询): what became of one refund, told truthfully, in a code set of
//! its own.

use crate::book::order::{Order, OrderRefund, TradingDay};
use crate::clock::{Moment, settlement_day, write_day, write_time};
use crate::code::code;
use crate::operation::behaviour::{Behaviour, Execution};
use crate::operation::body::{Body, QUERY_ANSWERED, WALLET, month_and_day};
use crate::operation::decision::Decision;
use crate::operation::needs::Needs;
use crate::operation::original::{self, Precedence};
use crate::operation::refund::of_request;

/// The query (交易退款查询) about a refund.
pub(crate) struct QueryRefund;

impl Behaviour for QueryRefund {
    const NEEDS: Needs = Needs::of(&ums_model::QueryRefund::SPEC);
    // So spelt by the template of the acceptance report (接入测试报告).
    const MORE_PATHS: &'static [&'static str] = &["/v2/poslink/transaction/queryrefund"];

    fn execute(call: Execution<'_, '_>) -> Decision {
        let (book, request, choices, now) = (call.book, call.request, call.choices, call.now);
        let style = choices.reply_style;
        let order = match original::find(book, request, Precedence::Ums) {
            Ok(order) => order,
            Err(refusal) => return Decision::refused_by(refusal),
        };
        let body = Body::new(style, QUERY_ANSWERED);
        let body = match of_request(order, &request.refund_request_id) {
            Some(refund) => found(body, order, refund, now),
            // Any code but 00 is a failure (POS通交易接口 v20200527 §1.6); which one is a choice.
            None => {
                let none = code("25");
                body.text("queryResCode", none.code)
                    .text("queryResInfo", none.err_info)
            }
        };
        Decision::new(body.into_reply(), None)
    }
}

fn found(body: Body, order: &Order, refund: &OrderRefund, now: Moment) -> Body {
    let today = write_day(now.day);
    let settled = write_day(settlement_day(now.day, now.time));
    let (paid_on, paid_settled) = match order.trading_day {
        TradingDay::On(day) => (
            write_day(day),
            write_day(settlement_day(day, order.pay_time.unwrap_or_default())),
        ),
        _ => (String::new(), String::new()),
    };
    body.seen_live("transactionTime", write_time(now.time))
        .seen_live("transactionDate", month_and_day(&today))
        .seen_live("settlementDate", month_and_day(&settled))
        .text("queryResCode", "00")
        .text("dealDate", write_day(refund.trading_day))
        .text("dealTime", write_time(refund.refund_time))
        .text("originalAmount", refund.amount.to_string())
        .text("dealType", "refund")
        .text("dealRetrievalRefNum", refund.retrieval_ref_num.as_str())
        .text("batchNo", "000001")
        .text("originalTransactionDate", month_and_day(&paid_on))
        .text_if_any("origialRetrievalRefNum", order.retrieval_ref_num.as_deref())
        .text("refundInvoiceAmount", refund.amount.to_string())
        .seen_live("originalSettlementDate", paid_settled)
        .seen_live("refundPromotionList", "0|0|0")
        .seen_live("thirdPartyName", WALLET)
        .seen_live("refundOrderId", refund.refund_order_id.as_str())
        .seen_live("refundTargetOrderId", refund.target_order_id())
}
