//! The reversal (支付冲正) of a payment, at v2 only.

use crate::field::written::Written;
use crate::json::text::Text;
use crate::operation::declare::operation;
use crate::operation::resolve::plainly;
use crate::poslink::query::Query;
use crate::value::amount::Fen;
use crate::value::currency::Currency;
use crate::value::identifier::{MerchantCode, MerchantOrderId, TerminalCode};
use crate::value::query_state::QueryState;
use crate::value::version::Version;

operation! {
    /// A reversal (支付冲正) of a payment whose outcome is not known, `POST
    /// /v2/poslink/transaction/reversepayment` (path and fields: community).
    ///
    /// **Known at v2 only, and in no table of POS通交易接口 v20200527**: v1.5 of that document had
    /// it, and v20190611 removed operations without naming them. Query and void instead. Its §3
    /// (p.26) still says that the payment must be of the same trading day.
    ///
    /// ```
    /// use ums_model::{Fen, MerchantCode, MerchantOrderId, Operation, ReversePayment, TerminalCode};
    ///
    /// let reverse = ReversePayment::new(
    ///     MerchantCode::new("123456789900081")?,
    ///     TerminalCode::new("00810001")?,
    ///     MerchantOrderId::new("M202601020001")?,
    ///     Fen::new(200),
    /// );
    /// assert_eq!(reverse.path(), "/v2/poslink/transaction/reversepayment");
    /// # Ok::<(), ums_model::InvalidField>(())
    /// ```
    pub struct ReversePayment {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in community,
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in community,
        /// The payment by the merchant's own id of the order (商户订单号).
        required merchant_order_id: MerchantOrderId = "merchantOrderId" in community,
        /// The payment's amount, in fen.
        required transaction_amount: Written<Fen> = "transactionAmount" in community,
        /// The currency (交易币种).
        constant transaction_currency_code: Currency = "transactionCurrencyCode" in community,
    }

    /// The reply to a [`ReversePayment`]: no more than the code is known.
    pub struct ReversePaymentReply {
        /// The code that says what became of the reversal.
        err_code: Text = "errCode" in community, holds Public;
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo" in community;
    }

    name "reverse_payment", "支付冲正", "reversal of a payment";
    path "/v2/poslink/transaction/reversepayment" in community;
    effect MovesMoney;
    judged as VoidOrReversal;
    order merchant merchant_order_id;
    identity merchant_order_id;
    // No document says that a reply has them.
    echo merchant_order_id as "merchantOrderId";
    echo transaction_amount as "transactionAmount";
    asked by Query with ReversePayment::query {
        echo merchant_order_id as merchant_order_id;
        echo transaction_amount as original_transaction_amount, "transactionAmount";
        state QueryState::Reversed says Executed;
        state QueryState::Paid says Absent;
        state QueryState::Voided says Open;
        state QueryState::Refunded says Open;
        state QueryState::Failed says Open;
        state QueryState::TimedOut says Open;
        state QueryState::Unknown says Open;
        concluded plainly;
        repeatable false;
    }
}

impl ReversePayment {
    /// A reversal of the payment of this much with this id.
    pub fn new(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        merchant_order_id: MerchantOrderId,
        amount: impl Into<Written<Fen>>,
    ) -> Self {
        Self::of_required(
            merchant_code,
            terminal_code,
            merchant_order_id,
            amount.into(),
        )
    }

    /// The query about the order of the payment, at v2.
    pub fn query(&self) -> Query {
        Query::by_merchant_order_id(
            self.merchant_code.clone(),
            self.terminal_code.clone(),
            self.merchant_order_id.clone(),
        )
        .at_version(Version::V2)
    }
}
