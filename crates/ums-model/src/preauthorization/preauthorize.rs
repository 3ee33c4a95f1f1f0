//! The pre-authorisation (担保): holds an amount of a payer's money.

use chrono::NaiveTime;

use crate::field::written::Written;
use crate::json::text::Text;
use crate::operation::declare::operation;
use crate::operation::discrepancy::Discrepancy;
use crate::operation::resolve::{Finding, RequestTrace, plainly};
use crate::operation::spec::Meaning;
use crate::preauthorization::deal::unreadable_time;
use crate::preauthorization::query_authorization::{QueryAuthorization, QueryAuthorizationReply};
use crate::value::amount::Fen;
use crate::value::authorization_state::{AuthorizationState, AutoQueryFlag};
use crate::value::currency::Currency;
use crate::value::date::MonthDay;
use crate::value::identifier::{
    AttachedData, AuthorizationRemark, MerchantCode, MerchantOrderId, PayCode, SystemTraceNumber,
    TerminalCode,
};
use crate::value::pay_mode::AuthorizationPayMode;

operation! {
    /// A pre-authorisation (担保) by a payer's code, `POST
    /// /v1/poslink/transaction/preauthorization/preauthorize` (POS通担保交易接口 v20201204 §1.2.2
    /// p.2). It holds an amount, which is then completed or voided as a whole.
    ///
    /// **When no reply comes, its own system trace number is all that finds it, and on the same day
    /// only**: no later call names the merchant order id, and the trace number is unique per
    /// trading day (§2 p.15). Keep it before sending. The terminal must have been activated at
    /// least once before (§2 p.15).
    ///
    /// A reply with an [`AutoQueryFlag`] leaves the outcome open, whatever its code.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use ums_model::{
    ///     AuthorizationPayMode, Fen, MerchantCode, Operation, PayCode, Preauthorize, SystemTraceNumber, TerminalCode, Verdict,
    /// };
    ///
    /// let hold = Preauthorize::new(
    ///     MerchantCode::new("123456789900081")?,
    ///     TerminalCode::new("00810001")?,
    ///     SystemTraceNumber::new("000101")?,
    ///     Fen::new(10_000),
    ///     AuthorizationPayMode::CodeScan,
    ///     PayCode::new("130000000000000001")?,
    /// );
    /// let reply = hold.decode(Bytes::from(r#"{"errCode":"00","transactionAmount":10000,"authorizationCode":"A00101"}"#))?;
    /// assert_eq!(hold.judge(&reply).verdict(), Verdict::Approved);
    /// let open = hold.decode(Bytes::from(r#"{"errCode":"00","autoQueryFlag":"Y"}"#))?;
    /// assert_eq!(hold.judge(&open).verdict(), Verdict::Unknown);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct Preauthorize {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in (authorization "§1.2.3 p.3"),
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in (authorization "§1.2.3 p.3"),
        /// The terminal's serial number of this transaction (系统跟踪号): another one for each call
        /// of a day.
        required system_trace_num: SystemTraceNumber = "systemTraceNum" in (authorization "§1.2.3 p.3"),
        /// How much is held (交易金额), in fen.
        required transaction_amount: Written<Fen> = "transactionAmount" in (authorization "§1.2.3 p.3"),
        /// The currency (交易币种).
        constant transaction_currency_code: Currency = "transactionCurrencyCode" in (authorization "§1.2.3 p.3"),
        /// The merchant's own id of the order (商户订单号). No later call names it.
        optional merchant_order_id, with_merchant_order_id: MerchantOrderId = "merchantOrderId" in (authorization "§1.2.3 p.3"),
        /// The merchant's remark (商户备注).
        optional merchant_remark, with_merchant_remark: AuthorizationRemark = "merchantRemark" in (authorization "§1.2.3 p.3"),
        /// How the payer's code was read (支付方式).
        required pay_mode: AuthorizationPayMode = "payMode" in (authorization "§1.2.3 p.3"),
        /// The payer's code (支付码).
        required pay_code: PayCode = "payCode" in (authorization "§1.2.3 p.3"),
        /// Further data (附加信息), of which the document says no more.
        optional attached_data, with_attached_data: AttachedData = "attachedData" in (authorization "§1.2.3 p.3"),
    }

    /// The reply to a [`Preauthorize`] (POS通担保交易接口 v20201204 §1.2.3 p.3-4).
    ///
    /// The document requires the authorisation code and the order id even of a reply whose flag
    /// says that nothing is known yet: they should be expected to stay away.
    pub struct PreauthorizeReply {
        /// The code that says what became of the hold.
        err_code: Text = "errCode" in (authorization "§1.2.3 p.3"), need Required, holds Public;
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo" in (authorization "§1.2.3 p.3"), need Required;
        /// The time of the transaction (交易时间).
        transaction_time: NaiveTime = "transactionTime" in (authorization "§1.2.3 p.3"), need Required;
        /// The day of the transaction (交易日期), without its year: what a completion or a void
        /// names.
        transaction_date: MonthDay = "transactionDate" in (authorization "§1.2.3 p.3"), need Required;
        /// The day of settlement (结算日期), without its year.
        settlement_date: MonthDay = "settlementDate" in (authorization "§1.2.3 p.3"), need Required;
        /// The retrieval reference number (检索参考号).
        retrieval_ref_num: Text = "retrievalRefNum" in (authorization "§1.2.3 p.4"), need Required, holds Public;
        /// The authorisation code (授权码): what a completion or a void names.
        authorization_code: Text = "authorizationCode" in (authorization "§1.2.3 p.4"), need Required, holds Public;
        /// The amount after the discounts of the UMS alliance (营销联盟优惠后交易金额), in fen.
        actual_transaction_amount: Fen = "actualTransactionAmount" in (authorization "§1.2.3 p.4"), need Optional;
        /// The amount that the payer really paid (实际支付金额), in fen.
        amount: Fen = "amount" in (authorization "§1.2.3 p.4"), need Optional;
        /// The order by the platform's id (订单号): what a quick completion or a quick void names.
        order_id: Text = "orderId" in (authorization "§1.2.3 p.4"), need Required, holds Public;
        /// What the UMS alliance discounted (营销联盟优惠说明), in words.
        marketing_alliance_discount_instruction: Text = "marketingAllianceDiscountInstruction" in (authorization "§1.2.3 p.4"), need Optional;
        /// What the payment channel discounted (第三方优惠说明), in words.
        third_party_discount_instruction: Text = "thirdPartyDiscountInstruction" in (authorization "§1.2.3 p.4"), need Optional;
        /// The wallet's name (第三方名称).
        third_party_name: Text = "thirdPartyName" in (authorization "§1.2.3 p.4"), need Optional;
        /// The payer's id in the wallet (第三方买家Id). `Debug` does not show it.
        third_party_buyer_id: Text = "thirdPartyBuyerId" in (authorization "§1.2.3 p.4"), need Optional, holds Personal;
        /// The payer's name in the wallet (第三方买家用户名). `Debug` does not show it.
        third_party_buyer_user_name: Text = "thirdPartyBuyerUserName" in (authorization "§1.2.3 p.4"), need Optional, holds Personal;
        /// The amount as it was sent (交易金额), in fen.
        transaction_amount: Fen = "transactionAmount" in (authorization "§1.2.3 p.4"), need Required;
        /// What the merchant bore of the discounts (商户出资优惠金额), in fen.
        third_party_merchant_discount_amount: Fen = "thirdPartyMerchantDiscountAmount" in (authorization "§1.2.3 p.4"), need Optional;
        /// What others bore of the discounts (其他出资优惠金额), in fen.
        third_party_other_discount_amount: Fen = "thirdPartyOtherDiscountAmount" in (authorization "§1.2.3 p.4"), need Optional;
        /// Whether the state of the order is not known yet (自动查询标识).
        auto_query_flag: AutoQueryFlag = "autoQueryFlag" in (authorization "§1.2.3 p.4"), need Optional;
    }

    name "preauthorize", "担保", "pre-authorisation: holds an amount";
    path "/v1/poslink/transaction/preauthorization/preauthorize" in (authorization "§1.2.2 p.2");
    effect MovesMoney;
    judged as Pay;
    order merchant merchant_order_id;
    identity system_trace_num;
    echo transaction_amount as transaction_amount;
    echo merchant_order_id as "merchantOrderId";
    open unless auto_query_flag is AutoQueryFlag::Settled;
    asked by QueryAuthorization with Preauthorize::query {
        echo system_trace_num as deal_system_trace_num;
        echo transaction_amount as original_amount;
        echo merchant_order_id as "merchantOrderId";
        state AuthorizationState::Pending says Pending;
        state AuthorizationState::Held says Executed;
        state AuthorizationState::Completing says Executed;
        state AuthorizationState::Completed says Executed;
        state AuthorizationState::Voided says ExecutedAndUndone;
        state AuthorizationState::Failed says StatedFailure;
        state AuthorizationState::Unknown says Open;
        concluded Preauthorize::conclude;
        repeatable false;
    }
}

