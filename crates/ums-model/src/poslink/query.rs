//! The query (交易状态查询): what became of a payment.

use chrono::{NaiveDate, NaiveDateTime};

use crate::json::text::Text;
use crate::json::value::Fields;
use crate::operation::declare::operation;
use crate::operation::resolve::{Answer, RequestTrace};
use crate::value::amount::Fen;
use crate::value::date::Day;
use crate::value::identifier::{
    MerchantCode, MerchantOrderId, SystemTraceNumber, TerminalCode, UmsOrderId,
};
use crate::value::order_ref::OrderId;
use crate::value::promotion::{DiscountStatus, Promotion};
use crate::value::query_state::QueryState;
use crate::value::version::Version;

operation! {
    /// A query (交易状态查询) about one order, `POST /v6/poslink/transaction/query` (sample of the
    /// official page); at v2 `/v2/poslink/…` (POS通交易接口 v20200527 §1.5.2 p.16).
    ///
    /// That document says that only orders of the same day can be queried (§3 p.26), and not
    /// whether calendar or trading day. That v6 names the order's day
    /// ([`oriTransDate`](Query::ori_trans_date)) suggests that v6 is not so limited; nothing that
    /// could be read says so.
    ///
    /// It names exactly one id of the order: the document says that the merchant order id wins when
    /// both are there (§1.5.3 p.17), an older one (community) says the opposite.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use ums_model::{MerchantCode, MerchantOrderId, Operation, Query, QueryState, TerminalCode, Verdict};
    ///
    /// let query = Query::by_merchant_order_id(
    ///     MerchantCode::new("898340149000005")?,
    ///     TerminalCode::new("00000001")?,
    ///     MerchantOrderId::new("M23005480004202307190084742")?,
    /// );
    /// let reply = query.decode(Bytes::from(r#"{"errCode":"00","queryResCode":"1","queryResDesc":"超时"}"#))?;
    ///
    /// // The query was answered, and the answer is not final.
    /// assert_eq!(query.judge(&reply).verdict(), Verdict::Approved);
    /// assert_eq!(reply.state(), QueryState::TimedOut);
    /// assert!(!reply.state().is_final());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct Query at Version {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in "§1.5.3 p.16",
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in "§1.5.3 p.16",
        /// The terminal's serial number (系统跟踪号). Known from the v6 sample only, which does not
        /// say whether it is that of the query or of the payment.
        unknown system_trace_num, with_system_trace_num: SystemTraceNumber = "systemTraceNum" in sample,
        /// The order by the merchant's own id (商户订单号).
        conditional merchant_order_id: MerchantOrderId = "merchantOrderId" in "§1.5.3 p.17",
        /// The order by the platform's id (银商订单号).
        conditional original_order_id: UmsOrderId = "originalOrderId" in "§1.5.3 p.17",
        /// The day of the payment, `yyyyMMdd`. Known from the v6 sample; a merchant sends it at v2
        /// too.
        unknown ori_trans_date, with_ori_trans_date: Day = "oriTransDate" in sample,
    }

    /// The reply to a [`Query`]: the fields of POS通交易接口 v20200527 (§1.5.3 p.17-20) first, then
    /// those that only live replies have.
    ///
    /// Where the document and live replies differ nothing is lost: amounts are read as numbers or
    /// as strings of digits.
    pub struct QueryReply {
        /// The code that says what became of the query. `00` says nothing of the payment.
        err_code: Text = "errCode" in "§1.5.3 p.17", need Required, holds Public;
        /// The code in words (错误说明), for people. It is never parsed.
        err_info: Text = "errInfo" in "§1.5.3 p.17", need Required;
        /// When the payment was made (原始交易时间).
        original_transaction_time: NaiveDateTime = "originalTransactionTime" in "§1.5.3 p.17", need Optional;
        /// The payment's day of settlement (原始交易清算日期).
        original_settlement_date: NaiveDate = "originalSettlementDate" in "§1.5.3 p.17", need Optional;
        /// What became of the order (查询结果): see [`state`](QueryReply::state).
        query_res_code: Text = "queryResCode" in "§1.5.3 p.17", need Optional, holds Public;
        /// The result in words (查询结果描述), for people.
        query_res_desc: Text = "queryResDesc" in "§1.5.3 p.17", max 32, need Optional;
        /// The customer's code that the payment was made with (原交易付款码). `Debug` does not show
        /// it.
        original_pay_code: Text = "originalPayCode" in "§1.5.3 p.17", max 12, need Optional, holds Secret;
        /// The payment's batch (原交易批次号).
        original_batch_no: Text = "originalBatchNo" in "§1.5.3 p.17", max 6, need Optional, holds Public;
        /// The payment's system trace number (原交易流水号).
        original_system_trace_num: Text = "originalSystemTraceNum" in "§1.5.3 p.17", max 6, need Optional, holds Public;
        /// The payment's retrieval reference number (原检索参考号). The document itself spells the
        /// name so.
        origial_retrieval_ref_num: Text = "origialRetrievalRefNum" in "§1.5.3 p.17", max 12, need Optional, holds Public;
        /// The order's amount (原交易金额), in fen.
        original_transaction_amount: Fen = "originalTransactionAmount" in "§1.5.3 p.18", max 12, need Optional;
        /// The order by the merchant's own id (商户订单号).
        merchant_order_id: Text = "merchantOrderId" in "§1.5.3 p.18", max 50, need Optional, holds Public;
        /// The order by the platform's id (银商订单号).
        order_id: Text = "orderId" in "§1.5.3 p.18", max 26, need Optional, holds Public;
        /// The amount that was refunded (已退货金额), in fen. A live reply to a partial refund had
        /// 0 here.
        refunded_amount: Fen = "refundedAmount" in "§1.5.3 p.18", need Optional;
        /// The amount after the discounts of the UMS alliance (营销联盟优惠后交易金额), in fen.
        actual_transaction_amount: Fen = "actualTransactionAmount" in "§1.5.3 p.18", max 12, need Optional;
        /// The amount that the payer really paid (实际支付金额), in fen.
        amount: Fen = "amount" in "§1.5.3 p.18", max 12, need Optional;
        /// What the UMS alliance discounted (交易营销联盟优惠说明), in words.
        marketing_alliance_discount_instruction: Text = "marketingAllianceDiscountInstruction" in "§1.5.3 p.18", max 200, need Optional;
        /// What the payment channel discounted (第三方优惠说明), in words.
        third_party_discount_instruction: Text = "thirdPartyDiscountInstruction" in "§1.5.3 p.18", max 200, need Optional;
        /// The wallet's name (第三方名称).
        third_party_name: Text = "thirdPartyName" in "§1.5.3 p.18", max 60, need Optional;
        /// The payer's id in the wallet (第三方买家Id). `Debug` does not show it.
        third_party_buyer_id: Text = "thirdPartyBuyerId" in "§1.5.3 p.18", max 32, need Optional, holds Personal;
        /// The payer's name in the wallet (第三方买家用户名). `Debug` does not show it.
        third_party_buyer_user_name: Text = "thirdPartyBuyerUserName" in "§1.5.3 p.18", need Optional, holds Personal;
        /// The order's id in the wallet (第三方订单号).
        third_party_order_id: Text = "thirdPartyOrderId" in "§1.5.3 p.18", need Optional, holds Public;
        /// How the payment was made up (第三方支付信息), `kind:amount`, in fen.
        third_party_pay_information: Text = "thirdPartyPayInformation" in "§1.5.3 p.18", need Optional;
        /// The discounts' sum (优惠金额（合计）), in fen.
        total_discount_amount: Fen = "totalDiscountAmount" in "§1.5.3 p.18", need Optional;
        /// What is known of the discounts (优惠状态).
        discount_status: DiscountStatus = "discountStatus" in "§1.5.3 p.18", need Optional;
        /// The discounts of the payment (优惠活动).
        promotion_list: Vec<Promotion> = "promotionList" in "§1.5.3 p.18", need Optional;
        /// The channels' own records of the discounts: `channel_info` and `acq_info`, whose types
        /// are not documented.
        raw_promotion_list: Fields = "rawPromotionList" in "§1.5.3 p.20", need Optional;
        /// What the merchant bore of the discounts (商户让利金额), in fen.
        merchant_allowance: Fen = "merchantAllowance" in "§1.5.3 p.20", need Optional;
        /// What the payment channel bore of the discounts (第三方补贴金额), in fen.
        third_party_allowance: Fen = "thirdPartyAllowance" in "§1.5.3 p.20", need Optional;
        /// What was paid in points of the payment channel (积分抵扣金额), in fen.
        third_party_point_discount_amount: Fen = "thirdPartyPointDiscountAmount" in "§1.5.3 p.20", need Optional;
        /// The merchant's name (商户名称).
        mchnt_name: Text = "mchntName" in "§1.5.3 p.20", need Optional;
        /// The payment's retrieval reference number, spelt as one would expect (seen live, beside
        /// the other spelling).
        original_retrieval_ref_num: Text = "originalRetrievalRefNum" in live, holds Public;
        /// `refundAmonunt`: the platform misspells the name (seen live, with 0 after a partial
        /// refund).
        refund_amount_misspelt: Fen = "refundAmonunt" in live;
        /// A state in words of another UMS product, for example `TRADE_REFUND` (seen live). It can
        /// only contradict `queryResCode`.
        order_status: Text = "orderStatus" in live, holds Public;
        /// When the order was closed, `yyyy-MM-dd HH:mm:ss` (seen live).
        order_close_time: Text = "orderCloseTime" in live, holds Public;
        /// The payer's bank, in words (seen live).
        iss_inst_code: Text = "issInstCode" in live;
    }

    name "query", "交易状态查询", "query about a payment";
    path Version::V6 => "/v6/poslink/transaction/query" in sample;
    path Version::V2 => "/v2/poslink/transaction/query" in "§1.5.2 p.16";
    effect ReadOnly;
    judged as Query;
    order merchant merchant_order_id, ums original_order_id;
    needs ExactlyOne of merchant_order_id, original_order_id;
    identity merchant_order_id, original_order_id;
    echo merchant_order_id as merchant_order_id;
    echo original_order_id as order_id, "originalOrderId";
}

