//! The refund query (交易退款查询): what became of one refund.

use bytes::Bytes;
use chrono::{NaiveDate, NaiveTime};

use crate::amount::Fen;
use crate::date::{Day, MonthDay};
use crate::identifier::{MerchantCode, MerchantOrderId, RefundRequestId, TerminalCode, UmsOrderId};
use crate::judgement::Judgement;
use crate::malformed_reply::MalformedReply;
use crate::operation::{Discrepancy, Effect, EncodeError, Operation, encode_json};
use crate::order_ref::OrderRef;
use crate::pos_operation::PosOperation;
use crate::refund_state::RefundState;
use crate::reply::reply;
use crate::request::request;
use crate::text::Text;
use crate::version::Version;

request! {
    /// A query (交易退款查询) about one refund, `POST /v6/poslink/transaction/query-refund` (sample of the official page);
    /// at v2 `/v2/poslink/…` (official PDF v2).
    ///
    /// It names the order and the refund request id that the refund was sent with. When both order ids are there, the
    /// UMS order id counts (official PDF v2).
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
        required merchant_code: MerchantCode = "merchantCode",
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode",
        /// The id that the refund was sent with (退款请求号).
        required refund_request_id: RefundRequestId = "refundRequestId",
        /// The order by the merchant's own id (商户订单号). Ignored by the platform when the UMS order id is sent too.
        conditional merchant_order_id: MerchantOrderId = "merchantOrderId",
        /// The order by the platform's id (银商订单号).
        conditional original_order_id: UmsOrderId = "originalOrderId",
        /// A day of the original transaction, `yyyyMMdd`. Known from the v6 sample, where it differs from
        /// `payTransDate`; a merchant sends the payment's day here, at v2 too.
        unknown ori_trans_date, with_ori_trans_date: Day = "oriTransDate",
        /// Another day, `yyyyMMdd`, named after the payment. Known from the v6 sample only.
        unknown pay_trans_date, with_pay_trans_date: Day = "payTransDate",
    }
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
            version: Version::default(),
            merchant_code,
            terminal_code,
            refund_request_id,
            merchant_order_id,
            original_order_id,
            ori_trans_date: None,
            pay_trans_date: None,
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
            version: Version::default(),
            merchant_code: merchant_code.clone(),
            terminal_code: terminal_code.clone(),
            refund_request_id: refund_request_id.clone(),
            merchant_order_id: merchant_order_id.cloned(),
            original_order_id: original_order_id.cloned(),
            ori_trans_date: None,
            pay_trans_date: None,
        }
    }
}

impl Operation for QueryRefund {
    type Reply = QueryRefundReply;

    fn name(&self) -> &str {
        "query_refund"
    }

    fn path(&self) -> &str {
        match self.version {
            Version::V6 => "/v6/poslink/transaction/query-refund",
            Version::V2 => "/v2/poslink/transaction/query-refund",
        }
    }

    fn effect(&self) -> Effect {
        Effect::ReadOnly
    }

    fn order(&self) -> Option<&str> {
        let ums = self.original_order_id.as_ref().map(UmsOrderId::as_str);
        let merchant = self.merchant_order_id.as_ref().map(MerchantOrderId::as_str);
        ums.or(merchant)
    }

    fn merchant(&self) -> Option<&str> {
        Some(self.merchant_code.as_str())
    }

    fn encode(&self) -> Result<Bytes, EncodeError> {
        encode_json(self)
    }

    fn decode(&self, body: Bytes) -> Result<QueryRefundReply, MalformedReply> {
        QueryRefundReply::decode(body)
    }

    /// What became of the *query*: an approved one was answered. What it says of the refund is
    /// [`QueryRefundReply::state`].
    fn judge(&self, reply: &QueryRefundReply) -> Judgement {
        Judgement::of_pos_code(
            PosOperation::QueryRefund,
            reply.err_code.typed().cloned(),
            reply.err_info.typed().cloned(),
            reply.unlisted(),
        )
    }

