//! An operation that was sent earlier, rebuilt from its request to be asked about.

use serde_json::{Map, Value};
use ums_client::Language;
use ums_client::journal::RequestRecord;
use ums_client::model::{
    AnyRequest, Expected, FieldProblem, FieldSpec, InvalidRequest, Need, Operation, OperationSpec,
    RequestProblem,
};

use crate::described::rows;
use crate::described::words::CommandWords;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::{Merchant, missing};
use crate::language::{Message, Told};
use crate::past::members::Members;
use crate::print::entry;
use crate::print::table::{Row, masked};
use crate::print::visible::excerpt;

/// An operation that queries can find out about.
#[derive(Debug)]
pub(crate) struct PastRequest {
    pub(crate) request: AnyRequest,
    words: &'static CommandWords,
}

impl PastRequest {
    /// The operation, with all of it that an answer is compared with.
    ///
    /// # Errors
    ///
    /// The request is of another kind, or lacks what identifies it.
    pub(crate) fn of(record: &RequestRecord) -> Result<Self, Failure> {
        let Some((words, spec)) = asked_about(&record.path) else {
            let path = masked(&excerpt(&record.path));
            return Err(missing((
                format!(
                    "only a call of POS通 that moves money can be asked about, and {path} is none: look \
                     at it by hand"
                ),
                format!("只能核实 POS通 的资金类交易，{path} 不在其中：请人工核对"),
            )));
        };
        // `ums api` calls them all by one name.
        if ![spec.name, "call"].contains(&record.operation.as_str()) {
            return Err(missing((
                "request.operation and request.path are not of one operation",
                "request.operation 与 request.path 不是同一种交易",
            )));
        }
        let request = body(record)
            .and_then(|body| rebuilt(spec, &record.path, body))
            .map_err(|failure| {
                let failure = failure.named("request.body");
                match record.operation.as_str() {
                    "call" => failure.about(cannot_be_asked(words.command)),
                    _ => failure,
                }
            })?;
        Ok(Self { request, words })
    }

    /// The operation for a person.
    pub(crate) fn rows(&self, language: Language) -> Vec<Row> {
        let order = self.request.order();
        let order = order.ums.or(order.merchant).map(Message::name);
        let spec = self.request.spec();
        let is_order = |name| [spec.order.ums, spec.order.merchant].contains(&Some(name));
        let body = self.request.encode().unwrap_or_default();
        let body = String::from_utf8_lossy(&body);
        let more = self
            .words
            .request
            .iter()
            .filter(|(_, shown)| !shown.field().is_some_and(is_order));
        let mut entries = vec![(self.words.noun, order)];
        entries.extend(rows::entries(&body, spec.request, more));
        entry::rows(entries, language)
    }
}

/// What to do about a call whose body somebody else wrote: it may lack what a query goes by.
fn cannot_be_asked(command: &str) -> (String, String) {
    (
        format!(
            "this call cannot be asked about: use ums resolve --operation {command} with the \
             identifiers that it was sent with, or look at it by hand"
        ),
        format!(
            "无法核实该调用：请用 ums resolve --operation {command} 并给出原请求的标识，或人工核对"
        ),
    )
}

/// The operation at this path, if there is a query that finds out its outcome.
pub(crate) fn asked_about(path: &str) -> Option<(&'static CommandWords, &'static OperationSpec)> {
    CommandWords::of_path(path).filter(|(_, spec)| spec.asked.is_some())
}