impl Query {
    /// A query about the order with this id.
    pub fn new(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        order: impl Into<OrderId>,
    ) -> Self {
        let (merchant_order_id, original_order_id) = order.into().into_ids();
        Self {
            merchant_order_id,
            original_order_id,
            ..Self::of_required(merchant_code, terminal_code)
        }
    }

    /// A query about the order that the platform calls `order_id`.
    pub fn by_ums_order_id(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        order_id: UmsOrderId,
    ) -> Self {
        Self::new(merchant_code, terminal_code, order_id)
    }

    /// A query about the order that the merchant calls `order_id`.
    pub fn by_merchant_order_id(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        order_id: MerchantOrderId,
    ) -> Self {
        Self::new(merchant_code, terminal_code, order_id)
    }

    /// A query about the order of an operation that has at least one of its ids: by the UMS order
    /// id when it has that.
    pub(crate) fn about(
        merchant_code: &MerchantCode,
        terminal_code: &TerminalCode,
        merchant_order_id: Option<&MerchantOrderId>,
        original_order_id: Option<&UmsOrderId>,
    ) -> Self {
        Self {
            merchant_order_id: merchant_order_id
                .filter(|_| original_order_id.is_none())
                .cloned(),
            original_order_id: original_order_id.cloned(),
            ..Self::of_required(merchant_code.clone(), terminal_code.clone())
        }
    }
}

