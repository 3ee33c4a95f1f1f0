//! An operation that was sent earlier, rebuilt from its request to be asked about.

use ums_client::journal::RequestRecord;
use ums_client::model::{
    Fen, InvalidField, MerchantCode, MerchantOrderId, MerchantRemark, Operation, OrderRef, Pay,
    PayCode, PayMode, PayVersion, PosOperation, Refund, RefundRequestId, ReversePayment,
    TerminalCode, UmsOrderId, Version, VoidPayment,
};
use ums_client::{Client, Inquiry, Language, PastCall, ResolvePolicy};

use crate::entry::{self, in_yuan};
use crate::failure::{Failure, FailureKind, OrFail};
use crate::fields::missing;
use crate::language::Message;
use crate::report::excerpt;
use crate::sent::Ids;
use crate::table::{Row, masked};

/// An operation that queries can find out about.
#[derive(Debug)]
pub(crate) enum OpenOperation {
    Pay(Box<Pay>),
    Void(VoidPayment),
    Refund(Refund),
    Reverse(ReversePayment),
}

impl OpenOperation {
    /// The operation, with all of it that an answer is compared with.
    ///
    /// # Errors
    ///
    /// The request is of another kind, or lacks what identifies it.
    pub(crate) fn of(request: &RequestRecord) -> Result<Self, Failure> {
        let ids = Ids::of(request)
            .or_fail(FailureKind::InvalidInput)
            .map_err(|failure| failure.named("request.body"))?;
        let operation = PosOperation::of_path(&request.path);
        let name = match operation {
            PosOperation::Pay => "pay",
            PosOperation::VoidPayment => "void_payment",
            PosOperation::Refund => "refund",
            PosOperation::ReversePayment => "reverse_payment",
            _ => {
                let path = masked(&excerpt(&request.path));
                return Err(missing((
                    format!(
                        "a payment, void, refund or reversal of POS通 can be asked about, and {path} is \
                         none: look at it by hand"
                    ),
                    format!("只能核实 POS通 的支付、撤销、退款或冲正，{path} 不在其中：请人工核对"),
                )));
            }
        };
        // `ums api` calls them all by one name.
        if ![name, "call"].contains(&request.operation.as_str()) {
            return Err(missing((
                "request.operation and request.path are not of one operation",
                "request.operation 与 request.path 不是同一种交易",
            )));
        }
        let open = rebuilt(operation, ids)
            .or_fail(FailureKind::InvalidInput)
            .map_err(|failure| failure.named("request.body"))?
            .ok_or_else(|| {
                missing((
                    "request.body lacks an order, a refund request id or an amount",
                    "request.body 中缺少订单号、退款请求标识或金额",
                ))
            })?;
        open.at(&request.path).ok_or_else(|| {
            missing((
                "request.path is at no version that is known",
                "request.path 的接口版本不受支持",
            ))
        })
    }

    /// What became of it, by query.
    pub(crate) async fn inquire(
        &self,
        client: &Client,
        call: &PastCall,
        policy: &ResolvePolicy,
    ) -> Inquiry {
        match self {
            Self::Pay(pay) => client.inquire(&**pay, call, policy).await,
            Self::Void(void) => client.inquire(void, call, policy).await,
            Self::Refund(refund) => client.inquire(refund, call, policy).await,
            Self::Reverse(reverse) => client.inquire(reverse, call, policy).await,
        }
    }

    /// The operation for a person.
    pub(crate) fn rows(&self, language: Language) -> Vec<Row> {
        let (what, order, amount) = match self {
            Self::Pay(pay) => (
                ("payment", "支付"),
                pay.order().id(),
                Some(pay.transaction_amount()),
            ),
            Self::Void(void) => (("void", "撤销"), void.order().id(), None),
            Self::Refund(refund) => (
                ("refund", "退款"),
                refund.order().id(),
                Some(refund.transaction_amount()),
            ),
            Self::Reverse(reverse) => (
                ("reversal", "冲正"),
                reverse.order().id(),
                Some(reverse.transaction_amount()),
            ),
        };
        let amount = amount.map(|amount| in_yuan(*amount.value()));
        let mut entries = vec![(what, order.map(Message::name)), (entry::AMOUNT, amount)];
        if let Self::Refund(refund) = self {
            let id = Message::name(refund.refund_request_id());
            entries.push((entry::REFUND_REQUEST_ID, Some(id)));
        }
        entry::rows(entries, language)
    }

