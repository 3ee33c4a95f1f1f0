//! The query about a hold (交易状态查询操作, 根据原交易流水号和支付订单号).

use crate::json::text::Text;
use crate::operation::declare::operation;
use crate::operation::resolve::{Answer, RequestTrace};
use crate::preauthorization::deal::was_made_in_time;
use crate::reply::field::Field;
use crate::value::amount::Fen;
use crate::value::authorization_state::{
    AuthorizationState, AutoQueryFlag, SecureStatus, TradeStatus,
};
use crate::value::identifier::{MerchantCode, SystemTraceNumber, TerminalCode, UmsOrderId};

operation! {
    /// A query about a hold, by its order id or the system trace number that it was sent with,
    /// `POST /v1/poslink/transaction/preauthorization/query` (POS通担保交易接口 v20201204 §1.9.2
    /// p.12).
    ///
    /// When both are there, the order id counts (§1.9.3 p.13). By the trace number ask on the same
    /// day only: it is unique per trading day (§2 p.15), and the query names no day.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use ums_model::{
    ///     AuthorizationState, MerchantCode, Operation, QueryAuthorization, SystemTraceNumber, TerminalCode, UmsOrderId,
    /// };
    ///
    /// let query = QueryAuthorization::by_ums_order_id(
    ///     MerchantCode::new("123456789900081")?,
    ///     TerminalCode::new("00810001")?,
    ///     SystemTraceNumber::new("000102")?,
    ///     UmsOrderId::new("20260102102000000000000101")?,
    /// );
    /// let reply = query.decode(Bytes::from(r#"{"errCode":"00","queryResCode":"0","secureStatus":3}"#))?;
    /// assert_eq!(reply.state(), AuthorizationState::Completing);
    /// assert!(!reply.state().is_final());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct QueryAuthorization {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in (authorization "§1.9.3 p.13"),
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in (authorization "§1.9.3 p.13"),
        /// The terminal's serial number of this transaction (系统跟踪号): another one for each call
        /// of a day.
        required system_trace_num: SystemTraceNumber = "systemTraceNum" in (authorization "§1.9.3 p.13"),
        /// The hold by the platform's id (银商订单号).
        conditional original_order_id: UmsOrderId = "originalOrderId" in (authorization "§1.9.3 p.13"),
        /// The hold by the system trace number that it was sent with (所查询交易系统跟踪号).
        /// Ignored by the platform when the order id is sent too.
        conditional original_system_trace_num: SystemTraceNumber = "originalSystemTraceNum" in (authorization "§1.9.3 p.13"),
    }

    /// The reply to a [`QueryAuthorization`] (POS通担保交易接口 v20201204 §1.9.3 p.13-15).
    pub struct QueryAuthorizationReply {
        /// The code that says what became of the query. `00` says nothing of the hold.
        err_code: Text = "errCode" in (authorization "§1.9.3 p.13"), need Required, holds Public;
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo" in (authorization "§1.9.3 p.13"), need Required;
        /// What became of the hold (查询结果): `0` success, and everything else is called a
        /// failure, which an answer that is not final contradicts.
        query_res_code: Text = "queryResCode" in (authorization "§1.9.3 p.13"), need Required, holds Public;
        /// The customer's code that the hold was made with (付款码). `Debug` does not show it.
        pay_code: Text = "payCode" in (authorization "§1.9.3 p.13"), need Required, holds Secret;
        /// The day of the transaction that was asked about (所查询交易交易日期). No format is
        /// given.
        deal_date: Text = "dealDate" in (authorization "§1.9.3 p.13"), need Required, holds Public;
        /// The time of the transaction that was asked about (所查询交易交易时间). No format is
        /// given.
        deal_time: Text = "dealTime" in (authorization "§1.9.3 p.13"), need Required, holds Public;
        /// The amount that the terminal had sent (原终端上送金额). That it is in fen is inferred.
        original_amount: Fen = "originalAmount" in (authorization "§1.9.3 p.13"), need Required, kind String;
        /// The kind of transaction (交易类型). The document lists no values.
        deal_type: Text = "dealType" in (authorization "§1.9.3 p.13"), need Required, holds Public;
        /// The system trace number of the transaction that was asked about (所查询交易流水).
        deal_system_trace_num: Text = "dealSystemTraceNum" in (authorization "§1.9.3 p.13"), need Required, holds Public;
        /// The retrieval reference number of the transaction that was asked about
        /// (所查询交易系统参考号).
        deal_retrieval_ref_num: Text = "dealRetrievalRefNum" in (authorization "§1.9.3 p.13"), need Required, holds Public;
        /// The batch (批次号).
        batch_no: Text = "batchNo" in (authorization "§1.9.3 p.13"), need Required, holds Public;
        /// The hold's authorisation code (原交易授权码).
        authorization_code: Text = "authorizationCode" in (authorization "§1.9.3 p.13"), need Required, holds Public;
        /// The amount after the discounts of the UMS alliance (营销联盟优惠后交易金额). That it is
        /// in fen is inferred.
        actual_transaction_amount: Fen = "actualTransactionAmount" in (authorization "§1.9.3 p.14"), need Optional, kind String;
        /// The amount that the payer really paid (用户实际支付金额). That it is in fen is inferred.
        amount: Fen = "amount" in (authorization "§1.9.3 p.14"), need Required, kind String;
        /// The order by the platform's id (订单号).
        order_id: Text = "orderId" in (authorization "§1.9.3 p.14"), need Optional, holds Public;
        /// What the UMS alliance discounted (营销联盟优惠说明), in words.
        marketing_alliance_discount_instruction: Text = "marketingAllianceDiscountInstruction" in (authorization "§1.9.3 p.14"), need Optional;
        /// What the payment channel discounted (第三方优惠说明), in words.
        third_party_discount_instruction: Text = "thirdPartyDiscountInstruction" in (authorization "§1.9.3 p.14"), need Optional;
        /// The wallet's name (第三方名称).
        third_party_name: Text = "thirdPartyName" in (authorization "§1.9.3 p.14"), need Optional;
        /// The payer's id in the wallet (第三方买家ID). `Debug` does not show it.
        third_party_buyer_id: Text = "thirdPartyBuyerId" in (authorization "§1.9.3 p.14"), need Optional, holds Personal;
        /// What the merchant bore of the discounts (商户出资优惠金额), in fen.
        third_party_merchant_discount_amount: Fen = "thirdPartyMerchantDiscountAmount" in (authorization "§1.9.3 p.14"), need Optional;
        /// What others bore of the discounts (其他出资优惠金额), in fen.
        third_party_other_discount_amount: Fen = "thirdPartyOtherDiscountAmount" in (authorization "§1.9.3 p.14"), need Optional;
        /// The state of the hold (担保状态标识): see [`state`](QueryAuthorizationReply::state).
        secure_status: SecureStatus = "secureStatus" in (authorization "§1.9.3 p.14"), need Optional;
        /// Whether the state of the order is not known yet (自动查询标识).
        auto_query_flag: AutoQueryFlag = "autoQueryFlag" in (authorization "§1.9.3 p.14"), need Optional;
        /// The state of the merchant's order (交易状态).
        status: TradeStatus = "status" in (authorization "§1.9.3 p.15"), need Optional, holds Public;
        /// The state at the payment channel (支付渠道状态).
        target_status: Text = "targetStatus" in (authorization "§1.9.3 p.15"), need Optional, holds Public;
        /// The platform's error message (平台错误信息), for people.
        netpay_err_msg: Text = "netpayErrMsg" in (authorization "§1.9.3 p.15"), need Optional;
    }

    name "query_authorization", "交易状态查询操作（根据原交易流水号和支付订单号查询）", "query about a hold";
    path "/v1/poslink/transaction/preauthorization/query" in (authorization "§1.9.2 p.12");
    effect ReadOnly;
    judged as Query;
    order ums original_order_id;
    needs AtLeastOne of original_order_id, original_system_trace_num;
    identity original_order_id, original_system_trace_num;
    echo original_order_id as order_id;
    echo original_system_trace_num as deal_system_trace_num;
}

