//! `ums settle`.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::value::RawValue;
use ums_client::model::{
    Fen, InvalidField, MerchantCode, MerchantOrderId, MerchantRemark, Operation, OrderRef, Pay,
    PayCode, PayMode, PayVersion, Refund, RefundRequestId, TerminalCode, UmsOrderId, Version,
    VoidPayment,
};
use ums_client::{Client, Inquiry, Language, SettlePolicy};

use crate::call::{print, until_end_or_signal};
use crate::context::Context;
use crate::credentials;
use crate::destination::Destination;
use crate::entry;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input;
use crate::interrupt::Witness;
use crate::output;
use crate::pace::Pace;
use crate::report::{self, Report, Settled};
use crate::sent::SentRequest;
use crate::table::Row;

/// Find out by query what became of an operation whose outcome is unknown
///
/// Reads the JSON that ums pay, ums void or ums refund printed with --json, and
/// queries the order (or the refund) until its state is certain. The operation
/// itself is not sent again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = report::help(NOTES, EXAMPLES))]
pub(crate) struct Args {
    /// File that holds the JSON of the unknown outcome; - for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    pace: Pace,
}

const NOTES: &str = "\
What the outcome says then: approved, it was carried out; declined, it was not;
unknown, that is still open: settle again later, or look at the order by hand.
\"Not carried out\" is believed when two answers in a row say so.

Only an unknown outcome can be settled, and an approved one whose reply does not
match the request (next_step confirm). The gateway must be the one it was sent to.";

const EXAMPLES: &str = "\
Examples:
  ums void --profile shop --merchant-order-id 202311250001 --json > void.json
  ums settle --profile shop void.json
  ums refund … --json | ums settle --profile shop --within 300 -";

/// What of a printed outcome is looked at.
#[derive(Deserialize)]
struct Told {
    outcome: String,
    next_step: String,
    evidence: ToldEvidence,
    request: Option<SentRequest>,
}

#[derive(Deserialize)]
struct ToldEvidence {
    url: Option<String>,
}

/// An operation that queries can settle.
#[derive(Debug)]
enum Open {
    Pay(Box<Pay>),
    Void(VoidPayment),
    Refund(Refund),
}

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let policy = self.pace.policy()?;
        let bytes = input::bytes("FILE", &self.file)?;
        let (request, sent_to) = unsettled(&bytes).map_err(|failure| self.about(failure))?;
        let open = Open::of(&request).map_err(|failure| self.about(failure))?;

        let settings = context.settings()?;
        let witness = Witness::default();
        witness.settling();
        let destination = Destination::of(&settings)?;
        let is_live = destination.is_live;
        let client = destination
            .client(credentials::of(&settings)?)
            .recorder(witness.clone())
            .build()
            .or_fail(FailureKind::Configuration)?;
        let url = format!("{}{}", client.base_url(), request.path);
        if sent_to != url {
            let message = format!("it was sent to {sent_to}, and this run would ask {url}");
            return Err(self.about(Failure::text(FailureKind::InvalidInput, message)));
        }

        let work = open.settle(&client, policy);
        let (ended, elapsed) = until_end_or_signal(work, &witness, context)?;
        let report = Report::of_inquiry(
            request,
            match ended {
                Some(Inquiry {
                    finding,
                    queries,
                    elapsed,
                    ..
                }) => Settled {
                    kind: finding.kind(),
                    finding,
                    queries,
                    elapsed,
                },
                None => {
                    output::talk(context.say(
                        "Interrupted: the outcome is still unknown.",
                        "已中断：结果仍未知。",
                    ));
                    Settled::open(elapsed)
                }
            },
            url,
            context.language,
        )
        .with_live(is_live);
        print(&report, open.rows(context.language), context);
        Ok(report.exit())
    }

    fn about(&self, failure: Failure) -> Failure {
        failure.about(self.file.display().to_string())
    }
}

/// The request of an outcome that is open, and where it went.
fn unsettled(bytes: &[u8]) -> Result<(SentRequest, String), Failure> {
    let told: Told = serde_json::from_slice(bytes)
        .or_fail(FailureKind::InvalidInput)
        .map_err(|failure| failure.about("not the JSON of an outcome"))?;
    let is_open = told.outcome == "unknown" || told.next_step == "confirm";
    match (is_open, told.request, told.evidence.url) {
        (true, Some(request), Some(url)) => Ok((request, url)),
        (true, _, _) => Err(refuse(
            "it does not say which request was sent, and where to",
        )),
        (false, ..) => Err(refuse(&format!(
            "the outcome is {:?}: there is nothing to settle",
            report::excerpt(&told.outcome)
        ))),
    }
}

/// The fields of a body that name what to query.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    merchant_code: String,
    terminal_code: String,
    merchant_order_id: Option<String>,
    original_order_id: Option<String>,
    refund_request_id: Option<String>,
}

impl Open {
    /// The operation as far as it matters for its query.
    fn of(request: &SentRequest) -> Result<Self, Failure> {
        let body = request.body.as_ref().map(|body| RawValue::get(body));
        let body: Body = serde_json::from_str(body.unwrap_or("null"))
            .or_fail(FailureKind::InvalidInput)
            .map_err(|failure| failure.about("request.body"))?;
        let open = match request.operation.as_str() {
            "void_payment" => body.void(&request.path),
            "pay" => body.pay(&request.path),
            "refund" => body.refund(&request.path),
            other => {
                return Err(refuse(&format!(
                    "pay, void_payment and refund can be settled, {:?} cannot: query it by hand",
                    report::excerpt(other)
                )));
            }
        };
        let open = open
            .or_fail(FailureKind::InvalidInput)
            .map_err(|failure| failure.about("request.body"))?;
        open.ok_or_else(|| refuse("request.path and request.body do not fit the operation"))
    }