    /// The operation at the version of this path.
    fn at(self, path: &str) -> Option<Self> {
        const VERSIONS: [Version; 2] = [Version::V6, Version::V2];
        match self {
            Self::Pay(pay) => [PayVersion::V6, PayVersion::V4, PayVersion::V2]
                .map(|version| pay.clone().at_version(version))
                .into_iter()
                .find(|pay| pay.path() == path)
                .map(|pay| Self::Pay(Box::new(pay))),
            Self::Void(void) => VERSIONS
                .map(|version| void.clone().at_version(version))
                .into_iter()
                .find(|void| void.path() == path)
                .map(Self::Void),
            Self::Refund(refund) => VERSIONS
                .map(|version| refund.clone().at_version(version))
                .into_iter()
                .find(|refund| refund.path() == path)
                .map(Self::Refund),
            Self::Reverse(reverse) => {
                let is_at = reverse.path() == path;
                is_at.then_some(Self::Reverse(reverse))
            }
        }
    }
}

/// `None` when something is missing.
fn rebuilt(operation: PosOperation, ids: Ids) -> Result<Option<OpenOperation>, InvalidField> {
    let merchant = MerchantCode::new(ids.merchant_code)?;
    let terminal = TerminalCode::new(ids.terminal_code)?;
    let merchant_order = ids
        .merchant_order_id
        .map(MerchantOrderId::new)
        .transpose()?;
    let ums_order = ids.original_order_id.map(UmsOrderId::new).transpose()?;
    let amount: Option<Fen> = ids
        .transaction_amount
        .and_then(|amount| amount.to_text().parse().ok());
    let order = OrderRef::from_ids(merchant_order.clone(), ums_order);
    Ok(match operation {
        PosOperation::Pay => {
            let (Some(order), Some(amount)) = (merchant_order, amount) else {
                return Ok(None);
            };
            // An answer says nothing of remark and code, which are not printed.
            let remark = MerchantRemark::new("-")?;
            let code = PayCode::new("-")?;
            let mode = PayMode::CodeScan;
            let pay = Pay::new(merchant, terminal, order, amount, remark, mode, code);
            Some(OpenOperation::Pay(Box::new(pay)))
        }
        PosOperation::VoidPayment => {
            order.map(|order| OpenOperation::Void(VoidPayment::new(merchant, terminal, order)))
        }
        PosOperation::Refund => {
            let (Some(order), Some(request), Some(amount)) = (order, ids.refund_request_id, amount)
            else {
                return Ok(None);
            };
            let request = RefundRequestId::new(request)?;
            let refund = Refund::new(merchant, terminal, order, request, amount);
            Some(OpenOperation::Refund(refund))
        }
        PosOperation::ReversePayment => {
            let (Some(order), Some(amount)) = (merchant_order, amount) else {
                return Ok(None);
            };
            let reverse = ReversePayment::new(merchant, terminal, order, amount);
            Some(OpenOperation::Reverse(reverse))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(operation: &str, path: &str, body: &str) -> Result<OpenOperation, String> {
        OpenOperation::of(&RequestRecord::new(operation, path, body.as_bytes()))
            .map_err(|failure| failure.to_string())
    }

    const ORDER: &str = r#"{"merchantCode":"1","terminalCode":"2","merchantOrderId":"M","originalOrderId":"U","refundRequestId":"R","payCode":"******","transactionAmount":"4160"}"#;

    #[test]
    fn the_query_is_the_operations_own() {
        for (operation, path, query, body) in [
            (
                "void_payment",
                "/v6/poslink/transaction/voidpayment",
                "/v6/poslink/transaction/query",
                r#"{"merchantCode":"1","terminalCode":"2","originalOrderId":"U"}"#,
            ),
            (
                "void_payment",
                "/v2/poslink/transaction/voidpayment",
                "/v2/poslink/transaction/query",
                r#"{"merchantCode":"1","terminalCode":"2","originalOrderId":"U"}"#,
            ),
            (
                "pay",
                "/v4/poslink/transaction/pay",
                "/v2/poslink/transaction/query",
                r#"{"merchantCode":"1","terminalCode":"2","merchantOrderId":"M"}"#,
            ),
            (
                "call",
                "/v6/poslink/transaction/pay",
                "/v6/poslink/transaction/query",
                r#"{"merchantCode":"1","terminalCode":"2","merchantOrderId":"M"}"#,
            ),
            (
                "reverse_payment",
                "/v2/poslink/transaction/reversepayment",
                "/v2/poslink/transaction/query",
                r#"{"merchantCode":"1","terminalCode":"2","merchantOrderId":"M"}"#,
            ),
            (
                "refund",
                "/v6/poslink/transaction/refund",
                "/v6/poslink/transaction/query-refund",
                r#"{"merchantCode":"1","terminalCode":"2","refundRequestId":"R","merchantOrderId":"M","originalOrderId":"U"}"#,
            ),
        ] {
            let (asked, bytes) = match open(operation, path, ORDER).unwrap() {
                OpenOperation::Pay(pay) => (pay.query().path().to_owned(), pay.query().encode()),
                OpenOperation::Void(void) => {
                    (void.query().path().to_owned(), void.query().encode())
                }
                OpenOperation::Reverse(reverse) => {
                    (reverse.query().path().to_owned(), reverse.query().encode())
                }
                OpenOperation::Refund(refund) => {
                    let query = refund.query_refund();
                    (query.path().to_owned(), query.encode())
                }
            };
            assert_eq!(asked, query);
            assert_eq!(bytes.unwrap(), body, "{path}");
        }
    }

    /// An answer is compared with it.
    #[test]
    fn the_amount_is_the_real_one() {
        for amount in ["4160", "\"4160\""] {
            let body = ORDER.replace("\"4160\"", amount);
            let amount = |operation, path: &str| match open(operation, path, &body).unwrap() {
                OpenOperation::Pay(pay) => *pay.transaction_amount().value(),
                OpenOperation::Refund(refund) => *refund.transaction_amount().value(),
                OpenOperation::Reverse(reverse) => *reverse.transaction_amount().value(),
                OpenOperation::Void(_) => Fen::ZERO,
            };
            let all = [
                amount("pay", "/v6/poslink/transaction/pay"),
                amount("refund", "/v6/poslink/transaction/refund"),
                amount("reverse_payment", "/v2/poslink/transaction/reversepayment"),
            ];
            assert_eq!(all, [Fen::new(4160); 3]);
        }
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let void = "/v6/poslink/transaction/voidpayment";
        let pay = "/v6/poslink/transaction/pay";
        for (operation, path, body) in [
            ("void_payment", "/v6/poslink/transaction/refund", ORDER),
            (
                "void_payment",
                void,
                r#"{"merchantCode":"1","terminalCode":"2"}"#,
            ),
            ("void_payment", void, r#"{"merchantCode":"1"}"#),
            (
                "void_payment",
                void,
                r#"{"merchantCode":"","terminalCode":"2","originalOrderId":"U"}"#,
            ),
            ("void_payment", void, "[]"),
            (
                "void_payment",
                void,
                r#"{"merchantCode":"1","terminalCode":"2","originalOrderId":"U","originalOrderId":"V"}"#,
            ),
            (
                "refund",
                "/v6/poslink/transaction/refund",
                r#"{"merchantCode":"1","terminalCode":"2","merchantOrderId":"M","transactionAmount":1}"#,
            ),
            (
                "pay",
                pay,
                r#"{"merchantCode":"1","terminalCode":"2","originalOrderId":"U","transactionAmount":1}"#,
            ),
            // Without its amount, any payment would pass for it.
            (
                "pay",
                pay,
                r#"{"merchantCode":"1","terminalCode":"2","merchantOrderId":"M"}"#,
            ),
            (
                "pay",
                pay,
                r#"{"merchantCode":"1","terminalCode":"2","merchantOrderId":"M","transactionAmount":1.5}"#,
            ),
            (
                "pay",
                pay,
                r#"{"merchantCode":"1","terminalCode":"2","merchantOrderId":"M","transactionAmount":"******"}"#,
            ),
            ("call", "/v1/netpay/refund", ORDER),
            ("query", "/v6/poslink/transaction/query", ORDER),
            ("pay", "/v9/poslink/transaction/pay", ORDER),
            ("pay", "/v6//poslink/transaction/pay", ORDER),
        ] {
            assert!(
                open(operation, path, body).is_err(),
                "{operation} {path} {body}"
            );
        }
    }
}