impl Preauthorize {
    /// A hold of this much by this payer's code.
    pub fn new(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        system_trace_num: SystemTraceNumber,
        amount: impl Into<Written<Fen>>,
        pay_mode: AuthorizationPayMode,
        pay_code: PayCode,
    ) -> Self {
        Self::of_required(
            merchant_code,
            terminal_code,
            system_trace_num,
            amount.into(),
            pay_mode,
            pay_code,
        )
    }

    /// The query about this hold, by its system trace number: the only one there is before a reply,
    /// and on the same day only. Its own trace number is half a million further on than that of the
    /// hold, which is no more than a number that a terminal is unlikely to have used that day.
    pub fn query(&self) -> QueryAuthorization {
        QueryAuthorization::by_system_trace_num(
            self.merchant_code.clone(),
            self.terminal_code.clone(),
            self.system_trace_num.for_query(),
            self.system_trace_num.clone(),
        )
    }

    /// Whether the answer names the order id that was sent; null names none.
    fn repeats_order_id(&self, answer: &QueryAuthorizationReply) -> bool {
        let told = answer.unlisted().named("merchantOrderId");
        let sent = self.merchant_order_id.as_ref();
        sent.zip(told)
            .is_some_and(|(sent, told)| told.raw() != "null" && told.to_string() == sent.as_str())
    }

