//! What a journal keeps of a request that the model describes, taken from its description.

use chrono::{Datelike as _, NaiveDate};
use serde_json::Value;
use ums_model::{
    AnyRequest, EncodeError, InvalidRequest, Operation as _, PosOperation, Resolve as _,
};

use crate::call::fingerprint::Fingerprint;
use crate::call::identity::{Identity, OrderIdKind, OrderRole, StoredOrderId};
use crate::call::journal_key::JournalKey;
use crate::call::key::{KeyScope, ScopedKey};
use crate::call::stored_body::StoredBody;
use crate::fact::request::StoredRequest;
use crate::masked_json::MaskedJson;

impl StoredRequest {
    /// What is kept of a request, by its description: identity, role, amount and the rest. `day` is
    /// the trading day on which it is made: a hold (担保) is told by its trace number and day when
    /// it names no order.
    ///
    /// ```
    /// use ums_journal::{Fingerprint, JournalKey, Key, KeyScope, OrderRole, StoredRequest};
    /// use ums_model::AnyRequest;
    ///
    /// let body = r#"{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"U1"}"#;
    /// let path = "/v6/poslink/transaction/voidpayment";
    /// let void = AnyRequest::from_wire("void_payment", path, body.as_bytes())?;
    ///
    /// let key = JournalKey::new([7; 32]); // made up; a journal's own is random
    /// let print = Fingerprint::new(&key, "void_payment", body)?;
    /// let scope = KeyScope::new("https://gateway.example", "made-up-app", "103290070111417");
    /// let day = "2023-07-18".parse()?;
    /// let kept = StoredRequest::of_request(&void, scope.key(Key::new("k1")?), print, &key, day)?;
    /// assert_eq!(kept.role, OrderRole::TakeBack);
    /// assert_eq!(kept.order()[0].id, "U1");
    ///
    /// // After a crash it is what asks what became of it.
    /// assert_eq!(kept.to_request()?, void);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the request cannot be written.
    pub fn of_request(
        request: &AnyRequest,
        key: ScopedKey,
        fingerprint: Fingerprint,
        journal_key: &JournalKey,
        day: NaiveDate,
    ) -> Result<Self, EncodeError> {
        let body = request.encode()?;
        let fields = Fields::of(&body);
        let identity = identity(request, &fields, &key.scope, day);
        let stored_body = StoredBody::new(journal_key, &body);
        let mut stored = Self::new(
            key,
            fingerprint,
            request.name(),
            request.path(),
            request.effect(),
            stored_body,
        )
        .with_identity(identity, role(request.spec().kind))
        .with_amount(
            fields
                .text("transactionAmount")
                .and_then(|fen| fen.parse().ok()),
        )
        .with_repeat(request.may_be_repeated());
        stored.terminal = fields.text("terminalCode");
        stored.store_id = fields.text("storeId");
        stored.operator_id = fields.text("operatorId");
        Ok(stored)
    }

    /// The request again, for asking what became of it: never for sending it, as its secrets are
    /// gone.
    ///
    /// # Errors
    ///
    /// Returns an error if the operation is none that the model describes, or if its body is gone.
    pub fn to_request(&self) -> Result<AnyRequest, InvalidRequest> {
        let body = self.body.as_ref().and_then(|body| body.marked.as_ref());
        let body = body.map_or("", MaskedJson::get);
        AnyRequest::from_wire(&self.operation, &self.path, body.as_bytes())
    }
}

fn role(operation: PosOperation) -> OrderRole {
    match operation {
        PosOperation::Pay => OrderRole::Payment,
        PosOperation::VoidPayment | PosOperation::ReversePayment => OrderRole::TakeBack,
        _ => OrderRole::Other,
    }
}

fn identity(
    request: &AnyRequest,
    fields: &Fields,
    scope: &KeyScope,
    day: NaiveDate,
) -> Option<Identity> {
    let order = request.order();
    let merchant = order
        .merchant
        .map(|id| StoredOrderId::new(scope, OrderIdKind::Merchant, id));
    let ums = order
        .ums
        .map(|id| StoredOrderId::new(scope, OrderIdKind::Ums, id));
    let mut ids: Vec<_> = merchant.into_iter().chain(ums).collect();
    // A hold is found by its trace number only when its reply is lost, and what takes it up later
    // names it by that and its day.
    if request.spec().identity.contains(&"systemTraceNum")
        && let Some(terminal) = fields.text("terminalCode")
    {
        let taken_up = fields.text("originalSystemTraceNum");
        let of_day = fields.text("originalTransactionDate");
        let hold = match (taken_up, of_day) {
            (Some(number), date) => {
                let day = date.map_or(Some(day), |date| last_such_day(&date, day));
                day.map(|day| StoredOrderId::of_trace(scope, &terminal, day, &number))
            }
            // What names the order by the platform's id is no hold of its own.
            (None, _) if order.ums.is_some() => None,
            (None, _) => fields
                .text("systemTraceNum")
                .map(|number| StoredOrderId::of_trace(scope, &terminal, day, &number)),
        };
        ids.extend(hold);
    }
    let identity = Identity::new(request.name(), ids)?;
    Some(match fields.text("refundRequestId") {
        Some(id) => identity.with_refund_request_id(id),
        None => identity,
    })
}

