//! The query about a transaction of a hold by its trace number (交易状态查询操作,
//! 根据原交易流水号).

use crate::json::text::Text;
use crate::operation::declare::operation;
use crate::operation::resolve::Answer;
use crate::reply::field::Field;
use crate::value::amount::Fen;
use crate::value::identifier::{MerchantCode, SystemTraceNumber, TerminalCode};

operation! {
    /// A query about one transaction of a hold, its completion included, by the system trace number
    /// that it was sent with, `POST
    /// /v1/poslink/transaction/preauthorization/query-by-system-trace-num` (POS通担保交易接口
    /// v20201204 §1.8.2 p.10).
    ///
    /// It names no day, and a trace number is unique per trading day only (§2 p.15): ask on the
    /// same day. The state of the hold is not in its reply; that is what
    /// [`QueryAuthorization`](crate::QueryAuthorization) is for.
    pub struct QueryAuthorizationByTrace {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in (authorization "§1.8.3 p.11"),
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in (authorization "§1.8.3 p.11"),
        /// The terminal's serial number of this transaction (系统跟踪号): another one for each call
        /// of a day.
        required system_trace_num: SystemTraceNumber = "systemTraceNum" in (authorization "§1.8.3 p.11"),
        /// The system trace number of the transaction that is asked about (所查询交易系统跟踪号).
        required original_system_trace_num: SystemTraceNumber = "originalSystemTraceNum" in (authorization "§1.8.3 p.11"),
    }

    /// The reply to a [`QueryAuthorizationByTrace`] (POS通担保交易接口 v20201204 §1.8.3 p.11-12).
    pub struct QueryAuthorizationByTraceReply {
        /// The code that says what became of the query. `00` says nothing of the transaction.
        err_code: Text = "errCode" in (authorization "§1.8.3 p.11"), need Required, holds Public;
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo" in (authorization "§1.8.3 p.11"), need Required;
        /// What became of that transaction (查询结果): `0` success, and everything else is called a
        /// failure, which an answer that is not final contradicts.
        query_res_code: Text = "queryResCode" in (authorization "§1.8.3 p.11"), need Required, holds Public;
        /// The customer's code that the hold was made with (付款码). `Debug` does not show it.
        pay_code: Text = "payCode" in (authorization "§1.8.3 p.11"), need Required, holds Secret;
        /// The day of the transaction that was asked about (所查询交易交易日期). No format is
        /// given.
        deal_date: Text = "dealDate" in (authorization "§1.8.3 p.11"), need Required, holds Public;
        /// The time of the transaction that was asked about (所查询交易交易时间). No format is
        /// given.
        deal_time: Text = "dealTime" in (authorization "§1.8.3 p.11"), need Required, holds Public;
        /// The amount that the terminal had sent (原终端上送金额). That it is in fen is inferred.
        original_amount: Fen = "originalAmount" in (authorization "§1.8.3 p.11"), need Required, kind String;
        /// The kind of transaction (交易类型). The document lists no values.
        deal_type: Text = "dealType" in (authorization "§1.8.3 p.11"), need Required, holds Public;
        /// The system trace number of the transaction that was asked about (所查询交易流水).
        deal_system_trace_num: Text = "dealSystemTraceNum" in (authorization "§1.8.3 p.11"), need Required, holds Public;
        /// The retrieval reference number of the transaction that was asked about
        /// (所查询交易系统参考号).
        deal_retrieval_ref_num: Text = "dealRetrievalRefNum" in (authorization "§1.8.3 p.11"), need Required, holds Public;
        /// The batch (批次号).
        batch_no: Text = "batchNo" in (authorization "§1.8.3 p.12"), need Required, holds Public;
        /// The hold's authorisation code (原交易授权码).
        authorization_code: Text = "authorizationCode" in (authorization "§1.8.3 p.12"), need Required, holds Public;
        /// The amount after the discounts of the UMS alliance (营销联盟优惠后交易金额). That it is
        /// in fen is inferred.
        actual_transaction_amount: Fen = "actualTransactionAmount" in (authorization "§1.8.3 p.12"), need Optional, kind String;
        /// The amount that the payer really paid (用户实际支付金额). That it is in fen is inferred.
        amount: Fen = "amount" in (authorization "§1.8.3 p.12"), need Required, kind String;
        /// The order by the platform's id (订单号).
        order_id: Text = "orderId" in (authorization "§1.8.3 p.12"), need Optional, holds Public;
        /// What the UMS alliance discounted (营销联盟优惠说明), in words.
        marketing_alliance_discount_instruction: Text = "marketingAllianceDiscountInstruction" in (authorization "§1.8.3 p.12"), need Optional;
        /// What the payment channel discounted (第三方优惠说明), in words.
        third_party_discount_instruction: Text = "thirdPartyDiscountInstruction" in (authorization "§1.8.3 p.12"), need Optional;
        /// The wallet's name (第三方名称).
        third_party_name: Text = "thirdPartyName" in (authorization "§1.8.3 p.12"), need Optional;
        /// The payer's id in the wallet (第三方买家ID). `Debug` does not show it.
        third_party_buyer_id: Text = "thirdPartyBuyerId" in (authorization "§1.8.3 p.12"), need Optional, holds Personal;
        /// What the merchant bore of the discounts (商户出资优惠金额), in fen.
        third_party_merchant_discount_amount: Fen = "thirdPartyMerchantDiscountAmount" in (authorization "§1.8.3 p.12"), need Optional;
        /// What others bore of the discounts (其他出资优惠金额), in fen.
        third_party_other_discount_amount: Fen = "thirdPartyOtherDiscountAmount" in (authorization "§1.8.3 p.12"), need Optional;
    }

    name "query_authorization_by_trace", "交易状态查询操作（根据原交易流水号查询）", "query about a transaction by its trace number";
    path "/v1/poslink/transaction/preauthorization/query-by-system-trace-num" in (authorization "§1.8.2 p.10");
    effect ReadOnly;
    judged as Query;
    identity original_system_trace_num;
    echo original_system_trace_num as deal_system_trace_num;
}

impl QueryAuthorizationByTrace {
    /// A query about the transaction that was sent with this trace number, under a trace number of
    /// its own.
    pub fn new(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        system_trace_num: SystemTraceNumber,
        original_system_trace_num: SystemTraceNumber,
    ) -> Self {
        Self::of_required(
            merchant_code,
            terminal_code,
            system_trace_num,
            original_system_trace_num,
        )
    }
}

impl QueryAuthorizationByTraceReply {
    /// Whether the answer says that the transaction succeeded. That it does not say so proves no
    /// failure: what is under way is called a failure, too (inferred).
    pub fn is_success(&self) -> bool {
        let says = |field: &Field<Text>, value| field.typed().is_some_and(|told| *told == value);
        says(&self.err_code, "00") && says(&self.query_res_code, "0")
    }
}

impl Answer for QueryAuthorizationByTraceReply {
    /// Whether the transaction succeeded.
    type State = bool;

    fn state(&self) -> bool {
        self.is_success()
    }

    fn state_name(&self) -> &'static str {
        match self.is_success() {
            true => "succeeded",
            false => "unknown",
        }
    }

    /// Which codes say so is not known of this query.
    fn has_no_record(&self) -> bool {
        false
    }
}
