//! The refund (交易退款): pays a payment back, wholly or in part.

use bytes::Bytes;
use chrono::{NaiveDate, NaiveTime};

use crate::amount::Fen;
use crate::card_attr::CardAttr;
use crate::currency::Currency;
use crate::date::{Day, MonthDay};
use crate::goods::Goods;
use crate::identifier::{
    BizIdentifier, MerchantCode, MerchantOrderId, MerchantRemark, OperatorId, RefundDesc,
    RefundRequestId, SrcReserved, StoreId, SystemTraceNumber, TerminalCode, TransparentFields,
    UmsOrderId,
};
use crate::json::Fields;
use crate::judgement::Judgement;
use crate::malformed_reply::MalformedReply;
use crate::operation::{Discrepancy, Effect, EncodeError, Operation, encode_json};
use crate::order_ref::OrderRef;
use crate::pos_operation::PosOperation;
use crate::query_refund::QueryRefund;
use crate::reply::reply;
use crate::request::request;
use crate::text::Text;
use crate::version::Version;
use crate::written::Written;

request! {
    /// A refund (交易退款) of one order, `POST /v6/poslink/transaction/refund` (sample of the official page); at v2
    /// `/v2/poslink/…` (official PDF v2).
    ///
    /// It is possible within 30 days of the payment, and for merchants that are enabled for it (official PDF v2). Each
    /// refund of an order needs a refund request id of its own. A repeat of a refund whose outcome is not known must
    /// keep the id, or it is another refund; what a repeat is answered with is not documented.
    ///
    /// When both order ids are there, the UMS order id counts (official PDF v2).
    ///
    /// ```
    /// use bytes::Bytes;
    /// use ums_model::{
    ///     Fen, MerchantCode, Operation, Refund, RefundRequestId, TerminalCode, UmsOrderId, Verdict,
    /// };
    ///
    /// let refund = Refund::new(
    ///     MerchantCode::new("898340149000005")?,
    ///     TerminalCode::new("00000001")?,
    ///     UmsOrderId::new("20230718000120923110001111")?,
    ///     RefundRequestId::new("M23005480001202307180093555")?,
    ///     Fen::new(4160),
    /// );
    /// let reply = refund.decode(Bytes::from(r#"{"errCode":"00","refundInvoiceAmount":"4160"}"#))?;
    /// assert_eq!(refund.judge(&reply).verdict(), Verdict::Approved);
    /// assert_eq!(reply.refund_invoice_amount.typed(), Some(&Fen::new(4160)));
    ///
    /// // When no answer comes: what became of this very refund?
    /// assert_eq!(refund.query_refund().refund_request_id(), refund.refund_request_id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct Refund at Version {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode",
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode",
        /// The id of this refund (退款请求号).
        required refund_request_id: RefundRequestId = "refundRequestId",
        /// How much is refunded.
        required transaction_amount: Written<Fen> = "transactionAmount",
        /// The currency. Known from the v6 sample only.
        unknown transaction_currency_code, with_transaction_currency_code: Currency = "transactionCurrencyCode",
        /// The terminal's serial number of this transaction (系统跟踪号). Known from the v6 sample only.
        unknown system_trace_num, with_system_trace_num: SystemTraceNumber = "systemTraceNum",
        /// The order by the merchant's own id (商户订单号). Ignored by the platform when the UMS order id is sent too.
        conditional merchant_order_id: MerchantOrderId = "merchantOrderId",
        /// The order by the platform's id (银商订单号): the `orderId` in the payment's reply.
        conditional original_order_id: UmsOrderId = "originalOrderId",
        /// The merchant's remark (商户备注).
        optional merchant_remark, with_merchant_remark: MerchantRemark = "merchantRemark",
        /// Whether the refund must come from the terminal that took the payment: see
        /// [`VoidPayment::limit_cross_device`](crate::VoidPayment::limit_cross_device).
        optional limit_cross_device, with_limit_cross_device: Written<bool> = "limitCrossDevice",
        /// Words of the merchant's own (商户冗余信息).
        optional src_reserved, with_src_reserved: SrcReserved = "srcReserved",
        /// The operator (操作员编号).
        optional operator_id, with_operator_id: OperatorId = "operatorId",
        /// The goods that are taken back (商品信息).
        optional goods, with_goods: Written<Goods> = "goods",
        /// Why the refund is made. Known from the v6 sample; a merchant sends it at v2 too.
        unknown refund_desc, with_refund_desc: RefundDesc = "refundDesc",
        /// The store (门店编号).
        optional store_id, with_store_id: StoreId = "storeId",
        /// The business that the call belongs to (业务标识). Normally not sent.
        optional biz_identifier, with_biz_identifier: BizIdentifier = "bizIdentifier",
        /// The day of the payment, `yyyyMMdd` as in the query. Known from the v6 sample, where it is empty.
        unknown ori_trans_date, with_ori_trans_date: Day = "oriTransDate",
        /// Known from the v6 sample only.
        unknown transparent_fields, with_transparent_fields: TransparentFields = "transparentFields",
    }
}