impl QueryReply {
    /// What became of the order.
    ///
    /// [`QueryState::Unknown`] unless the query was answered (`errCode` is `00`), and when
    /// `queryResCode` is missing, no string, or not documented. So is a payment that another field
    /// of the answer contradicts.
    pub fn state(&self) -> QueryState {
        match (self.err_code.typed(), self.query_res_code.typed()) {
            (Some(err_code), Some(code)) if *err_code == "00" => match QueryState::of_code(code) {
                QueryState::Paid if self.is_paid_contradicted() => QueryState::Unknown,
                state => state,
            },
            _ => QueryState::Unknown,
        }
    }

    /// Whether another field says that the order is not paid, not known to be, or given back.
    fn is_paid_contradicted(&self) -> bool {
        const NOT_PAID: [&str; 6] = [
            "WAIT_BUYER_PAY",
            "NEW_ORDER",
            "UNKNOWN",
            "UNKNOW",
            "TRADE_REFUND",
            "TRADE_CLOSED",
        ];
        let denies = |status: &str| NOT_PAID.contains(&status.trim().to_ascii_uppercase().as_str());
        let unlisted = self.unlisted();
        let flag = unlisted.named("autoQueryFlag").map(ToString::to_string);
        let status = unlisted.named("status").map(ToString::to_string);
        flag.is_some_and(|flag| flag.trim().eq_ignore_ascii_case("Y"))
            || status.is_some_and(|status| denies(&status))
            || self
                .order_status
                .typed()
                .is_some_and(|status| denies(status))
    }

    /// Whether it is certain that something of a refunded payment is left. Live answers to a
    /// partial refund had 0 for the refunded amount, so only an amount between nothing and all says
    /// so.
    pub fn is_refunded_in_part(&self) -> bool {
        let whole = self.original_transaction_amount.typed();
        self.state() == QueryState::Refunded
            && self
                .refunded()
                .zip(whole)
                .is_some_and(|(refunded, whole)| refunded < whole)
    }

    /// The refunded amount, if the reply says that anything was refunded.
    pub fn refunded(&self) -> Option<&Fen> {
        let refunded = self.refunded_amount.typed();
        refunded.filter(|refunded| **refunded > Fen::ZERO)
    }
}

impl QueryReply {
    /// Whether the query was answered with `FF` (交易状态未知): there is such a payment, and its
    /// state is not known.
    pub(crate) fn is_not_known(&self) -> bool {
        let code = self.err_code.typed().map(Text::as_str);
        let state = self.query_res_code.typed().map(Text::as_str);
        code == Some("00") && state == Some("FF")
    }