/// The last day with this month and day, `MMdd`, that is no later than `day`.
fn last_such_day(date: &str, day: NaiveDate) -> Option<NaiveDate> {
    let month = date.get(..2)?.parse().ok()?;
    let of_month = date.get(2..)?.parse().ok()?;
    let years = (0..=8).map(|back| day.year() - back);
    years
        .filter_map(|year| NaiveDate::from_ymd_opt(year, month, of_month))
        .find(|found| *found <= day)
}

/// The fields of a body by their names.
struct Fields(Value);

impl Fields {
    fn of(body: &[u8]) -> Self {
        Self(serde_json::from_slice(body).unwrap_or_default())
    }

    /// A string's characters, or a number as it is written.
    fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::key::Key;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn stored(name: &str, path: &str, body: &str) -> StoredRequest {
        let key = JournalKey::new([7; 32]);
        let request = AnyRequest::from_wire(name, path, body.as_bytes()).unwrap();
        let print = Fingerprint::new(&key, name, body).unwrap();
        let scope = KeyScope::new("https://gateway.example", "made-up-app", "103290070111417");
        let scoped = scope.key(Key::new("k").unwrap());
        let day = day("2023-07-18");
        StoredRequest::of_request(&request, scoped, print, &key, day).unwrap()
    }

    fn ids(stored: &StoredRequest) -> Vec<(OrderIdKind, &str)> {
        let order = stored.order().iter();
        order.map(|id| (id.kind, id.id.as_str())).collect()
    }

    #[test]
    fn a_refund_is_told_by_its_own_id_and_a_till_tells_nothing() {
        let body = |terminal: &str| {
            format!(
                r#"{{"merchantCode":"103290070111417","terminalCode":"{terminal}","refundRequestId":"R1","transactionAmount":"4160","merchantOrderId":"M1","originalOrderId":"U1"}}"#
            )
        };
        let path = "/v6/poslink/transaction/refund";
        let [one, other] = ["00000001", "00000002"].map(|till| stored("refund", path, &body(till)));
        assert_eq!(one.identity, other.identity);
        let identity = one.identity.clone().unwrap();
        assert_eq!(identity.refund_request_id.as_deref(), Some("R1"));
        let expected = [(OrderIdKind::Merchant, "M1"), (OrderIdKind::Ums, "U1")];
        assert_eq!(ids(&one), expected);
        assert_eq!((one.amount_fen, one.role), (Some(4160), OrderRole::Other));
        assert!(!one.may_be_repeated);
        assert_eq!(one.terminal.as_deref(), Some("00000001"));
    }

    #[test]
    fn a_day_without_its_year_is_the_last_such_day() {
        for (date, today, expected) in [
            ("0718", "2023-07-18", Some("2023-07-18")),
            ("0719", "2023-07-18", Some("2022-07-19")),
            ("1231", "2024-01-01", Some("2023-12-31")),
            ("0229", "2023-07-18", Some("2020-02-29")),
            ("0230", "2023-07-18", None),
            ("", "2023-07-18", None),
        ] {
            assert_eq!(last_such_day(date, day(today)), expected.map(day), "{date}");
        }
    }

    #[test]
    fn a_hold_and_what_completes_it_are_on_one_order() {
        let hold = r#"{"merchantCode":"103290070111417","terminalCode":"12340511","systemTraceNum":"000017","transactionAmount":1,"transactionCurrencyCode":"156","payMode":"CODE_SCAN","payCode":"280000000000000001"}"#;
        let base = "/v1/poslink/transaction/preauthorization";
        let hold = stored("preauthorize", &format!("{base}/preauthorize"), hold);
        let completion = r#"{"merchantCode":"103290070111417","terminalCode":"12340511","systemTraceNum":"000018","transactionAmount":1,"transactionCurrencyCode":"156","authorizationCode":"123456","originalTransactionDate":"0718","originalSystemTraceNum":"000017"}"#;
        let path = format!("{base}/completeauthorization");
        let completion = stored("complete_authorization", &path, completion);
        assert_eq!(
            ids(&hold),
            [(OrderIdKind::Trace, "12340511/20230718/000017")]
        );
        assert_eq!(ids(&hold), ids(&completion));
        assert_ne!(hold.identity, completion.identity);
    }

    #[test]
    fn a_payment_is_asked_about_from_what_is_kept_of_it() {
        let body = r#"{"merchantCode":"103290070111417","terminalCode":"12340511","transactionAmount":4160,"transactionCurrencyCode":"156","merchantOrderId":"M1","merchantRemark":"tea","payMode":"CODE_SCAN","payCode":"280000000000000001"}"#;
        let kept = stored("pay", "/v6/poslink/transaction/pay", body);
        assert_eq!(kept.role, OrderRole::Payment);
        let query = kept.to_request().unwrap().query().unwrap();
        assert_eq!(query.order().merchant, Some("M1"));
        let text = serde_json::to_string(&kept).unwrap();
        assert!(!text.contains("280000000000000001"), "{text}");
    }
}
