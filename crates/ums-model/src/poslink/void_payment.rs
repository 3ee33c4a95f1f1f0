//! The void (支付撤销): takes back a whole payment of the same trading day.

use chrono::{NaiveDate, NaiveTime};

use crate::field::written::Written;
use crate::json::text::Text;
use crate::operation::declare::operation;
use crate::operation::resolve::plainly;
use crate::poslink::query::Query;
use crate::value::amount::Fen;
use crate::value::card_attr::CardAttr;
use crate::value::date::MonthDay;
use crate::value::identifier::{
    BizIdentifier, MerchantCode, MerchantOrderId, MerchantRemark, SystemTraceNumber, TerminalCode,
    UmsOrderId,
};
use crate::value::order_ref::OrderRef;
use crate::value::query_state::QueryState;
use crate::value::version::Version;

operation! {
    /// A void (支付撤销) of one order, `POST /v6/poslink/transaction/voidpayment` (official page);
    /// at v2 `/v2/poslink/…` (POS通交易接口 v20200527 §1.3.2 p.9).
    ///
    /// It has no amount: it always takes back the whole payment. The payment must be of the same
    /// trading day (§3 p.26 of that document); when that day ends is not published, so it is the
    /// platform that judges it.
    ///
    /// No document says that a void may be repeated safely, or what a repeated one is answered
    /// with.
    ///
    /// The fields, their types, lengths and order are the official page's. Which of them are
    /// required is from that document (§1.3.3 p.9-10), because the page's text lost the column;
    /// `systemTraceNum` is not in it, and is optional by what community clients of v6 leave out.
    pub struct VoidPayment at Version {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in page,
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in page,
        /// The terminal's serial number of this transaction (系统跟踪号).
        optional system_trace_num, with_system_trace_num: SystemTraceNumber = "systemTraceNum" in page,
        /// The order by the merchant's own id (商户订单号). Ignored by the platform when the UMS
        /// order id is sent too.
        conditional merchant_order_id: MerchantOrderId = "merchantOrderId" in page,
        /// The order by the platform's id (银商订单号): the `orderId` in the payment's reply.
        conditional original_order_id: UmsOrderId = "originalOrderId" in page,
        /// The merchant's remark (商户备注).
        optional merchant_remark, with_merchant_remark: MerchantRemark = "merchantRemark" in page,
        /// Whether the void must come from the terminal that took the payment (是否限制跨终端):
        /// `true` if so, `false` if another terminal may void it. What the platform does without it
        /// is not published.
        optional limit_cross_device, with_limit_cross_device: Written<bool> = "limitCrossDevice" in page,
        /// The business that the call belongs to (业务标识). Normally not sent.
        optional biz_identifier, with_biz_identifier: BizIdentifier = "bizIdentifier" in page,
    }

    /// The reply to a [`VoidPayment`], as the official page documents it.
    ///
    /// The page's text lost the column that says which fields are always there. The needs are those
    /// of POS通交易接口 v20200527 (§1.3.3 p.10), a document of v2, whose table does not have
    /// `orderId`, `transactionDate`, `settlementDate`, `convMchntNo` and `convTermNo`. All but
    /// `errCode` and `errInfo` should be expected to stay away.
    pub struct VoidPaymentReply {
        /// The code that says what became of the void: the platform's or the business system's.
        err_code: Text = "errCode" in page, need Required, holds Public;
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo" in page, need Required;
        /// The order's id (订单号). In live replies it is the id of the payment that was voided.
        order_id: Text = "orderId" in page, max 50, holds Public;
        /// The time of the transaction (交易时间).
        transaction_time: NaiveTime = "transactionTime" in page, need Required;
        /// The day of the transaction (交易日期), without its year.
        transaction_date: MonthDay = "transactionDate" in page;
        /// The day of the transaction (交易日期).
        transaction_date_with_year: NaiveDate = "transactionDateWithYear" in page, need Required;
        /// The day of settlement (结算日期), without its year.
        settlement_date: MonthDay = "settlementDate" in page;
        /// The day of settlement (结算日期).
        settlement_date_with_year: NaiveDate = "settlementDateWithYear" in page, need Required;
        /// The retrieval reference number (检索参考号): 12 characters, letters among them.
        retrieval_ref_num: Text = "retrievalRefNum" in page, max 12, need Required, holds Public;
        /// The order's amount (订单金额) in fen: that of the payment.
        transaction_amount: Fen = "transactionAmount" in page, need Optional;
        /// The amount that was really moved (实际交易金额), in fen.
        actual_transaction_amount: Fen = "actualTransactionAmount" in page, max 12, need Optional;
        /// The wallet's name (第三方名称). The official page says that it is there only when the
        /// void succeeded: a hint, on which nothing here rests.
        third_party_name: Text = "thirdPartyName" in page, need Conditional;
        /// The kind of account that had paid (卡类型).
        card_attr: CardAttr = "cardAttr" in page, need Optional;
        /// The number of Huabei instalments (花呗分期期数).
        installment_number: u64 = "installmentNumber" in page, need Optional;
        /// The merchant's share of the instalments' cost (付息方) in per cent: 0, or 100 when the
        /// merchant bears it.
        installment_seller_percent: u64 = "installmentSellerPercent" in page, need Optional;
        /// The merchant code that the transaction was passed on to (转商户商户号).
        conv_mchnt_no: Text = "convMchntNo" in page, holds Public;
        /// The terminal code that the transaction was passed on to (转终端终端号).
        conv_term_no: Text = "convTermNo" in page, holds Public;
    }

    name "void_payment", "支付撤销", "void of a payment";
    path Version::V6 => "/v6/poslink/transaction/voidpayment" in page;
    path Version::V2 => "/v2/poslink/transaction/voidpayment" in "§1.3.2 p.9";
    effect MovesMoney;
    judged as VoidOrReversal;
    order merchant merchant_order_id, ums original_order_id;
    needs AtLeastOne of merchant_order_id, original_order_id;
    identity merchant_order_id, original_order_id;
    // Live voids answer with the id of the payment they void, as `orderId`; the example reply of
    // the official page has another id than its example request. A reply without `orderId` says
    // nothing either way.
    echo original_order_id as order_id, "originalOrderId";
    echo merchant_order_id as "merchantOrderId";
    // A payment that was refunded stays open: some channels may void by refunding (inferred), so a
    // person must look.
    asked by Query with VoidPayment::query {
        echo original_order_id as order_id, "originalOrderId";
        echo merchant_order_id as merchant_order_id;
        state QueryState::Voided says Executed;
        state QueryState::Paid says Absent;
        state QueryState::Reversed says NothingToUndo;
        state QueryState::Failed says NothingToUndo;
        state QueryState::Refunded says Open;
        state QueryState::TimedOut says Open;
        state QueryState::Unknown says Open;
        concluded plainly;
        repeatable true;
    }
}

