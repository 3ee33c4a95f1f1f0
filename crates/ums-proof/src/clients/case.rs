//! The cases of `fixtures/clients/cases.json`.

use std::path::Path;

use serde_json::{Map, Value};

/// One case: what strikes, what is done, and what must come of it.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    /// Faults of the gateway, each for the next request about the case's orders.
    pub(super) gateway: Vec<String>,
    /// Strikes at the connections between client and server, one after the other, then for all.
    pub(super) between: Vec<String>,
    pub(super) always: Option<String>,
    pub(super) steps: Vec<Map<String, Value>>,
    /// How many complete requests that move money the gateway must have got, and carried out.
    pub(super) sent: u64,
    pub(super) carried_out: u64,
}

/// Reads the cases.
pub(super) fn read(path: &Path) -> Result<Vec<Case>, String> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let file: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let cases = file.get("cases").and_then(Value::as_array);
    let cases = cases.ok_or("there is no list of cases")?;
    cases.iter().map(case).collect()
}

fn case(value: &Value) -> Result<Case, String> {
    let name = value
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let known = [
        "name",
        "says",
        "gateway",
        "between",
        "always",
        "steps",
        "sent",
        "carried_out",
    ];
    let members = value.as_object().ok_or("a case is no object")?;
    if let Some(other) = members.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(format!("case {name:?} has {other:?}, which is not known"));
    }
    let texts = |key: &str| -> Vec<String> {
        let list = value
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        list.filter_map(|it| it.as_str().map(str::to_owned))
            .collect()
    };
    let number = |key: &str| {
        let number = value.get(key).and_then(Value::as_u64);
        number.ok_or_else(|| format!("case {name:?} has no number {key:?}"))
    };
    let steps = value.get("steps").and_then(Value::as_array);
    let steps = steps.ok_or_else(|| format!("case {name:?} has no steps"))?;
    Ok(Case {
        name: name.to_owned(),
        gateway: texts("gateway"),
        between: texts("between"),
        always: value
            .get("always")
            .and_then(Value::as_str)
            .map(str::to_owned),
        steps: steps
            .iter()
            .filter_map(|it| it.as_object().cloned())
            .collect(),
        sent: number("sent")?,
        carried_out: number("carried_out")?,
    })
}

/// What of an answer is not as it must be.
pub(super) fn differences(answer: &Value, wanted: &Map<String, Value>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, want) in wanted {
        let is_as_wanted = match name.as_str() {
            "has" => {
                let names = want
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str);
                names
                    .into_iter()
                    .all(|name| !answer.get(name).unwrap_or(&Value::Null).is_null())
            }
            "tries_at_least" => answer.get("tries").and_then(Value::as_u64) >= want.as_u64(),
            _ => answer.get(name).unwrap_or(&Value::Null) == want,
        };
        if !is_as_wanted {
            wrong.push(format!("{name} must be {want}"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wanted(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn an_answer_is_held_to_what_is_wanted_of_it() {
        let answer = json!({"outcome": "approved", "tries": 2, "id": "c1", "in_the_way": null});
        let right = [
            json!({"outcome": "approved", "tries_at_least": 2, "has": ["id"]}),
            json!({"in_the_way": null, "field": null}),
        ];
        for right in right {
            assert!(differences(&answer, &wanted(&right)).is_empty(), "{right}");
        }
        for wrong in [
            json!({"outcome": "unknown"}),
            json!({"tries_at_least": 3}),
            json!({"has": ["id", "in_the_way"]}),
            json!({"replayed": false}),
        ] {
            assert_eq!(differences(&answer, &wanted(&wrong)).len(), 1, "{wrong}");
        }
    }

    #[test]
    fn there_are_twenty_five_cases_and_each_has_its_own_name() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clients/cases.json");
        let cases = read(&path).unwrap();
        assert_eq!(cases.len(), 25);
        let mut names: Vec<_> = cases.iter().map(|case| &case.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 25);
        for case in &cases {
            assert!(
                case.steps.iter().any(|step| step.contains_key("expect")),
                "{}",
                case.name
            );
        }
    }
}