    /// Whether the payment that is answered about was made at a time that can be the request's,
    /// where both times are known.
    pub(crate) fn was_made_in_time(&self, request: &RequestTrace) -> Option<bool> {
        let paid_at = self.original_transaction_time.typed()?;
        let is_excluded = request.excludes(paid_at.date(), Some(paid_at.time()))?;
        Some(!is_excluded)
    }
}

impl Answer for QueryReply {
    type State = QueryState;

    fn state(&self) -> QueryState {
        self.state()
    }

    fn state_name(&self) -> &'static str {
        self.state().as_str()
    }

    /// Whether the query was answered with "no such transaction".
    fn has_no_record(&self) -> bool {
        let code = self.err_code.typed().map(Text::as_str);
        matches!(code, Some("22" | "25")) && self.query_res_code.is_absent()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::Operation;
    use crate::judge::verdict::Verdict;

    fn query(order: impl Into<OrderId>) -> Query {
        Query::new(
            MerchantCode::new("898340149000005").unwrap(),
            TerminalCode::new("00000001").unwrap(),
            order,
        )
    }

    fn ums(id: &str) -> UmsOrderId {
        UmsOrderId::new(id).unwrap()
    }

    fn reply(body: &str) -> QueryReply {
        QueryReply::decode(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    #[test]
    fn exactly_one_id_is_written() {
        let merchant = MerchantOrderId::new("M1").unwrap();
        let cases = [
            (query(ums("U1")), r#""originalOrderId":"U1"}"#),
            (query(merchant), r#""merchantOrderId":"M1"}"#),
        ];
        for (query, end) in cases {
            let body = query.encode().unwrap();
            let expected =
                format!(r#"{{"merchantCode":"898340149000005","terminalCode":"00000001",{end}"#);
            assert_eq!(body, expected);
        }
    }

    #[test]
    fn a_state_counts_only_when_the_query_was_answered() {
        let cases = [
            (r#"{"errCode":"00","queryResCode":"2"}"#, QueryState::Voided),
            (
                r#"{"errCode":"00","queryResCode":"5余额不足"}"#,
                QueryState::Failed,
            ),
            (r#"{"errCode":"00"}"#, QueryState::Unknown),
            (r#"{"errCode":"00","queryResCode":""}"#, QueryState::Unknown),
            (r#"{"errCode":"00","queryResCode":0}"#, QueryState::Unknown),
            (
                r#"{"errCode":"FF","queryResCode":"2"}"#,
                QueryState::Unknown,
            ),
            (
                r#"{"errCode":"0000","queryResCode":"2"}"#,
                QueryState::Unknown,
            ),
            (r#"{"queryResCode":"2"}"#, QueryState::Unknown),
        ];
        for (body, state) in cases {
            assert_eq!(reply(body).state(), state, "{body}");
        }
    }

    #[test]
    fn an_answered_query_is_approved_whatever_the_state() {
        for state in ["0", "1", "2", "3", "4", "5", "FF", ""] {
            let reply = reply(&format!(r#"{{"errCode":"00","queryResCode":"{state}"}}"#));
            assert_eq!(query(ums("1")).judge(&reply).verdict(), Verdict::Approved);
        }
    }

    #[test]
    fn another_order_than_the_one_asked_about_is_a_discrepancy() {
        let merchant = MerchantOrderId::new("M1").unwrap();
        let cases = [
            (
                query(ums("U1")),
                r#"{"orderId":"U1","merchantOrderId":"M9"}"#,
                None,
            ),
            (query(ums("U1")), r#"{"orderId":"U2"}"#, Some("orderId")),
            (query(ums("U1")), r#"{}"#, None),
            (
                query(merchant.clone()),
                r#"{"orderId":"U9","merchantOrderId":"M1"}"#,
                None,
            ),
            (
                query(merchant),
                r#"{"merchantOrderId":"M2"}"#,
                Some("merchantOrderId"),
            ),
        ];
        for (query, body, field) in cases {
            let found = query.discrepancies(&reply(body));
            let fields: Vec<&str> = found.iter().map(|one| one.field.as_ref()).collect();
            assert_eq!(fields, Vec::from_iter(field), "{body}");
        }
    }

    #[test]
    fn debug_shows_no_payer() {
        let body = r#"{"originalPayCode":"133880","thirdPartyBuyerId":133880,"thirdPartyBuyerUserName":"133880"}"#;
        insta::assert_snapshot!(format!("{:?}", reply(body)), @"QueryReply { original_pay_code: hidden, third_party_buyer_id: hidden, third_party_buyer_user_name: hidden, unlisted: [] }");
    }
}
