//! The refund query (交易退款查询): what became of one refund.

use chrono::{NaiveDate, NaiveTime};

use crate::json::text::Text;
use crate::json::value::Fields;
use crate::operation::declare::operation;
use crate::operation::resolve::{Answer, RequestTrace};
use crate::value::amount::Fen;
use crate::value::date::{Day, MonthDay};
use crate::value::identifier::{
    MerchantCode, MerchantOrderId, RefundRequestId, TerminalCode, UmsOrderId,
};
use crate::value::order_ref::OrderRef;
use crate::value::promotion::{OrderPromotionStatus, RefundedPromotion};
use crate::value::refund_state::RefundState;
use crate::value::version::Version;

operation! {
    /// A query (交易退款查询) about one refund, `POST /v6/poslink/transaction/query-refund` (sample
    /// of the official page); at v2 `/v2/poslink/…` (POS通交易接口 v20200527 §1.6.2 p.20).
    ///
    /// It names the order and the refund request id that the refund was sent with. When both order
    /// ids are there, the UMS order id counts (§1.6.3 p.21).
    ///
    /// ```
    /// use bytes::Bytes;
    /// use ums_model::{
    ///     MerchantCode, Operation, QueryRefund, RefundRequestId, RefundState, TerminalCode, UmsOrderId,
    /// };
    ///
    /// let query = QueryRefund::new(
    ///     MerchantCode::new("898340149000005")?,
    ///     TerminalCode::new("00000001")?,
    ///     UmsOrderId::new("20230713030950401305920024")?,
    ///     RefundRequestId::new("R2023071303095765773991347240249")?,
    /// );
    /// let reply = query.decode(Bytes::from(r#"{"errCode":"00","queryResCode":"00","originalAmount":"1"}"#))?;
    /// assert_eq!(reply.state(), RefundState::Refunded);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct QueryRefund at Version {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in "§1.6.3 p.21",
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in "§1.6.3 p.21",
        /// The id that the refund was sent with (退款请求标识).
        required refund_request_id: RefundRequestId = "refundRequestId" in "§1.6.3 p.21",
        /// The order by the merchant's own id (商户订单号). Ignored by the platform when the UMS
        /// order id is sent too.
        conditional merchant_order_id: MerchantOrderId = "merchantOrderId" in "§1.6.3 p.21",
        /// The order by the platform's id (银商订单号).
        conditional original_order_id: UmsOrderId = "originalOrderId" in "§1.6.3 p.21",
        /// A day of the original transaction, `yyyyMMdd`. Known from the v6 sample, where it
        /// differs from `payTransDate`; a merchant sends the payment's day here, at v2 too.
        unknown ori_trans_date, with_ori_trans_date: Day = "oriTransDate" in sample,
        /// Another day, `yyyyMMdd`, named after the payment. Known from the v6 sample only.
        unknown pay_trans_date, with_pay_trans_date: Day = "payTransDate" in sample,
    }

    /// The reply to a [`QueryRefund`]: the fields of POS通交易接口 v20200527 (§1.6.3 p.21-25)
    /// first, then those that only live replies have.
    ///
    /// Live replies do not have every field that the document requires, so all but `errCode` and
    /// `errInfo` should be expected to stay away.
    pub struct QueryRefundReply {
        /// The code that says what became of the query. `00` says nothing of the refund.
        err_code: Text = "errCode" in "§1.6.3 p.21", need Required, holds Public;
        /// The code in words (错误说明), for people. It is never parsed.
        err_info: Text = "errInfo" in "§1.6.3 p.21", need Required;
        /// The time of this query (交易时间), as live replies have it.
        transaction_time: NaiveTime = "transactionTime" in "§1.6.3 p.21", need Required;
        /// The day of this query (交易日期), without its year, as live replies have it.
        transaction_date: MonthDay = "transactionDate" in "§1.6.3 p.21", need Required;
        /// A day of settlement (结算日期), without its year.
        settlement_date: MonthDay = "settlementDate" in "§1.6.3 p.21", need Required;
        /// A retrieval reference number (检索参考号): 12 characters, letters among them.
        retrieval_ref_num: Text = "retrievalRefNum" in "§1.6.3 p.21", max 12, need Required, holds Public;
        /// What became of the refund: see [`state`](QueryRefundReply::state).
        query_res_code: Text = "queryResCode" in "§1.6.3 p.21", need Optional, holds Public;
        /// Why there is no refund (查询结果描述), in words for people; there when `queryResCode` is
        /// not `00`.
        query_res_info: Text = "queryResInfo" in "§1.6.3 p.21", need Conditional;
        /// The customer's code that the payment was made with (付款码). `Debug` does not show it.
        pay_code: Text = "payCode" in "§1.6.3 p.21", need Optional, holds Secret;
        /// The day of the refund. The format is that of live replies; the document gives none.
        deal_date: NaiveDate = "dealDate" in "§1.6.3 p.22", need Optional;
        /// The time of the refund. The format is that of live replies; the document gives none.
        deal_time: NaiveTime = "dealTime" in "§1.6.3 p.22", need Optional;
        /// The refund's amount as it was sent (原终端上送金额), in fen. Documented as a string; the
        /// name does not mean the order's amount.
        original_amount: Fen = "originalAmount" in "§1.6.3 p.22", need Optional, kind String;
        /// The kind of transaction (交易类型): `refund`.
        deal_type: Text = "dealType" in "§1.6.3 p.22", need Optional, holds Public;
        /// The refund's system trace number (系统跟踪号).
        deal_system_trace_num: Text = "dealSystemTraceNum" in "§1.6.3 p.22", need Optional, holds Public;
        /// The refund's retrieval reference number (检索参考号).
        deal_retrieval_ref_num: Text = "dealRetrievalRefNum" in "§1.6.3 p.22", need Optional, holds Public;
        /// The batch (批次号).
        batch_no: Text = "batchNo" in "§1.6.3 p.22", need Optional, holds Public;
        /// The day of the payment (原交易日期). The format is that of live replies; the document
        /// gives none.
        original_transaction_date: MonthDay = "originalTransactionDate" in "§1.6.3 p.22", need Optional;
        /// The payment's retrieval reference number (原交易系统参考号). The document itself spells
        /// the name so.
        origial_retrieval_ref_num: Text = "origialRetrievalRefNum" in "§1.6.3 p.22", need Optional, holds Public;
        /// The payment's day of settlement (原始交易清算日期).
        original_settlement_date: NaiveDate = "originalSettlementDate" in "§1.6.3 p.22", need Optional;
        /// The amount that was really refunded (实际退款金额), in fen. Documented as a string.
        refund_invoice_amount: Fen = "refundInvoiceAmount" in "§1.6.3 p.22", max 12, need Optional, kind String;
        /// What is taken back of the discounts in all (优惠退货金额（合计）), in fen. No published
        /// live reply has it.
        total_refund_promotion_amt: Fen = "totalRefundPromotionAmt" in "§1.6.3 p.22", need Required;
        /// What is known of the order's discounts (订单优惠状态). No published live reply has it.
        order_promotion_status: OrderPromotionStatus = "orderPromotionStatus" in "§1.6.3 p.22", need Required;
        /// The campaigns of the discounts (活动列表). No published live reply has it.
        event_list: Vec<RefundedPromotion> = "eventList" in "§1.6.3 p.22", need Required;
        /// The channels' own texts about the discounts (原文信息): `chnlInfo` and `acqInfo`, whose
        /// types are not documented.
        ori_info: Fields = "oriInfo" in "§1.6.3 p.25", need Optional;
        /// `0|0|0` in the one live reply that was published; its meaning is not known.
        refund_promotion_list: Text = "refundPromotionList" in live;
        /// The wallet's name (第三方名称; seen live).
        third_party_name: Text = "thirdPartyName" in live;
        /// The platform's id of the refund (seen live).
        refund_order_id: Text = "refundOrderId" in live, holds Public;
        /// The wallet's id of the refund (seen live).
        refund_target_order_id: Text = "refundTargetOrderId" in live, holds Public;
    }

    name "query_refund", "交易退款查询", "query about a refund";
    path Version::V6 => "/v6/poslink/transaction/query-refund" in sample;
    path Version::V2 => "/v2/poslink/transaction/query-refund" in "§1.6.2 p.20";
    effect ReadOnly;
    judged as Query;
    order merchant merchant_order_id, ums original_order_id;
    needs AtLeastOne of merchant_order_id, original_order_id;
    identity merchant_order_id, original_order_id, refund_request_id;
    // No document says that a reply repeats the ids; the refund's amount is not part of the query.
    echo "refund" as deal_type;
    echo refund_request_id as "refundRequestId";
    echo merchant_order_id as "merchantOrderId";
    echo original_order_id as "originalOrderId", "orderId";
}