    /// A `dealType` other than `refund`, or an id other than the one that was sent. No document says that a reply
    /// repeats the ids; the refund's amount is not part of the query ([`QueryRefundReply::original_amount`] says it).
    fn discrepancies(&self, reply: &QueryRefundReply) -> Vec<Discrepancy> {
        let ums = self.original_order_id.as_ref().map(UmsOrderId::as_str);
        let merchant = self.merchant_order_id.as_ref().map(MerchantOrderId::as_str);
        let refund = Some(self.refund_request_id.as_str());
        let unlisted = reply.unlisted();
        [
            Discrepancy::of_echo("dealType", Some("refund"), &reply.deal_type),
            Discrepancy::of_unlisted("refundRequestId", refund, unlisted),
            Discrepancy::of_unlisted("merchantOrderId", merchant, unlisted),
            Discrepancy::of_unlisted("originalOrderId", ums, unlisted),
            Discrepancy::of_unlisted("orderId", ums, unlisted),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

reply! {
    /// The reply to a [`QueryRefund`]: the official PDF v2's fields first, then those that only live replies have.
    pub struct QueryRefundReply {
        /// The code that says what became of the query. `00` says nothing of the refund.
        err_code: Text = "errCode";
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo";
        /// What became of the refund: see [`state`](QueryRefundReply::state).
        query_res_code: Text = "queryResCode";
        /// Why there is no refund, in words for people; there when `queryResCode` is not `00` (official PDF v2).
        query_res_info: Text = "queryResInfo", need Conditional;
        /// The day of the refund.
        deal_date: NaiveDate = "dealDate";
        /// The time of the refund.
        deal_time: NaiveTime = "dealTime";
        /// The refund's amount as it was sent. Documented as a string; the name does not mean the order's amount.
        original_amount: Fen = "originalAmount", kind String;
        /// The kind of transaction: `refund`.
        deal_type: Text = "dealType";
        /// The refund's system trace number (系统跟踪号).
        deal_system_trace_num: Text = "dealSystemTraceNum";
        /// The refund's retrieval reference number (检索参考号).
        deal_retrieval_ref_num: Text = "dealRetrievalRefNum";
        /// The batch (批次号).
        batch_no: Text = "batchNo";
        /// The day of the payment, `MMdd` in the one live reply that was published.
        original_transaction_date: MonthDay = "originalTransactionDate";
        /// The payment's retrieval reference number (检索参考号). The official PDF v2 itself spells the name so.
        origial_retrieval_ref_num: Text = "origialRetrievalRefNum";
        /// The amount that was really refunded. Documented as a string.
        refund_invoice_amount: Fen = "refundInvoiceAmount", kind String;
        /// The customer's code that the payment was made with (seen live). `Debug` does not show it.
        pay_code: Text = "payCode", debug hidden;
        /// The time of this query (seen live).
        transaction_time: NaiveTime = "transactionTime";
        /// The day of this query, without its year (seen live).
        transaction_date: MonthDay = "transactionDate";
        /// A day of settlement (结算日期), without its year (seen live).
        settlement_date: MonthDay = "settlementDate";
        /// A retrieval reference number (检索参考号; seen live).
        retrieval_ref_num: Text = "retrievalRefNum";
        /// The payment's day of settlement (结算日期; seen live).
        original_settlement_date: NaiveDate = "originalSettlementDate";
        /// `0|0|0` in the one live reply that was published; its meaning is not known.
        refund_promotion_list: Text = "refundPromotionList";
        /// The wallet's name (第三方名称; seen live).
        third_party_name: Text = "thirdPartyName";
        /// The platform's id of the refund (seen live).
        refund_order_id: Text = "refundOrderId";
        /// The wallet's id of the refund (seen live).
        refund_target_order_id: Text = "refundTargetOrderId";
    }
}

impl QueryRefundReply {
    /// What became of the refund.
    ///
    /// [`RefundState::Unknown`] unless the query was answered (`errCode` is `00`) with a `queryResCode` that is a
    /// string.
    pub fn state(&self) -> RefundState {
        match (self.err_code.typed(), self.query_res_code.typed()) {
            (Some(err_code), Some(code)) if *err_code == "00" => RefundState::of_code(code),
            _ => RefundState::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judgement::Verdict;

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
