//! What a caller wrote, in one form for every way of writing it.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};
use ums_model::{FieldKind, FieldSpec, Format, OPERATIONS};

/// Fields that a client makes anew for each attempt. They are no part of what was asked for.
const MADE_ANEW: &[&str] = &["nonce", "requestTimestamp", "systemTraceNum", "timestamp"];

/// Version 1 of the canonical form of a request: RFC 8785, with the fields that the operation
/// describes in the one form that its description gives them.
pub(crate) fn canonical_v1(operation: &str, body: &str) -> Result<Vec<u8>, NotCanonical> {
    let spec = OPERATIONS.iter().find(|spec| spec.name == operation);
    let raw: &RawValue =
        serde_json::from_str(body).map_err(|_| NotCanonical::new("", "is no JSON"))?;
    if !raw.get().starts_with('{') {
        return Err(NotCanonical::new("", "is no JSON object"));
    }
    let fields = object("", raw, spec.map_or(&[][..], |spec| spec.request), 0)?;
    let mut request = Map::new();
    request.insert("operation".to_owned(), Value::from(operation));
    request.insert("fields".to_owned(), fields.unwrap_or_default());
    serde_json_canonicalizer::to_vec(&Value::Object(request))
        .map_err(|_| NotCanonical::new("", "has no canonical form"))
}

/// The members of an object; `None` when there is none that says anything.
fn object(
    path: &str,
    raw: &RawValue,
    specs: &[FieldSpec],
    depth: usize,
) -> Result<Option<Value>, NotCanonical> {
    let Members(members) = serde_json::from_str(raw.get())
        .map_err(|_| NotCanonical::new(path, "has a name twice, or is no object"))?;
    let mut fields = Map::new();
    for (name, raw) in members {
        if depth == 0 && MADE_ANEW.contains(&name.as_str()) {
            continue;
        }
        let spec = specs.iter().find(|spec| spec.name == name);
        let path = match path {
            "" => name.clone(),
            path => format!("{path}.{name}"),
        };
        if let Some(value) = value(&path, raw, spec, depth + 1)? {
            fields.insert(name, value);
        }
    }
    Ok((!fields.is_empty()).then_some(Value::Object(fields)))
}

/// A value; `None` for null and "", which are as good as absent.
fn value(
    path: &str,
    raw: &RawValue,
    spec: Option<&FieldSpec>,
    depth: usize,
) -> Result<Option<Value>, NotCanonical> {
    /// Far deeper than any request.
    const DEEPEST: usize = 32;
    if depth > DEEPEST {
        return Err(NotCanonical::new(path, "is nested too deep"));
    }
    let text = raw.get();
    if matches!(text, "null" | "\"\"") {
        return Ok(None);
    }
    let inner = spec.and_then(|spec| inner_json(spec, text));
    let raw = inner.as_deref().unwrap_or(raw);
    let text = raw.get();
    let items = spec.map_or(&[][..], |spec| spec.items);
    let is_whole =
        |spec: &FieldSpec| spec.kind == FieldKind::Number || spec.format == Some(Format::Fen);
    match text.as_bytes().first() {
        Some(b'{') => object(path, raw, items, depth),
        Some(b'[') => {
            let list: Vec<&RawValue> =
                serde_json::from_str(text).map_err(|_| NotCanonical::new(path, "is no array"))?;
            let list = list
                .into_iter()
                // Places in an array count, so that nothing in one is left out.
                .map(|item| match item.get().as_bytes().first() {
                    Some(b'{') => Ok(object(path, item, items, depth + 1)?.unwrap_or_default()),
                    _ => Ok(value(path, item, None, depth + 1)?.unwrap_or_default()),
                })
                .collect::<Result<Vec<_>, NotCanonical>>()?;
            Ok((!list.is_empty()).then_some(Value::Array(list)))
        }
        Some(b'"' | b'-' | b'0'..=b'9') if spec.is_some_and(is_whole) => whole(text)
            .map(Some)
            .ok_or_else(|| NotCanonical::new(path, "is no whole number")),
        Some(b'-' | b'0'..=b'9') if !is_exact(text) => Err(NotCanonical::new(
            path,
            "is a number that JSON programs do not agree on",
        )),
        _ => {
            let value: Value =
                serde_json::from_str(text).map_err(|_| NotCanonical::new(path, "is no JSON"))?;
            Ok(Some(match (spec.map(|spec| spec.kind), value.as_str()) {
                (Some(FieldKind::Boolean), Some("true")) => Value::Bool(true),
                (Some(FieldKind::Boolean), Some("false")) => Value::Bool(false),
                _ => value,
            }))
        }
    }
}

/// The array or object that a string of JSON holds, where the field is one: both forms are sent.
fn inner_json(spec: &FieldSpec, text: &str) -> Option<Box<RawValue>> {
    if !matches!(spec.kind, FieldKind::Array | FieldKind::Object) || !text.starts_with('"') {
        return None;
    }
    let inner: String = serde_json::from_str(text).ok()?;
    serde_json::from_str(&inner).ok()
}