impl QueryRefund {
    /// A query about the refund of this order that was sent with this request id.
    pub fn new(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        order: impl Into<OrderRef>,
        refund_request_id: RefundRequestId,
    ) -> Self {
        let (merchant_order_id, original_order_id) = order.into().into_ids();
        Self {
            merchant_order_id,
            original_order_id,
            ..Self::of_required(merchant_code, terminal_code, refund_request_id)
        }
    }

    /// A query about the refund of an operation that has at least one of the order's ids.
    pub(crate) fn about(
        merchant_code: &MerchantCode,
        terminal_code: &TerminalCode,
        merchant_order_id: Option<&MerchantOrderId>,
        original_order_id: Option<&UmsOrderId>,
        refund_request_id: &RefundRequestId,
    ) -> Self {
        Self {
            merchant_order_id: merchant_order_id.cloned(),
            original_order_id: original_order_id.cloned(),
            ..Self::of_required(
                merchant_code.clone(),
                terminal_code.clone(),
                refund_request_id.clone(),
            )
        }
    }
}

impl QueryRefundReply {
    /// What became of the refund.
    ///
    /// [`RefundState::Unknown`] unless the query was answered (`errCode` is `00`) with a
    /// `queryResCode` that is a string.
    pub fn state(&self) -> RefundState {
        match (self.err_code.typed(), self.query_res_code.typed()) {
            (Some(err_code), Some(code)) if *err_code == "00" => RefundState::of_code(code),
            _ => RefundState::Unknown,
        }
    }
}

