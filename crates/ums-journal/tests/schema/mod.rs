//! Holds a JSON value against `fixtures/schema/outcome-record.json`.
//!
//! Of JSON Schema this knows what that file uses, and fails on anything else.

use serde_json::{Map, Value};

/// The schema of a record.
pub(crate) fn schema() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/schema/outcome-record.json"
    );
    let text = std::fs::read_to_string(path).expect("the schema can be read");
    serde_json::from_str(&text).expect("the schema is JSON")
}

/// Everything in `value` that is not as the schema of a record says.
pub(crate) fn faults(value: &Value) -> Vec<String> {
    let root = schema();
    let mut faults = Vec::new();
    check(&root, &root, value, "", &mut faults);
    faults
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let Value::Object(rules) = schema else {
        panic!("{at}: {schema} is no schema")
    };
    for (keyword, rule) in rules {
        let holds = match keyword.as_str() {
            "$defs" | "$schema" | "description" | "format" | "title" => true,
            "$ref" => {
                let pointer = rule.as_str().and_then(|name| name.strip_prefix('#'));
                let target = pointer.and_then(|pointer| root.pointer(pointer));
                let target = target.unwrap_or_else(|| panic!("{at}: {rule} leads nowhere"));
                check(root, target, value, at, faults);
                true
            }
            "anyOf" => list(rule).iter().any(|schema| {
                let mut found = Vec::new();
                check(root, schema, value, at, &mut found);
                found.is_empty()
            }),
            "const" => value == rule,
            "enum" => list(rule).contains(value),
            "items" => {
                for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{at}/{place}"), faults);
                }
                true
            }
            "maximum" => !value.is_number() || value.as_f64() <= rule.as_f64(),
            "minimum" => !value.is_number() || value.as_f64() >= rule.as_f64(),
            "properties" => {
                for (name, schema) in members(rule) {
                    if let Some(member) = value.get(name) {
                        check(root, schema, member, &format!("{at}/{name}"), faults);
                    }
                }
                // The schema lets unknown members pass, as readers must. What is printed has none.
                for name in value.as_object().into_iter().flat_map(Map::keys) {
                    if rule.get(name).is_none() {
                        faults.push(format!("{at}/{name}: the schema does not have it"));
                    }
                }
                true
            }
            "required" => list(rule)
                .iter()
                .all(|name| name.as_str().is_some_and(|name| value.get(name).is_some())),
            "type" => match rule {
                Value::Array(types) => types.iter().any(|one| is_of(value, one)),
                one => is_of(value, one),
            },
            _ => panic!("{at}: {keyword} is not known here"),
        };
        if !holds {
            faults.push(format!("{at}: {value} is not as {keyword} {rule} says"));
        }
    }
}

fn is_of(value: &Value, kind: &Value) -> bool {
    match kind.as_str() {
        Some("array") => value.is_array(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("null") => value.is_null(),
        Some("number") => value.is_number(),
        Some("object") => value.is_object(),
        Some("string") => value.is_string(),
        _ => panic!("{kind} is no type"),
    }
}

fn list(rule: &Value) -> &[Value] {
    rule.as_array().expect("a list of the schema")
}

fn members(rule: &Value) -> &Map<String, Value> {
    rule.as_object().expect("members of the schema")
}
