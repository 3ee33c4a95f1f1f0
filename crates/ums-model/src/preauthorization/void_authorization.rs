//! The void of a hold (担保撤销).

use chrono::NaiveTime;

use crate::field::written::Written;
use crate::json::text::Text;
use crate::operation::declare::operation;
use crate::preauthorization::deal::of_hold_by_code;
use crate::preauthorization::query_authorization::QueryAuthorization;
use crate::value::amount::Fen;
use crate::value::authorization_state::AuthorizationState;
use crate::value::currency::Currency;
use crate::value::date::MonthDay;
use crate::value::identifier::{AuthorizationCode, MerchantCode, SystemTraceNumber, TerminalCode};

operation! {
    /// A void (担保撤销) of a hold, by its authorisation code, its day and its trace number, `POST
    /// /v1/poslink/transaction/preauthorization/voidauthorization` (POS通担保交易接口 v20201204
    /// §1.5.2 p.7).
    ///
    /// The document does not say what the amount is for: the whole that was held is meant
    /// (inferred).
    pub struct VoidAuthorization {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in (authorization "§1.5.3 p.7"),
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in (authorization "§1.5.3 p.7"),
        /// The terminal's serial number of this transaction (系统跟踪号): another one for each call
        /// of a day.
        required system_trace_num: SystemTraceNumber = "systemTraceNum" in (authorization "§1.5.3 p.7"),
        /// The amount that is held: a void takes all of it (交易金额), in fen.
        required transaction_amount: Written<Fen> = "transactionAmount" in (authorization "§1.5.3 p.7"),
        /// The currency (交易币种).
        constant transaction_currency_code: Currency = "transactionCurrencyCode" in (authorization "§1.5.3 p.7"),
        /// The hold's authorisation code (授权码), as its reply named it.
        required authorization_code: AuthorizationCode = "authorizationCode" in (authorization "§1.5.3 p.7"),
        /// The hold's day (原交易日期), without its year, as its reply named it.
        required original_transaction_date: MonthDay = "originalTransactionDate" in (authorization "§1.5.3 p.7"),
        /// The system trace number that the hold was sent with (原系统跟踪号). The document wants
        /// the one that the hold's reply named, and that reply has none.
        required original_system_trace_num: SystemTraceNumber = "originalSystemTraceNum" in (authorization "§1.5.3 p.7"),
    }

    /// The reply to a [`VoidAuthorization`] (POS通担保交易接口 v20201204 §1.5.3 p.7-8).
    pub struct VoidAuthorizationReply {
        /// The code that says what became of the void.
        err_code: Text = "errCode" in (authorization "§1.5.3 p.7"), need Required, holds Public;
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo" in (authorization "§1.5.3 p.8"), need Required;
        /// The time of the transaction (交易时间).
        transaction_time: NaiveTime = "transactionTime" in (authorization "§1.5.3 p.8"), need Required;
        /// The day of the transaction (交易日期), without its year.
        transaction_date: MonthDay = "transactionDate" in (authorization "§1.5.3 p.8"), need Required;
        /// The day of settlement (结算日期), without its year.
        settlement_date: MonthDay = "settlementDate" in (authorization "§1.5.3 p.8"), need Required;
        /// The retrieval reference number (检索参考号).
        retrieval_ref_num: Text = "retrievalRefNum" in (authorization "§1.5.3 p.8"), need Required, holds Public;
        /// The wallet's name (第三方名称).
        third_party_name: Text = "thirdPartyName" in (authorization "§1.5.3 p.8"), need Optional;
    }

    name "void_authorization", "担保撤销", "void of a hold";
    path "/v1/poslink/transaction/preauthorization/voidauthorization" in (authorization "§1.5.2 p.7");
    effect MovesMoney;
    judged as VoidOrReversal;
    identity system_trace_num;
    // No document says that a reply has them.
    echo transaction_amount as "transactionAmount";
    echo authorization_code as "authorizationCode";
    asked by QueryAuthorization with VoidAuthorization::query {
        echo original_system_trace_num as deal_system_trace_num;
        echo authorization_code as authorization_code;
        echo transaction_amount as original_amount;
        state AuthorizationState::Voided says Executed;
        state AuthorizationState::Held says Absent;
        state AuthorizationState::Completing says Pending;
        // It was completed: what was to be voided is a payment now.
        state AuthorizationState::Completed says StatedFailure;
        state AuthorizationState::Failed says NothingToUndo;
        state AuthorizationState::Pending says Open;
        state AuthorizationState::Unknown says Open;
        concluded of_hold_by_code;
        repeatable false;
    }
}

impl VoidAuthorization {
    /// A void of the hold with this authorisation code.
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
}