impl QueryRefundReply {
    /// Whether the refund that is answered about was made at a time that can be the request's, as
    /// far as its day and time say.
    pub(crate) fn was_made_in_time(&self, request: &RequestTrace) -> Option<bool> {
        let day = self.deal_date.typed()?;
        let is_excluded = request.excludes(*day, self.deal_time.typed().copied())?;
        Some(!is_excluded)
    }
}

impl Answer for QueryRefundReply {
    type State = RefundState;

    fn state(&self) -> RefundState {
        self.state()
    }

    fn state_name(&self) -> &'static str {
        self.state().as_str()
    }

    /// No code is known to say that there is no such refund.
    fn has_no_record(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::Operation;
    use crate::judge::verdict::Verdict;

    fn query() -> QueryRefund {
        QueryRefund::new(
            MerchantCode::new("898340149000005").unwrap(),
            TerminalCode::new("00000001").unwrap(),
            MerchantOrderId::new("M1").unwrap(),
            RefundRequestId::new("R1").unwrap(),
        )
    }

    fn reply(body: &str) -> QueryRefundReply {
        QueryRefundReply::decode(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    #[test]
    fn a_state_counts_only_when_the_query_was_answered() {
        let cases = [
            (
                r#"{"errCode":"00","queryResCode":"00"}"#,
                RefundState::Refunded,
            ),
            (
                r#"{"errCode":"00","queryResCode":"0"}"#,
                RefundState::ReportedFailed,
            ),
            (r#"{"errCode":"00"}"#, RefundState::Unknown),
            (r#"{"errCode":"00","queryResCode":0}"#, RefundState::Unknown),
            (
                r#"{"errCode":"25","queryResCode":"00"}"#,
                RefundState::Unknown,
            ),
            (r#"{"queryResCode":"00"}"#, RefundState::Unknown),
        ];
        for (body, state) in cases {
            assert_eq!(reply(body).state(), state, "{body}");
        }
        let refused = query().judge(&reply(r#"{"errCode":"25"}"#)).verdict();
        assert_eq!(refused, Verdict::Unknown, "a query declines nothing");
    }

    #[test]
    fn a_reply_about_another_kind_of_transaction_is_a_discrepancy() {
        for (body, count) in [
            (r#"{"dealType":"refund"}"#, 0),
            (r#"{}"#, 0),
            (r#"{"dealType":"pay"}"#, 1),
        ] {
            assert_eq!(query().discrepancies(&reply(body)).len(), count, "{body}");
        }
    }

    #[test]
    fn amounts_are_read_from_strings_and_numbers() {
        let from_text = reply(r#"{"originalAmount":"1","refundInvoiceAmount":"2"}"#);
        let from_numbers = reply(r#"{"originalAmount":1,"refundInvoiceAmount":2}"#);
        assert_eq!(from_text.original_amount, from_numbers.original_amount);
        assert_eq!(from_text.refund_invoice_amount.typed(), Some(&Fen::new(2)));
    }
}