impl VoidPayment {
    /// A void of the order that `order` refers to.
    pub fn new(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        order: impl Into<OrderRef>,
    ) -> Self {
        let (merchant_order_id, original_order_id) = order.into().into_ids();
        Self {
            merchant_order_id,
            original_order_id,
            ..Self::of_required(merchant_code, terminal_code)
        }
    }

    /// A void of the order that the platform calls `order_id`.
    pub fn by_ums_order_id(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        order_id: UmsOrderId,
    ) -> Self {
        Self::new(merchant_code, terminal_code, order_id)
    }

    /// A void of the order that the merchant calls `order_id`.
    pub fn by_merchant_order_id(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        order_id: MerchantOrderId,
    ) -> Self {
        Self::new(merchant_code, terminal_code, order_id)
    }

    /// The query about the order that this void is about, at the same version: by the UMS order id,
    /// when the void names it.
    pub fn query(&self) -> Query {
        Query::about(
            &self.merchant_code,
            &self.terminal_code,
            self.merchant_order_id.as_ref(),
            self.original_order_id.as_ref(),
        )
        .at_version(self.version)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::Operation;
    use crate::judge::verdict::{Refusal, Verdict};

    fn void(order: impl Into<OrderRef>) -> VoidPayment {
        VoidPayment::new(
            MerchantCode::new("103290070111417").unwrap(),
            TerminalCode::new("12340511").unwrap(),
            order,
        )
    }

    fn ums(id: &str) -> UmsOrderId {
        UmsOrderId::new(id).unwrap()
    }

    fn reply(body: &str) -> VoidPaymentReply {
        VoidPaymentReply::decode(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    #[test]
    fn what_was_not_given_is_not_written() {
        let body = void(ums("1")).encode().unwrap();
        assert_eq!(
            body,
            r#"{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"1"}"#
        );
    }

    #[test]
    fn chinese_is_written_as_utf8() {
        let remark = MerchantRemark::new("测试 \"退\"").unwrap();
        let body = void(ums("1"))
            .with_merchant_remark(remark)
            .encode()
            .unwrap();
        assert!(
            body.ends_with(r#","merchantRemark":"测试 \"退\""}"#.as_bytes()),
            "{body:?}"
        );
    }

    #[test]
    fn debug_shows_the_ids_and_not_the_remark() {
        let remark = MerchantRemark::new("王小明 13800138000").unwrap();
        let void = void(ums("2020")).with_merchant_remark(remark);
        insta::assert_debug_snapshot!(void, @r#"
        VoidPayment {
            version: V6,
            merchant_code: MerchantCode(
                "103290070111417",
            ),
            terminal_code: TerminalCode(
                "12340511",
            ),
            system_trace_num: None,
            merchant_order_id: None,
            original_order_id: Some(
                UmsOrderId(
                    "2020",
                ),
            ),
            merchant_remark: Some(
                MerchantRemark(15 characters),
            ),
            limit_cross_device: None,
            biz_identifier: None,
        }
        "#);
    }

    #[test]
    fn debug_of_a_reply_withholds_unlisted_values() {
        let reply = reply(
            r#"{"errCode":"00","transactionTime":"9999","thirdPartyBuyerUserName":"王小明","userId":"2088"}"#,
        );
        insta::assert_debug_snapshot!(reply, @r#"
        VoidPaymentReply {
            err_code: Typed(
                "00",
            ),
            transaction_time: AsReceived(
                "\"9999\"",
            ),
            unlisted: [
                "thirdPartyBuyerUserName",
                "userId",
            ],
        }
        "#);
    }

    #[test]
    fn the_code_decides_and_the_text_does_not() {
        let cases = [
            (r#"{"errCode":"00","errInfo":"失败"}"#, Verdict::Approved),
            (
                r#"{"errCode":"03","errInfo":"10000成功响应码"}"#,
                Verdict::Declined(Refusal::NotExecuted),
            ),
            (
                r#"{"errCode":"1000"}"#,
                Verdict::Declined(Refusal::BeforeProcessing),
            ),
            (r#"{"errCode":"94"}"#, Verdict::Unknown),
            (
                r#"{"errCode":"0000","errInfo":"10000成功响应码"}"#,
                Verdict::Unknown,
            ),
            (r#"{"errCode":" 00"}"#, Verdict::Unknown),
            (r#"{"errCode":"0"}"#, Verdict::Unknown),
            // The reply to a query, that of a payment which still stands.
            (
                r#"{"errCode":"00","errInfo":"00000成功响应码","queryResCode":"0"}"#,
                Verdict::Unknown,
            ),
            (r#"{"errCode":"25","queryResCode":null}"#, Verdict::Unknown),
            (r#"{"errCode":"\u0030\u0030"}"#, Verdict::Approved),
            (r#"{"errCode":0}"#, Verdict::Unknown),
            (r#"{"errCode":""}"#, Verdict::Unknown),
            (r#"{"errCode":null}"#, Verdict::Unknown),
            (r#"{"errcode":"00"}"#, Verdict::Unknown),
            (r#"{"data":{"errCode":"00"}}"#, Verdict::Unknown),
            ("{}", Verdict::Unknown),
        ];
        for (body, verdict) in cases {
            assert_eq!(
                void(ums("1")).judge(&reply(body)).verdict(),
                verdict,
                "{body}"
            );
        }
    }

    #[test]
    fn a_judgement_carries_code_text_and_row() {
        let judgement =
            void(ums("1")).judge(&reply(r#"{"errCode":"25","errInfo":"找不到原始交易"}"#));
        assert_eq!(judgement.err_code().map(Text::as_str), Some("25"));
        assert_eq!(
            judgement.err_info().map(Text::as_str),
            Some("找不到原始交易")
        );
        assert_eq!(judgement.known().map(|row| row.code), Some("25"));
    }

    #[test]
    fn another_order_id_is_a_discrepancy_only_where_one_was_sent() {
        let merchant = MerchantOrderId::new("M1").unwrap();
        let both = OrderRef::Both {
            merchant: merchant.clone(),
            ums: ums("U1"),
        };
        let cases = [
            (OrderRef::from(ums("U1")), r#"{"orderId":"U1"}"#, None),
            (OrderRef::from(ums("U1")), r#"{"orderId":"U2"}"#, Some("U2")),
            (OrderRef::from(ums("U1")), r#"{"orderId":"u1"}"#, Some("u1")),
            (OrderRef::from(ums("1")), r#"{"orderId":1}"#, Some("1")),
            (OrderRef::from(ums("U1")), r#"{"orderId":""}"#, None),
            (OrderRef::from(ums("U1")), r#"{}"#, None),
            (both, r#"{"orderId":"M1"}"#, Some("M1")),
            (OrderRef::from(merchant), r#"{"orderId":"U2"}"#, None),
        ];
        for (order, body, received) in cases {
            let discrepancies = void(order).discrepancies(&reply(body));
            let found = discrepancies
                .first()
                .map(|discrepancy| discrepancy.received.as_str());
            assert_eq!(
                (found, discrepancies.len()),
                (received, usize::from(received.is_some())),
                "{body}"
            );
        }
    }
}
