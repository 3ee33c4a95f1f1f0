//! The reversal (支付冲正) of a payment, at v2 only.

use bytes::Bytes;

use crate::amount::Fen;
use crate::currency::Currency;
use crate::identifier::{MerchantCode, MerchantOrderId, TerminalCode};
use crate::judgement::Judgement;
use crate::malformed_reply::MalformedReply;
use crate::operation::{Discrepancy, Effect, EncodeError, Operation, encode_json};
use crate::pos_operation::PosOperation;
use crate::query::Query;
use crate::reply::reply;
use crate::request::request;
use crate::text::Text;
use crate::version::Version;
use crate::written::Written;

request! {
    /// A reversal (支付冲正) of a payment whose outcome is not known, `POST /v2/poslink/transaction/reversepayment` (path
    /// and fields: community).
    ///
    /// **Known at v2 only, and in no table of POS通交易接口 v20200527**: v1.5 of that document had it, and v20190611 removed
    /// operations without naming them. Query and void instead. Its §3 (p.26) still says that the payment must be of the
    /// same trading day.
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
        required transaction_currency_code: Currency = "transactionCurrencyCode" in community,
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
        Self {
            merchant_code,
            terminal_code,
            merchant_order_id,
            transaction_amount: amount.into(),
            transaction_currency_code: Currency::Cny,
        }
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

impl Operation for ReversePayment {
    type Reply = ReversePaymentReply;

    fn name(&self) -> &str {
        "reverse_payment"
    }

    fn path(&self) -> &str {
        "/v2/poslink/transaction/reversepayment"
    }

    fn effect(&self) -> Effect {
        Effect::MovesMoney
    }

    fn order(&self) -> Option<&str> {
        Some(self.merchant_order_id.as_str())
    }

    fn merchant(&self) -> Option<&str> {
        Some(self.merchant_code.as_str())
    }

    fn encode(&self) -> Result<Bytes, EncodeError> {
        encode_json(self)
    }

    fn decode(&self, body: Bytes) -> Result<ReversePaymentReply, MalformedReply> {
        ReversePaymentReply::decode(body)
    }

    fn judge(&self, reply: &ReversePaymentReply) -> Judgement {
        Judgement::of_pos_code(
            PosOperation::ReversePayment,
            reply.err_code.typed().cloned(),
            reply.err_info.typed().cloned(),
            reply.unlisted(),
        )
    }

    /// An order id or an amount other than the one that was sent. No document says that a reply has them.
    fn discrepancies(&self, reply: &ReversePaymentReply) -> Vec<Discrepancy> {
        let order = Some(self.merchant_order_id.as_str());
        let amount = Some(self.transaction_amount.value());
        let unlisted = reply.unlisted();
        [
            Discrepancy::of_unlisted("merchantOrderId", order, unlisted),
            Discrepancy::of_unlisted("transactionAmount", amount, unlisted),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

reply! {
    /// The reply to a [`ReversePayment`]: no more than the code is known.
    pub struct ReversePaymentReply {
        /// The code that says what became of the reversal.
        err_code: Text = "errCode" in community, holds Public;
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo" in community;
    }
}
