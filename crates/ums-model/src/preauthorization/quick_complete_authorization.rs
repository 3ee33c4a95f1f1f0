//! The quick completion of a hold (快速担保完成).

use chrono::NaiveTime;

use crate::field::written::Written;
use crate::json::text::Text;
use crate::operation::declare::operation;
use crate::operation::resolve::{Confirmation, Finding, RequestTrace};
use crate::preauthorization::deal::{Completion, of_hold};
use crate::preauthorization::query_authorization::{QueryAuthorization, QueryAuthorizationReply};
use crate::reply::json_reply::JsonReply;
use crate::value::amount::Fen;
use crate::value::authorization_state::AuthorizationState;
use crate::value::currency::Currency;
use crate::value::date::MonthDay;
use crate::value::identifier::{MerchantCode, SystemTraceNumber, TerminalCode, UmsOrderId};

operation! {
    /// A completion (快速担保完成) of a hold, by its order id, `POST
    /// /v1/poslink/transaction/preauthorization/quickcompleteauthorization` (POS通担保交易接口
    /// v20201204 §1.6.2 p.8).
    ///
    /// The document states no rule on the amount, no second completion and no undoing of one. A
    /// completion that another call may have made is this one's only when the platform has this
    /// amount under its own trace number.
    pub struct QuickCompleteAuthorization {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in (authorization "§1.6.3 p.8"),
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in (authorization "§1.6.3 p.8"),
        /// The terminal's serial number of this transaction (系统跟踪号): another one for each call
        /// of a day.
        required system_trace_num: SystemTraceNumber = "systemTraceNum" in (authorization "§1.6.3 p.8"),
        /// How much of what is held is taken (交易金额), in fen.
        required transaction_amount: Written<Fen> = "transactionAmount" in (authorization "§1.6.3 p.8"),
        /// The currency (交易币种).
        constant transaction_currency_code: Currency = "transactionCurrencyCode" in (authorization "§1.6.3 p.8"),
        /// The hold by the platform's id (银商订单号), as its reply named it.
        required order_id: UmsOrderId = "orderId" in (authorization "§1.6.3 p.8"),
        /// The hold's day (原交易日期), without its year, as its reply named it.
        optional original_transaction_date, with_original_transaction_date: MonthDay = "originalTransactionDate" in (authorization "§1.6.3 p.9"),
        /// The system trace number that the hold was sent with (原系统跟踪号).
        optional original_system_trace_num, with_original_system_trace_num: SystemTraceNumber = "originalSystemTraceNum" in (authorization "§1.6.3 p.9"),
    }

    /// The reply to a [`QuickCompleteAuthorization`] (POS通担保交易接口 v20201204 §1.6.3 p.9).
    pub struct QuickCompleteAuthorizationReply {
        /// The code that says what became of the completion.
        err_code: Text = "errCode" in (authorization "§1.6.3 p.9"), need Required, holds Public;
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo" in (authorization "§1.6.3 p.9"), need Required;
        /// The time of the transaction (交易时间).
        transaction_time: NaiveTime = "transactionTime" in (authorization "§1.6.3 p.9"), need Required;
        /// The day of the transaction (交易日期), without its year.
        transaction_date: MonthDay = "transactionDate" in (authorization "§1.6.3 p.9"), need Required;
        /// The day of settlement (结算日期), without its year.
        settlement_date: MonthDay = "settlementDate" in (authorization "§1.6.3 p.9"), need Required;
        /// The retrieval reference number (检索参考号).
        retrieval_ref_num: Text = "retrievalRefNum" in (authorization "§1.6.3 p.9"), need Required, holds Public;
        /// The amount that was really moved (实际交易金额), in fen.
        actual_transaction_amount: Fen = "actualTransactionAmount" in (authorization "§1.6.3 p.9"), need Optional;
    }

    name "quick_complete_authorization", "快速担保完成", "completion of a hold by its order id";
    path "/v1/poslink/transaction/preauthorization/quickcompleteauthorization" in (authorization "§1.6.2 p.8");
    effect MovesMoney;
    judged as VoidAndRefund;
    order ums order_id;
    identity system_trace_num;
    // No document says that a reply has them.
    echo transaction_amount as "transactionAmount";
    echo order_id as "orderId";
    asked by QueryAuthorization with QuickCompleteAuthorization::query {
        echo order_id as order_id;
        state AuthorizationState::Held says Absent;
        state AuthorizationState::Completing says Pending;
        state AuthorizationState::Completed says ExecutedIfConfirmed;
        state AuthorizationState::Voided says StatedFailure;
        state AuthorizationState::Failed says StatedFailure;
        state AuthorizationState::Pending says Open;
        state AuthorizationState::Unknown says Open;
        concluded of_hold;
        confirmed with QuickCompleteAuthorization::confirmation, by QuickCompleteAuthorization::confirmed;
        repeatable false;
    }
}

impl QuickCompleteAuthorization {
    /// A completion of the hold that the platform calls this.
    pub fn new(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        system_trace_num: SystemTraceNumber,
        amount: impl Into<Written<Fen>>,
        order_id: UmsOrderId,
    ) -> Self {
        Self::of_required(
            merchant_code,
            terminal_code,
            system_trace_num,
            amount.into(),
            order_id,
        )
    }

    /// The query about the hold, by its order id. Its own trace number is half a million further on
    /// than that of this call: see [`Preauthorize::query`](crate::Preauthorize::query).
    pub fn query(&self) -> QueryAuthorization {
        QueryAuthorization::by_ums_order_id(
            self.merchant_code.clone(),
            self.terminal_code.clone(),
            self.system_trace_num.for_query(),
            self.order_id.clone(),
        )
    }

    fn confirmation(&self, answer: &QueryAuthorizationReply) -> Option<Confirmation> {
        self.completion().confirmation(answer)
    }

    fn confirmed(&self, answer: &JsonReply, request: &RequestTrace) -> Finding {
        self.completion().confirmed(answer, request)
    }

    fn completion(&self) -> Completion<'_> {
        Completion {
            merchant: &self.merchant_code,
            terminal: &self.terminal_code,
            trace: &self.system_trace_num,
            amount: *self.transaction_amount.value(),
            hold: None,
            order: Some(&self.order_id),
        }
    }
}