    async fn settle(&self, client: &Client, policy: SettlePolicy) -> Inquiry {
        match self {
            Self::Pay(pay) => client.inquire(&**pay, policy).await,
            Self::Void(void) => client.inquire(void, policy).await,
            Self::Refund(refund) => client.inquire(refund, policy).await,
        }
    }

    fn rows(&self, language: Language) -> Vec<Row> {
        let (what, order) = match self {
            Self::Pay(pay) => (("payment", "支付"), pay.order()),
            Self::Void(void) => (("void", "撤销"), void.order()),
            Self::Refund(refund) => (("refund", "退款"), refund.order()),
        };
        entry::rows([(what, order.map(ToOwned::to_owned))], language)
    }
}

impl Body {
    fn void(self, path: &str) -> Result<Option<Open>, InvalidField> {
        let (merchant, terminal) = self.merchant()?;
        let Some(order) = self.order()? else {
            return Ok(None);
        };
        let void = VoidPayment::new(merchant, terminal, order);
        Ok(VERSIONS
            .map(|version| void.clone().at_version(version))
            .into_iter()
            .find(|void| void.path() == path)
            .map(Open::Void))
    }

    fn refund(self, path: &str) -> Result<Option<Open>, InvalidField> {
        let (merchant, terminal) = self.merchant()?;
        let (Some(order), Some(request)) = (self.order()?, &self.refund_request_id) else {
            return Ok(None);
        };
        let request = RefundRequestId::new(request.as_str())?;
        // The query does not say the amount.
        let refund = Refund::new(merchant, terminal, order, request, Fen::ZERO);
        Ok(VERSIONS
            .map(|version| refund.clone().at_version(version))
            .into_iter()
            .find(|refund| refund.path() == path)
            .map(Open::Refund))
    }

    fn pay(self, path: &str) -> Result<Option<Open>, InvalidField> {
        let (merchant, terminal) = self.merchant()?;
        let Some(order) = &self.merchant_order_id else {
            return Ok(None);
        };
        // The query says nothing of what follows the order's id.
        let pay = Pay::new(
            merchant,
            terminal,
            MerchantOrderId::new(order.as_str())?,
            Fen::ZERO,
            MerchantRemark::new("-")?,
            PayMode::CodeScan,
            PayCode::new("-")?,
        );
        Ok([PayVersion::V6, PayVersion::V4, PayVersion::V2]
            .map(|version| pay.clone().at_version(version))
            .into_iter()
            .find(|pay| pay.path() == path)
            .map(|pay| Open::Pay(Box::new(pay))))
    }

    fn merchant(&self) -> Result<(MerchantCode, TerminalCode), InvalidField> {
        Ok((
            MerchantCode::new(self.merchant_code.as_str())?,
            TerminalCode::new(self.terminal_code.as_str())?,
        ))
    }

    fn order(&self) -> Result<Option<OrderRef>, InvalidField> {
        Ok(OrderRef::from_ids(
            self.merchant_order_id
                .as_deref()
                .map(MerchantOrderId::new)
                .transpose()?,
            self.original_order_id
                .as_deref()
                .map(UmsOrderId::new)
                .transpose()?,
        ))
    }
}

const VERSIONS: [Version; 2] = [Version::V6, Version::V2];

fn refuse(message: &str) -> Failure {
    Failure::text(FailureKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(operation: &str, path: &str, body: &str) -> Result<Open, String> {
        Open::of(&SentRequest {
            operation: operation.to_owned(),
            path: path.to_owned(),
            body: RawValue::from_string(body.to_owned()).ok(),
        })
        .map_err(|failure| failure.to_string())
    }

    const ORDER: &str = r#"{"merchantCode":"1","terminalCode":"2","merchantOrderId":"M","originalOrderId":"U","refundRequestId":"R","payCode":"******","transactionAmount":"1"}"#;

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
                "refund",
                "/v6/poslink/transaction/refund",
                "/v6/poslink/transaction/query-refund",
                r#"{"merchantCode":"1","terminalCode":"2","refundRequestId":"R","merchantOrderId":"M","originalOrderId":"U"}"#,
            ),
        ] {
            let (asked, bytes) = match open(operation, path, ORDER).unwrap() {
                Open::Pay(pay) => (pay.query().path().to_owned(), pay.query().encode()),
                Open::Void(void) => (void.query().path().to_owned(), void.query().encode()),
                Open::Refund(refund) => {
                    let query = refund.query_refund();
                    (query.path().to_owned(), query.encode())
                }
            };
            assert_eq!(asked, query);
            assert_eq!(bytes.unwrap(), body, "{path}");
        }
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let path = "/v6/poslink/transaction/voidpayment";
        for (operation, path, body) in [
            ("void_payment", "/v6/poslink/transaction/refund", ORDER),
            (
                "void_payment",
                path,
                r#"{"merchantCode":"1","terminalCode":"2"}"#,
            ),
            ("void_payment", path, r#"{"merchantCode":"1"}"#),
            (
                "void_payment",
                path,
                r#"{"merchantCode":"","terminalCode":"2","originalOrderId":"U"}"#,
            ),
            ("void_payment", path, "[]"),
            (
                "refund",
                "/v6/poslink/transaction/refund",
                r#"{"merchantCode":"1","terminalCode":"2","merchantOrderId":"M"}"#,
            ),
            (
                "pay",
                "/v6/poslink/transaction/pay",
                r#"{"merchantCode":"1","terminalCode":"2","originalOrderId":"U"}"#,
            ),
            ("call", path, ORDER),
        ] {
            assert!(open(operation, path, body).is_err(), "{operation} {body}");
        }
    }
}
