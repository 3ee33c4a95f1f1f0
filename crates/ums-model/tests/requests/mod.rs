//! Requests of every operation, made from `OPERATIONS`.
#![allow(dead_code, reason = "each test takes what it needs")]

use serde_json::Value;
use ums_model::*;

/// A body: the fields with their JSON texts, in order.
pub(crate) type Body = Vec<(&'static str, String)>;

pub(crate) fn written(body: &Body) -> String {
    let fields = body
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Whether the fields that are there fulfil the operation's conditions, read from the data alone; a
/// rule in words is that of a location here.
pub(crate) fn fits(spec: &OperationSpec, path: &str, body: &Body) -> bool {
    let value = |name: &str| body.iter().find(|(known, _)| *known == name);
    let has = |name: &str| value(name).is_some();
    spec.conditions.iter().all(|condition| {
        let given = condition.fields.iter().filter(|name| has(name)).count();
        match condition.rule {
            ConditionRule::AtLeastOne => given >= 1,
            ConditionRule::ExactlyOne => given == 1,
            _ if condition.fields == ["systemTraceNum"] => {
                has("systemTraceNum") == path.starts_with("/v1/")
            }
            _ if condition.fields[0] == "deviceType" => {
                let places = ["longitude", "latitude", "ip", "cust2"].map(has);
                let device = value("deviceType").map(|(_, device)| device.as_str());
                match device {
                    None => places == [false; 4],
                    Some("\"01\"" | "\"11\"") => {
                        places == [true, true, false, false]
                            || places == [false, false, true, false]
                    }
                    Some(_) => {
                        places == [true, true, false, false]
                            || places == [false, false, false, true]
                    }
                }
            }
            _ => panic!("{}: {condition} at {path}", spec.name),
        }
    })
}

/// Takes fields away or leaves them until the conditions are fulfilled.
pub(crate) fn fitted(spec: &OperationSpec, path: &str, mut body: Body, choice: u8) -> Body {
    for condition in spec.conditions {
        let index = |name: &str| condition.fields.iter().position(|known| *known == name);
        let keep: &[usize] = match condition.rule {
            ConditionRule::AtLeastOne => [&[0][..], &[1], &[0, 1]][usize::from(choice % 3)],
            ConditionRule::ExactlyOne => [&[0][..], &[1]][usize::from(choice % 2)],
            _ if condition.fields == ["systemTraceNum"] => match path.starts_with("/v1/") {
                true => &[0],
                false => &[],
            },
            _ => {
                let device = body.iter().find(|(name, _)| *name == "deviceType");
                match device.map(|(_, device)| device.as_str()) {
                    None => &[],
                    Some("\"01\"" | "\"11\"") => [&[0, 1, 2][..], &[0, 3]][usize::from(choice % 2)],
                    Some(_) => [&[0, 1, 2][..], &[0, 4]][usize::from(choice % 2)],
                }
            }
        };
        body.retain(|(name, _)| index(name).is_none_or(|index| keep.contains(&index)));
        for &index in keep {
            let name = condition.fields[index];
            if body.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let value = match name {
                "longitude" => quoted("+121.48352"),
                "latitude" => quoted("-31.221345"),
                "ip" => quoted("192.0.2.1"),
                "systemTraceNum" | "originalSystemTraceNum" => quoted("000001"),
                _ => quoted("1"),
            };
            body.push((name, value));
        }
        let order = |name: &str| spec.request.iter().position(|field| field.name == name);
        body.sort_by_key(|(name, _)| order(name));
    }
    assert!(fits(spec, path, &body), "{}: {body:?}", spec.name);
    body
}

/// One request of each operation with every field that fits with the others.
pub(crate) fn whole_body(spec: &'static OperationSpec) -> (&'static str, Body) {
    fn value(field: &FieldSpec) -> String {
        match (field.kind, field.name) {
            (_, "payMode") => quoted("CODE_SCAN"),
            (_, "transactionCurrencyCode") => quoted("156"),
            (_, "deviceType") => quoted("02"),
            (_, "longitude") => quoted("+121.48352"),
            (_, "latitude") => quoted("-31.221345"),
            (_, "ip") => quoted("192.0.2.1"),
            (FieldKind::Boolean, _) => "true".to_owned(),
            (FieldKind::Number, _) => "1".to_owned(),
            (FieldKind::Object, _) => object(field.items),
            (FieldKind::Array, _) => format!("[{}]", object(field.items)),
            (FieldKind::String, _) => quoted(match field.format {
                Some(Format::YearMonthDay) => "20260301",
                Some(Format::MonthDay) => "0301",
                Some(Format::Digits) => "000001",
                _ => "1",
            }),
        }
    }
    fn object(fields: &[FieldSpec]) -> String {
        written(&of(fields))
    }
    fn of(fields: &[FieldSpec]) -> Body {
        fields
            .iter()
            .map(|field| (field.name, value(field)))
            .collect()
    }
    let path = spec.paths[0].path;
    (path, fitted(spec, path, of(spec.request), 0))
}

/// That request.
pub(crate) fn whole(spec: &'static OperationSpec) -> AnyRequest {
    let (path, body) = whole_body(spec);
    AnyRequest::from_wire(spec.name, path, written(&body).as_bytes()).unwrap()
}