impl Refund {
    /// A refund of this much of the order that `order` refers to.
    pub fn new(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        order: impl Into<OrderRef>,
        refund_request_id: RefundRequestId,
        amount: impl Into<Written<Fen>>,
    ) -> Self {
        let (merchant_order_id, original_order_id) = order.into().into_ids();
        Self {
            version: Version::default(),
            merchant_code,
            terminal_code,
            refund_request_id,
            transaction_amount: amount.into(),
            transaction_currency_code: None,
            system_trace_num: None,
            merchant_order_id,
            original_order_id,
            merchant_remark: None,
            limit_cross_device: None,
            src_reserved: None,
            operator_id: None,
            goods: None,
            refund_desc: None,
            store_id: None,
            biz_identifier: None,
            ori_trans_date: None,
            transparent_fields: None,
        }
    }

    /// The query about this refund, at the same version.
    pub fn query_refund(&self) -> QueryRefund {
        QueryRefund::about(
            &self.merchant_code,
            &self.terminal_code,
            self.merchant_order_id.as_ref(),
            self.original_order_id.as_ref(),
            &self.refund_request_id,
        )
        .at_version(self.version)
    }
}

impl Operation for Refund {
    type Reply = RefundReply;

    fn name(&self) -> &str {
        "refund"
    }

    fn path(&self) -> &str {
        match self.version {
            Version::V6 => "/v6/poslink/transaction/refund",
            Version::V2 => "/v2/poslink/transaction/refund",
        }
    }