    /// A hold under this trace number can be that of another day: its day and time must be this
    /// call's, as far as the answer says them. After a duplicate the answer must say both. An
    /// answer that repeats nothing of the hold may be about any.
    fn conclude(
        &self,
        answer: &QueryAuthorizationReply,
        request: &RequestTrace,
        mut discrepancies: Vec<Discrepancy>,
        meaning: Meaning,
    ) -> Finding {
        discrepancies.extend(unreadable_time(&answer.deal_date, &answer.deal_time));
        let finding = plainly(self, answer, request, discrepancies, meaning);
        let is_timed = !answer.deal_date.is_absent() && !answer.deal_time.is_absent();
        let is_shown = !answer.original_amount.is_absent() && is_timed;
        let is_named = !answer.deal_system_trace_num.is_absent()
            || !answer.original_amount.is_absent()
            || self.repeats_order_id(answer);
        match (finding, answer.was_made_in_time(request)) {
            (finding @ (Finding::Absent | Finding::AboutAnother(_)), _) => finding,
            (_, Some(false)) => Finding::OrderIdInUse,
            (Finding::Executed { .. }, in_time)
                if request.called_duplicate && (in_time.is_none() || !is_shown) =>
            {
                Finding::OrderIdInUse
            }
            _ if !is_named => Finding::Open,
            (finding, _) => finding,
        }
    }
}
