//! The completion of a hold (担保完成).

use chrono::NaiveTime;

use crate::field::written::Written;
use crate::json::text::Text;
use crate::operation::declare::operation;
use crate::operation::resolve::{Confirmation, Finding, RequestTrace};
use crate::preauthorization::deal::{Completion, of_hold_by_code};
use crate::preauthorization::query_authorization::{QueryAuthorization, QueryAuthorizationReply};
use crate::reply::json_reply::JsonReply;
use crate::value::amount::Fen;
use crate::value::authorization_state::AuthorizationState;
use crate::value::currency::Currency;
use crate::value::date::MonthDay;
use crate::value::identifier::{AuthorizationCode, MerchantCode, SystemTraceNumber, TerminalCode};

operation! {
    /// A completion (担保完成) of a hold, by its authorisation code, its day and its trace number,
    /// `POST /v1/poslink/transaction/preauthorization/completeauthorization` (POS通担保交易接口
    /// v20201204 §1.4.2 p.5).
    ///
    /// The document states no rule on the amount, no second completion and no undoing of one. A
    /// completion that another call may have made is this one's only when the platform has this
    /// amount under its own trace number.
    pub struct CompleteAuthorization {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in (authorization "§1.4.3 p.6"),
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in (authorization "§1.4.3 p.6"),
        /// The terminal's serial number of this transaction (系统跟踪号): another one for each call
        /// of a day.
        required system_trace_num: SystemTraceNumber = "systemTraceNum" in (authorization "§1.4.3 p.6"),
        /// How much of what is held is taken (交易金额), in fen.
        required transaction_amount: Written<Fen> = "transactionAmount" in (authorization "§1.4.3 p.6"),
        /// The currency (交易币种).
        constant transaction_currency_code: Currency = "transactionCurrencyCode" in (authorization "§1.4.3 p.6"),
        /// The hold's authorisation code (授权码), as its reply named it.
        required authorization_code: AuthorizationCode = "authorizationCode" in (authorization "§1.4.3 p.6"),
        /// The hold's day (原交易日期), without its year, as its reply named it.
        required original_transaction_date: MonthDay = "originalTransactionDate" in (authorization "§1.4.3 p.6"),
        /// The system trace number that the hold was sent with (原系统跟踪号). The document wants
        /// the one that the hold's reply named, and that reply has none.
        required original_system_trace_num: SystemTraceNumber = "originalSystemTraceNum" in (authorization "§1.4.3 p.6"),
    }

    /// The reply to a [`CompleteAuthorization`] (POS通担保交易接口 v20201204 §1.4.3 p.6).
    pub struct CompleteAuthorizationReply {
        /// The code that says what became of the completion.
        err_code: Text = "errCode" in (authorization "§1.4.3 p.6"), need Required, holds Public;
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo" in (authorization "§1.4.3 p.6"), need Required;
        /// The time of the transaction (交易时间).
        transaction_time: NaiveTime = "transactionTime" in (authorization "§1.4.3 p.6"), need Required;
        /// The day of the transaction (交易日期), without its year.
        transaction_date: MonthDay = "transactionDate" in (authorization "§1.4.3 p.6"), need Required;
        /// The day of settlement (结算日期), without its year.
        settlement_date: MonthDay = "settlementDate" in (authorization "§1.4.3 p.6"), need Required;
        /// The retrieval reference number (检索参考号).
        retrieval_ref_num: Text = "retrievalRefNum" in (authorization "§1.4.3 p.6"), need Required, holds Public;
        /// The wallet's name (第三方名称).
        third_party_name: Text = "thirdPartyName" in (authorization "§1.4.3 p.6"), need Optional;
    }

    name "complete_authorization", "担保完成", "completion of a hold";
    path "/v1/poslink/transaction/preauthorization/completeauthorization" in (authorization "§1.4.2 p.5");
    effect MovesMoney;
    judged as VoidAndRefund;
    identity system_trace_num;
    // No document says that a reply has them.
    echo transaction_amount as "transactionAmount";
    echo authorization_code as "authorizationCode";
    asked by QueryAuthorization with CompleteAuthorization::query {
        echo original_system_trace_num as deal_system_trace_num;
        echo authorization_code as authorization_code;
        state AuthorizationState::Held says Absent;
        state AuthorizationState::Completing says Pending;
        state AuthorizationState::Completed says ExecutedIfConfirmed;
        state AuthorizationState::Voided says StatedFailure;
        state AuthorizationState::Failed says StatedFailure;
        state AuthorizationState::Pending says Open;
        state AuthorizationState::Unknown says Open;
        concluded of_hold_by_code;
        confirmed with CompleteAuthorization::confirmation, by CompleteAuthorization::confirmed;
        repeatable false;
    }
}

impl CompleteAuthorization {
    /// A completion of the hold with this authorisation code.
    pub fn new(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        system_trace_num: SystemTraceNumber,
        amount: impl Into<Written<Fen>>,
        authorization_code: AuthorizationCode,
        original_transaction_date: MonthDay,
        original_system_trace_num: SystemTraceNumber,
    ) -> Self {
        Self::of_required(
            merchant_code,
            terminal_code,
            system_trace_num,
            amount.into(),
            authorization_code,
            original_transaction_date,
            original_system_trace_num,
        )
    }

    /// The query about the hold, by its trace number, which finds it on the same day only. Its own
    /// trace number is half a million further on than that of this call: see
    /// [`Preauthorize::query`](crate::Preauthorize::query).
    pub fn query(&self) -> QueryAuthorization {
        QueryAuthorization::by_system_trace_num(
            self.merchant_code.clone(),
            self.terminal_code.clone(),
            self.system_trace_num.for_query(),
            self.original_system_trace_num.clone(),
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
            hold: Some((&self.authorization_code, &self.original_system_trace_num)),
            order: None,
        }
    }
}