/// The fields of a request that say what it is about: its order first, then what else a query goes
/// by and its answer is compared with. Who calls is not among them.
pub(crate) fn telling(spec: &'static OperationSpec) -> Vec<&'static FieldSpec> {
    let order = [spec.order.ums, spec.order.merchant];
    let echoes = spec.echoes.iter();
    let echoes = echoes.chain(spec.asked.iter().flat_map(|asked| asked.echoes));
    let compared = echoes.filter_map(|echo| match echo.expected {
        Expected::Field(name) => Some(name),
        Expected::Value(_) => None,
    });
    let names = order.into_iter().flatten();
    let names = names.chain(spec.identity.iter().copied()).chain(compared);
    let mut fields: Vec<&FieldSpec> = Vec::new();
    for name in names.filter(|name| !Merchant::FIELDS.contains(name)) {
        let field = spec.request.iter().find(|field| field.name == name);
        fields.extend(field.filter(|_| fields.iter().all(|known| known.name != name)));
    }
    fields
}

/// The members of the request's body, none of which is there twice.
fn body(record: &RequestRecord) -> Result<Map<String, Value>, Failure> {
    let text = record.body.as_ref().map_or("null", |body| body.get());
    serde_json::from_str::<Members>(text).or_fail(FailureKind::InvalidInput)?;
    serde_json::from_str(text).or_fail(FailureKind::InvalidInput)
}

/// What stands for a field that must be there and of which no answer tells: the record may not have
/// it, or not show it. One of these is taken by each.
const STAND_INS: [&str; 4] = ["-", "CODE_SCAN", "156", "0101"];

fn rebuilt(
    spec: &'static OperationSpec,
    path: &str,
    mut body: Map<String, Value>,
) -> Result<AnyRequest, Failure> {
    let telling = telling(spec);
    let tells = |name: &str| {
        Merchant::FIELDS.contains(&name) || telling.iter().any(|field| field.name == name)
    };
    let is_needed = |name: &str| {
        let field = spec.request.iter().find(|field| field.name == name);
        field.is_some_and(|field| field.need == Need::Required)
    };
    body.retain(|name, _| tells(name) || is_needed(name));
    let mut stand_ins = STAND_INS.iter();
    let mut last = String::new();
    loop {
        let bytes = serde_json::to_vec(&body).or_fail(FailureKind::InvalidInput)?;
        let invalid = match AnyRequest::from_wire(spec.name, path, &bytes) {
            Ok(request) => return Ok(request),
            Err(invalid) => invalid,
        };
        let Some(field) = invalid
            .field()
            .filter(|field| is_needed(field) && !tells(field))
        else {
            return Err(wrong(&invalid));
        };
        if field != last {
            stand_ins = STAND_INS.iter();
            field.clone_into(&mut last);
        }
        let Some(stand_in) = stand_ins.next() else {
            return Err(wrong(&invalid));
        };
        body.insert(last.clone(), (*stand_in).into());
    }
}

fn wrong(invalid: &InvalidRequest) -> Failure {
    match invalid.problem() {
        RequestProblem::Field {
            problem: FieldProblem::Invalid(invalid),
            ..
        } => missing(invalid.told().map(masked)),
        RequestProblem::Field {
            field,
            problem: FieldProblem::Missing,
        } => missing((format!("{field} is missing"), format!("缺少 {field}"))),
        RequestProblem::Field {
            problem: FieldProblem::Condition(condition),
            ..
        } => {
            let fields = condition.fields;
            missing((
                format!("it needs {}", fields.join(" or ")),
                format!("缺少 {}", fields.join(" 或 ")),
            ))
        }
        RequestProblem::Field { field, .. } => missing((
            format!("{field} is not what such a request holds"),
            format!("{field} 的内容不符合要求"),
        )),
        _ => missing(("it is not that of such a request", "不是该交易的请求报文")),
    }
}

#[cfg(test)]
mod tests {
    use ums_client::model::Resolve;

    use super::*;

    fn open(operation: &str, path: &str, body: &str) -> Result<PastRequest, String> {
        PastRequest::of(&RequestRecord::new(operation, path, body.as_bytes()))
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
            let asked = open(operation, path, ORDER)
                .unwrap()
                .request
                .query()
                .unwrap();
            let (asked, bytes) = (asked.path().to_owned(), asked.encode());
            assert_eq!(asked, query);
            assert_eq!(bytes.unwrap(), body, "{path}");
        }
    }

    /// An answer is compared with it.
    #[test]
    fn the_amount_is_the_real_one() {
        for amount in ["4160", "\"4160\""] {
            let body = ORDER.replace("\"4160\"", amount);
            let amount = |operation, path: &str| {
                let open = open(operation, path, &body).unwrap();
                let body = open.request.encode().unwrap();
                let body: Value = serde_json::from_slice(&body).unwrap();
                let amount = &body["transactionAmount"];
                amount.as_str().map_or(amount.to_string(), str::to_owned)
            };
            let all = [
                amount("pay", "/v6/poslink/transaction/pay"),
                amount("refund", "/v6/poslink/transaction/refund"),
                amount("reverse_payment", "/v2/poslink/transaction/reversepayment"),
            ];
            assert_eq!(all, ["4160"; 3]);
        }
    }

    /// Whoever wrote the body of an `ums api` call need not have said what a query goes by.
    #[test]
    fn what_to_do_is_said_of_a_call_that_cannot_be_asked_about() {
        let void = "/v6/poslink/transaction/voidpayment";
        for body in ["[]", "{}", r#"{"merchantCode":"1","terminalCode":"2"}"#] {
            let said = open("call", void, body).unwrap_err();
            assert!(said.contains("this call cannot be asked about"), "{said}");
            assert!(said.contains("ums resolve --operation void"), "{said}");
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