/// A whole number, whether it was written as one or as a string.
fn whole(text: &str) -> Option<Value> {
    let digits: String = match text.starts_with('"') {
        true => serde_json::from_str(text).ok()?,
        false => text.to_owned(),
    };
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // As text: RFC 8785 would round what is above 2^53.
    let number: u64 = is_whole.then(|| digits.parse().ok()).flatten()?;
    Some(Value::from(number.to_string()))
}

/// Whether every program reads the same number: at most 15 digits that count, and no exponent that
/// leaves the range.
fn is_exact(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let number: Option<Number> = serde_json::from_str(text).ok();
    digits.trim_start_matches('0').len() <= 15 && number.is_some()
}

/// The members of an object, each name once.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object whose names are there once")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members: Vec<(String, &'de RawValue)> = Vec::new();
                let mut names = BTreeSet::new();
                while let Some((name, value)) = map.next_entry::<String, _>()? {
                    if !names.insert(name.clone()) {
                        return Err(serde::de::Error::custom("a name is there twice"));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

/// A request of which it cannot be said whether another one is the same. It names the field, and
/// never shows its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotCanonical {
    field: String,
    problem: &'static str,
}

impl NotCanonical {
    fn new(field: &str, problem: &'static str) -> Self {
        Self {
            field: field.to_owned(),
            problem,
        }
    }

    pub(crate) fn of_version() -> Self {
        Self::new(
            "",
            "is to be compared by a rule that this program does not know",
        )
    }

    /// The field's name, with those of the objects that it is in; empty for the body as a whole.
    pub fn field(&self) -> &str {
        &self.field
    }
}

impl fmt::Display for NotCanonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => write!(f, "the request {}", self.problem),
            field => write!(f, "the field {field:?} {}", self.problem),
        }
    }
}

impl std::error::Error for NotCanonical {}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(operation: &str, body: &str) -> String {
        String::from_utf8(canonical_v1(operation, body).unwrap()).unwrap()
    }

    #[test]
    fn every_way_of_writing_a_request_has_one_form() {
        let one = r#"{"merchantCode":"1","transactionAmount":1,"payCode":"28"}"#;
        let expected = r#"{"fields":{"merchantCode":"1","payCode":"28","transactionAmount":"1"},"operation":"pay"}"#;
        assert_eq!(text("pay", one), expected);
        for same in [
            r#"{"payCode":"28","transactionAmount":"1","merchantCode":"1"}"#,
            r#" { "transactionAmount" : "01", "merchantCode":"1", "payCode":"\u0032\u0038" } "#,
            r#"{"merchantCode":"1","transactionAmount":1,"payCode":"28","systemTraceNum":"000001"}"#,
            r#"{"merchantCode":"1","transactionAmount":1,"payCode":"28","storeId":""}"#,
            r#"{"merchantCode":"1","transactionAmount":1,"payCode":"28","storeId":null,"x":{}}"#,
        ] {
            assert_eq!(text("pay", same), expected, "{same}");
        }
    }

    #[test]
    fn another_request_has_another_form() {
        let base = r#"{"merchantCode":"1","transactionAmount":1,"payCode":"28"}"#;
        for other in [
            r#"{"merchantCode":"1","transactionAmount":2,"payCode":"28"}"#,
            r#"{"merchantCode":"1","transactionAmount":1,"payCode":"29"}"#,
            r#"{"merchantCode":"1 ","transactionAmount":1,"payCode":"28"}"#,
            r#"{"merchantCode":"01","transactionAmount":1,"payCode":"28"}"#,
            r#"{"merchantCode":"1","transactionAmount":1,"payCode":"28","x":1}"#,
        ] {
            assert_ne!(text("pay", other), text("pay", base), "{other}");
        }
        assert_ne!(text("refund", base), text("pay", base));
    }

    #[test]
    fn fields_that_no_operation_describes_are_in_the_form_of_rfc_8785() {
        let body = r#"{"b":[1.0,10E2,0.000001,1e-7,"\u20ac\n"],"a":{"z":false,"y":null}}"#;
        let expected =
            r#"{"fields":{"a":{"z":false},"b":[1,1000,0.000001,1e-7,"€\n"]},"operation":"api"}"#;
        assert_eq!(text("api", body), expected);
    }

    #[test]
    fn what_may_be_two_requests_has_no_form() {
        for (body, field) in [
            ("[]", ""),
            ("{", ""),
            (r#"{"a":1,"a":1}"#, ""),
            (r#"{"a":{"b":1,"b":1}}"#, "a"),
            (r#"{"a":9007199254740993}"#, "a"),
            (r#"{"transactionAmount":"1.5"}"#, "transactionAmount"),
            (r#"{"transactionAmount":-1}"#, "transactionAmount"),
            (
                r#"{"transactionAmount":99999999999999999999}"#,
                "transactionAmount",
            ),
        ] {
            let error = canonical_v1("pay", body).unwrap_err();
            assert_eq!(error.field(), field, "{body}");
            assert!(!error.to_string().contains("9007"), "{error}");
        }
        let deep = format!("{}1{}", r#"{"a":"#.repeat(40), "}".repeat(40));
        assert!(canonical_v1("api", &deep).is_err());
    }
}