impl QueryAuthorization {
    /// A query about the hold that the platform calls `order_id`, under a trace number of its own.
    pub fn by_ums_order_id(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        system_trace_num: SystemTraceNumber,
        order_id: UmsOrderId,
    ) -> Self {
        Self {
            original_order_id: Some(order_id),
            ..Self::of_required(merchant_code, terminal_code, system_trace_num)
        }
    }

    /// A query about the hold that was sent with the trace number `original`, under a trace number
    /// of its own.
    pub fn by_system_trace_num(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        system_trace_num: SystemTraceNumber,
        original: SystemTraceNumber,
    ) -> Self {
        Self {
            original_system_trace_num: Some(original),
            ..Self::of_required(merchant_code, terminal_code, system_trace_num)
        }
    }
}

impl QueryAuthorizationReply {
    /// What became of the hold.
    ///
    /// [`AuthorizationState::Unknown`] unless the query was answered (`errCode` is `00`), and for
    /// an answer that contradicts itself. `TRADE_CLOSED` alone says nothing: it stands for what was
    /// not paid, what failed and what was refunded (§1.9.3 p.15). That an order which is not known
    /// to be paid can be no hold yet is inferred.
    pub fn state(&self) -> AuthorizationState {
        use AuthorizationState::{Completed, Completing, Failed, Held, Pending, Unknown};

        if self.err_code.typed().is_none_or(|code| *code != "00") {
            return Unknown;
        }
        let told: Option<AuthorizationState> = match &self.secure_status {
            Field::Absent => None,
            Field::Typed(status) => Some((*status).into()),
            Field::AsReceived(_) => return Unknown,
        };
        // What cannot be read may say the opposite.
        if self.query_res_code.as_received().is_some() || self.status.as_received().is_some() {
            return Unknown;
        }
        let is_flagged = !matches!(
            self.auto_query_flag,
            Field::Absent | Field::Typed(AutoQueryFlag::Settled)
        );
        let order = self.status.typed().copied();
        let is_order_open = is_flagged || order.is_some_and(TradeStatus::is_open);
        let is_given_back = matches!(order, Some(TradeStatus::Closed | TradeStatus::Refund));
        let is_success = self.query_res_code.typed().map(|code| *code == "0");
        match told {
            None | Some(Held) if is_order_open => Pending,
            None => Unknown,
            Some(_) if is_order_open => Unknown,
            Some(Held | Completing | Completed) if is_given_back => Unknown,
            Some(Held | Completed) if is_success == Some(false) => Unknown,
            Some(Failed) if is_success == Some(true) => Unknown,
            Some(state) => state,
        }
    }

    /// Whether the transaction that is answered about was made at a time that can be the request's,
    /// as far as its day and time say.
    pub(crate) fn was_made_in_time(&self, request: &RequestTrace) -> Option<bool> {
        was_made_in_time(&self.deal_date, &self.deal_time, request)
    }
}

impl Answer for QueryAuthorizationReply {
    type State = AuthorizationState;

    fn state(&self) -> AuthorizationState {
        self.state()
    }

    fn state_name(&self) -> &'static str {
        self.state().as_str()
    }

    /// Whether the query was answered with "no such transaction".
    fn has_no_record(&self) -> bool {
        let code = self.err_code.typed().map(Text::as_str);
        matches!(code, Some("22" | "25"))
            && self.query_res_code.is_absent()
            && self.secure_status.is_absent()
    }
}
