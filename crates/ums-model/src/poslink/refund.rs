//! The refund (交易退款): pays a payment back, wholly or in part.

use chrono::{NaiveDate, NaiveTime};

use crate::field::written::Written;
use crate::json::text::Text;
use crate::json::value::Fields;
use crate::operation::declare::operation;
use crate::operation::discrepancy::{Discrepancy, found};
use crate::operation::resolve::{Finding, RequestTrace, plainly};
use crate::operation::spec::Meaning;
use crate::poslink::query_refund::{QueryRefund, QueryRefundReply};
use crate::value::amount::Fen;
use crate::value::card_attr::CardAttr;
use crate::value::currency::Currency;
use crate::value::date::{Day, MonthDay};
use crate::value::goods::Goods;
use crate::value::identifier::{
    BizIdentifier, MerchantCode, MerchantOrderId, MerchantRemark, OperatorId, RefundDesc,
    RefundRequestId, SrcReserved, StoreId, SystemTraceNumber, TerminalCode, TransparentFields,
    UmsOrderId,
};
use crate::value::order_ref::OrderRef;
use crate::value::promotion::{OrderPromotionStatus, RefundedPromotion};
use crate::value::refund_state::RefundState;
use crate::value::version::Version;

operation! {
    /// A refund (交易退款) of one order, `POST /v6/poslink/transaction/refund` (sample of the
    /// official page); at v2 `/v2/poslink/…` (POS通交易接口 v20200527 §1.4.2 p.11).
    ///
    /// It is possible within 30 days of the payment, and for merchants that are enabled for it (§3
    /// p.26). Each refund of an order needs a refund request id of its own. A repeat of a refund
    /// whose outcome is not known must keep the id, or it is another refund; what a repeat is
    /// answered with is not documented.
    ///
    /// When both order ids are there, the UMS order id counts (§1.4.3 p.11).
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
        required merchant_code: MerchantCode = "merchantCode" in "§1.4.3 p.11",
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in "§1.4.3 p.11",
        /// The id of this refund (退款请求标识).
        required refund_request_id: RefundRequestId = "refundRequestId" in "§1.4.3 p.11",
        /// How much is refunded (交易金额), in fen.
        required transaction_amount: Written<Fen> = "transactionAmount" in "§1.4.3 p.11",
        /// The currency. Known from the v6 sample only.
        unknown transaction_currency_code, with_transaction_currency_code: Currency = "transactionCurrencyCode" in sample,
        /// The terminal's serial number of this transaction (系统跟踪号). Known from the v6 sample
        /// only.
        unknown system_trace_num, with_system_trace_num: SystemTraceNumber = "systemTraceNum" in sample,
        /// The order by the merchant's own id (商户订单号). Ignored by the platform when the UMS
        /// order id is sent too.
        conditional merchant_order_id: MerchantOrderId = "merchantOrderId" in "§1.4.3 p.11",
        /// The order by the platform's id (银商订单号): the `orderId` in the payment's reply.
        conditional original_order_id: UmsOrderId = "originalOrderId" in "§1.4.3 p.11",
        /// The merchant's remark (商户备注).
        optional merchant_remark, with_merchant_remark: MerchantRemark = "merchantRemark" in "§1.4.3 p.11",
        /// Whether the refund must come from the terminal that took the payment: see
        /// [`VoidPayment::limit_cross_device`](crate::VoidPayment::limit_cross_device).
        optional limit_cross_device, with_limit_cross_device: Written<bool> = "limitCrossDevice" in "§1.4.3 p.12",
        /// Words of the merchant's own (商户冗余信息).
        optional src_reserved, with_src_reserved: SrcReserved = "srcReserved" in "§1.4.3 p.12",
        /// The operator (操作员编号).
        optional operator_id, with_operator_id: OperatorId = "operatorId" in "§1.4.3 p.12",
        /// The goods that are taken back (商品信息).
        optional goods, with_goods: Written<Goods> = "goods" in "§1.4.3 p.12",
        /// Why the refund is made. Known from the v6 sample; a merchant sends it at v2 too.
        unknown refund_desc, with_refund_desc: RefundDesc = "refundDesc" in sample,
        /// The store (门店号).
        optional store_id, with_store_id: StoreId = "storeId" in "§1.4.3 p.12",
        /// The business that the call belongs to (业务标识). Normally not sent.
        optional biz_identifier, with_biz_identifier: BizIdentifier = "bizIdentifier" in "§1.4.3 p.12",
        /// The day of the payment, `yyyyMMdd` as in the query. Known from the v6 sample, where it
        /// is empty.
        unknown ori_trans_date, with_ori_trans_date: Day = "oriTransDate" in sample,
        /// Known from the v6 sample only.
        unknown transparent_fields, with_transparent_fields: TransparentFields = "transparentFields" in sample,
    }

    /// The reply to a [`Refund`]: the fields of POS通交易接口 v20200527 (§1.4.3 p.12-16) first,
    /// then those that only live replies have.
    ///
    /// Live replies do not have every field that the document requires, so all but `errCode` and
    /// `errInfo` should be expected to stay away.
    pub struct RefundReply {
        /// The code that says what became of the refund: the platform's or the business system's.
        err_code: Text = "errCode" in "§1.4.3 p.12", need Required, holds Public;
        /// The code in words (错误说明), for people. It is never parsed.
        err_info: Text = "errInfo" in "§1.4.3 p.12", need Required;
        /// The time of the refund (交易时间).
        transaction_time: NaiveTime = "transactionTime" in "§1.4.3 p.12", need Required;
        /// The day of the refund (交易日期).
        transaction_date_with_year: NaiveDate = "transactionDateWithYear" in "§1.4.3 p.12", need Required;
        /// The day of settlement (结算日期).
        settlement_date_with_year: NaiveDate = "settlementDateWithYear" in "§1.4.3 p.12", need Required;
        /// The retrieval reference number (检索参考号): 12 characters, letters among them.
        retrieval_ref_num: Text = "retrievalRefNum" in "§1.4.3 p.13", max 12, need Required, holds Public;
        /// The wallet's name (第三方名称). The document says that it is there only when the refund
        /// succeeded: a hint, on which nothing here rests.
        third_party_name: Text = "thirdPartyName" in "§1.4.3 p.13", need Conditional;
        /// The kind of account that paid (卡类型).
        card_attr: CardAttr = "cardAttr" in "§1.4.3 p.13", need Optional;
        /// The amount that was really refunded (实际退款金额), in fen. Documented as a string.
        refund_invoice_amount: Fen = "refundInvoiceAmount" in "§1.4.3 p.13", max 12, need Optional, kind String;
        /// The refund's amount (交易金额) as it was sent, in fen.
        transaction_amount: Fen = "transactionAmount" in "§1.4.3 p.13", need Optional;
        /// The number of Huabei instalments (花呗分期期数).
        installment_number: u64 = "installmentNumber" in "§1.4.3 p.13", need Optional;
        /// The merchant's share of the instalments' cost (付息方) in per cent: 0, or 100 when the
        /// merchant bears it.
        installment_seller_percent: u64 = "installmentSellerPercent" in "§1.4.3 p.13", need Optional;
        /// What is taken back of the discounts in all (优惠退货金额（合计）), in fen. No published
        /// live reply has it.
        total_refund_promotion_amt: Fen = "totalRefundPromotionAmt" in "§1.4.3 p.13", need Required;
        /// What is known of the order's discounts (订单优惠状态). No published live reply has it.
        order_promotion_status: OrderPromotionStatus = "orderPromotionStatus" in "§1.4.3 p.13", need Required;
        /// The campaigns of the discounts (活动列表). No published live reply has it.
        event_list: Vec<RefundedPromotion> = "eventList" in "§1.4.3 p.13", need Required;
        /// The channels' own texts about the discounts (原文信息): `chnlInfo` and `acqInfo`, whose
        /// types are not documented.
        ori_info: Fields = "oriInfo" in "§1.4.3 p.16", need Optional;
        /// The day of the refund, without its year (seen live).
        transaction_date: MonthDay = "transactionDate" in live;
        /// The day of settlement (结算日期), without its year (seen live).
        settlement_date: MonthDay = "settlementDate" in live;
        /// `0|0|0` in the one live reply that was published; its meaning is not known.
        refund_promotion_list: Text = "refundPromotionList" in live;
        /// The system trace number (系统跟踪号) that the platform gave (seen live).
        system_trace_num: Text = "systemTraceNum" in live, holds Public;
        /// The channel, for example `WXPay` (seen live).
        chnl_type: Text = "chnlType" in live, holds Public;
        /// The acquirer, for example `UNIONPAY` (seen live).
        acq_inst_code: Text = "acqInstCode" in live, holds Public;
        /// The platform's id of the order that was paid (银商订单号; seen live).
        order_id: Text = "orderId" in live, holds Public;
        /// The platform's id of the refund (seen live).
        refund_order_id: Text = "refundOrderId" in live, holds Public;
        /// The wallet's id of the refund (seen live).
        refund_target_order_id: Text = "refundTargetOrderId" in live, holds Public;
    }

    name "refund", "交易退款", "refund, wholly or in part";
    path Version::V6 => "/v6/poslink/transaction/refund" in sample;
    path Version::V2 => "/v2/poslink/transaction/refund" in "§1.4.2 p.11";
    effect MovesMoney;
    judged as Refund;
    order merchant merchant_order_id, ums original_order_id;
    needs AtLeastOne of merchant_order_id, original_order_id;
    identity merchant_order_id, original_order_id, refund_request_id;
    // The one live refund that was published repeats `transactionAmount` and the UMS order id as
    // `orderId`. `refundInvoiceAmount` may differ where a discount is taken back, and repeats
    // nothing.
    echo original_order_id as order_id, "originalOrderId";
    echo merchant_order_id as "merchantOrderId";
    echo refund_request_id as "refundRequestId";
    echo transaction_amount as transaction_amount;
    // Only a refund that was made is certain: a code that reports a failure is not known to be the
    // last word on a refund under way.
    asked by QueryRefund with Refund::query_refund {
        echo "refund" as deal_type;
        echo refund_request_id as "refundRequestId";
        echo merchant_order_id as "merchantOrderId";
        echo original_order_id as "originalOrderId", "orderId";
        echo transaction_amount as original_amount, "transactionAmount";
        state RefundState::Refunded says Executed;
        state RefundState::ReportedFailed says Open;
        state RefundState::Unknown says Open;
        concluded Refund::conclude;
        repeatable false;
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
            merchant_order_id,
            original_order_id,
            ..Self::of_required(
                merchant_code,
                terminal_code,
                refund_request_id,
                amount.into(),
            )
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

impl Refund {
    /// Another refund may have been made under this id: its time must be this call's, as far as the
    /// answer says it. After a duplicate its amount, day and time must be seen.
    fn conclude(
        &self,
        answer: &QueryRefundReply,
        request: &RequestTrace,
        mut discrepancies: Vec<Discrepancy>,
        meaning: Meaning,
    ) -> Finding {
        // A day or a time that cannot be read may be that of an earlier refund.
        discrepancies.extend(found([
            Discrepancy::of_unreadable("dealDate", "a day as yyyyMMdd", &answer.deal_date),
            Discrepancy::of_unreadable("dealTime", "a time as hhmmss", &answer.deal_time),
        ]));
        let in_time = answer.was_made_in_time(request);
        let is_shown = in_time.is_some()
            && !answer.original_amount.is_absent()
            && !answer.deal_time.is_absent();
        let is_another = in_time == Some(false) || (request.called_duplicate && !is_shown);
        match plainly(self, answer, request, discrepancies, meaning) {
            Finding::Executed { .. } if is_another => Finding::OrderIdInUse,
            finding => finding,
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::Operation;
    use crate::judge::verdict::Verdict;

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