    fn effect(&self) -> Effect {
        Effect::MovesMoney
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

    fn decode(&self, body: Bytes) -> Result<RefundReply, MalformedReply> {
        RefundReply::decode(body)
    }

    fn judge(&self, reply: &RefundReply) -> Judgement {
        Judgement::of_pos_code(
            PosOperation::Refund,
            reply.err_code.typed().cloned(),
            reply.err_info.typed().cloned(),
            reply.unlisted(),
        )
    }

    /// An amount, an order id or a refund request id other than the one that was sent: the one live refund that was
    /// published repeats `transactionAmount` and the UMS order id as `orderId`. `refundInvoiceAmount` may differ where a discount is
    /// taken back, and is none.
    fn discrepancies(&self, reply: &RefundReply) -> Vec<Discrepancy> {
        let order = self.original_order_id.as_ref().map(UmsOrderId::as_str);
        let merchant = self.merchant_order_id.as_ref().map(MerchantOrderId::as_str);
        let refund = Some(self.refund_request_id.as_str());
        let amount = Some(self.transaction_amount.value());
        let unlisted = reply.unlisted();
        [
            Discrepancy::of_echo("orderId", order, &reply.order_id),
            Discrepancy::of_unlisted("originalOrderId", order, unlisted),
            Discrepancy::of_unlisted("merchantOrderId", merchant, unlisted),
            Discrepancy::of_unlisted("refundRequestId", refund, unlisted),
            Discrepancy::of_echo("transactionAmount", amount, &reply.transaction_amount),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

reply! {
    /// The reply to a [`Refund`]: the official PDF v2's fields first, then those that only live replies have.
    ///
    /// The PDF calls fields required that live replies do not have, so all but `errCode` and `errInfo` should be
    /// expected to stay away.
    pub struct RefundReply {
        /// The code that says what became of the refund: the platform's or the business system's.
        err_code: Text = "errCode", need Required;
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo", need Required;
        /// The time of the refund.
        transaction_time: NaiveTime = "transactionTime", need Required;
        /// The day of the refund.
        transaction_date_with_year: NaiveDate = "transactionDateWithYear", need Required;
        /// The day of settlement (结算日期).
        settlement_date_with_year: NaiveDate = "settlementDateWithYear", need Required;
        /// The retrieval reference number (检索参考号): 12 characters, letters among them.
        retrieval_ref_num: Text = "retrievalRefNum", max 12;
        /// The wallet's name (第三方名称). The PDF says that it is there only when the refund succeeded: a hint, on
        /// which nothing here rests.
        third_party_name: Text = "thirdPartyName", need Conditional;
        /// The kind of account that had paid (卡类型).
        card_attr: CardAttr = "cardAttr";
        /// The amount that was really refunded. Documented as a string.
        refund_invoice_amount: Fen = "refundInvoiceAmount", max 12, kind String;
        /// The refund's amount as it was sent.
        transaction_amount: Fen = "transactionAmount";
        /// What was taken back of the discounts. That it is in fen is inferred.
        total_refund_promotion_amt: Fen = "totalRefundPromotionAmt", kind String;
        /// A state of the discounts, 0, 1 or 2; what they mean could not be read.
        order_promotion_status: u64 = "orderPromotionStatus", kind String;
        /// The campaigns of the discounts. The PDF calls it required; no live reply has it.
        event_list: Vec<Fields> = "eventList", need Required;
        /// The day of the refund, without its year (seen live).
        transaction_date: MonthDay = "transactionDate";
        /// The day of settlement (结算日期), without its year (seen live).
        settlement_date: MonthDay = "settlementDate";
        /// `0|0|0` in the one live reply that was published; its meaning is not known.
        refund_promotion_list: Text = "refundPromotionList";
        /// The system trace number (系统跟踪号) that the platform gave (seen live).
        system_trace_num: Text = "systemTraceNum";
        /// The channel, for example `WXPay` (seen live).
        chnl_type: Text = "chnlType";
        /// The acquirer, for example `UNIONPAY` (seen live).
        acq_inst_code: Text = "acqInstCode";
        /// The platform's id of the order that was paid (银商订单号; seen live).
        order_id: Text = "orderId";
        /// The platform's id of the refund (seen live).
        refund_order_id: Text = "refundOrderId";
        /// The wallet's id of the refund (seen live).
        refund_target_order_id: Text = "refundTargetOrderId";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judgement::Verdict;

    fn refund() -> Refund {
        Refund::new(
            MerchantCode::new("898340149000005").unwrap(),
            TerminalCode::new("00000001").unwrap(),
            UmsOrderId::new("U1").unwrap(),
            RefundRequestId::new("R1").unwrap(),
            Fen::new(1),
        )
    }

    fn reply(body: &str) -> RefundReply {
        RefundReply::decode(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    #[test]
    fn what_was_not_given_is_not_written() {
        assert_eq!(
            refund().encode().unwrap(),
            r#"{"merchantCode":"898340149000005","terminalCode":"00000001","refundRequestId":"R1","transactionAmount":1,"originalOrderId":"U1"}"#
        );
    }

    #[test]
    fn a_duplicate_is_unknown() {
        let judgement = refund().judge(&reply(r#"{"errCode":"94"}"#));
        assert_eq!(judgement.verdict(), Verdict::Unknown);
    }

    #[test]
    fn another_amount_or_order_is_a_discrepancy() {
        let cases = [
            (r#"{"transactionAmount":1,"orderId":"U1"}"#, ""),
            (r#"{"transactionAmount":"1","refundInvoiceAmount":"0"}"#, ""),
            (
                r#"{"transactionAmount":2}"#,
                "transactionAmount is \"2\", and \"1\" was expected",
            ),
            (
                r#"{"transactionAmount":"1.0"}"#,
                "transactionAmount is \"\\\"1.0\\\"\", and \"1\" was expected",
            ),
            (
                r#"{"orderId":"U2"}"#,
                "orderId is \"U2\", and \"U1\" was expected",
            ),
        ];
        for (body, expected) in cases {
            let found = refund().discrepancies(&reply(body));
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found.join("\n"), expected, "{body}");
        }
    }
}
