//! Holds the types against the tables in `fixtures/documented`, in both directions, and counts what
//! it compared.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod requests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::{Map, Value, json};
use ums_model::*;

fn documented(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/documented")
        .join(name);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a fixture's row and a field of a type must agree in: the row's key, the row's value as
/// text, and the field's.
type Column = (
    &'static str,
    fn(&Value) -> Option<String>,
    fn(&FieldSpec) -> Option<String>,
);

const COLUMNS: &[Column] = &[
    (
        "type",
        |value| text(value),
        |field| Some(field.kind.as_str().to_owned()),
    ),
    (
        "max_length",
        |value| text(value),
        |field| field.max_length.map(|length| length.to_string()),
    ),
    (
        "format",
        |value| text(value),
        |field| field.format.map(|format| format.as_str().to_owned()),
    ),
    (
        "need",
        |value| text(value),
        |field| Some(field.need.as_str().to_owned()),
    ),
    (
        "sensitivity",
        |value| text(value),
        |field| Some(field.sensitivity.as_str().to_owned()),
    ),
    (
        "source",
        |value| text(value),
        |field| Some(field.source.to_string()),
    ),
    (
        "certainty",
        |value| text(value),
        |field| Some(field.source.certainty().as_str().to_owned()),
    ),
];

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Where a fixture's table and a type's field table differ, in either direction and at every depth:
/// one line for each difference, with the place, the field and the column.
fn differences(place: &str, rows: &Value, fields: &[FieldSpec]) -> Vec<String> {
    let none = Vec::new();
    let rows = rows.as_array().unwrap_or(&none);
    let names = |row: &Value| row["name"].as_str().unwrap_or_default().to_owned();
    let documented: Vec<String> = rows.iter().map(names).collect();
    let typed: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let mut found = Vec::new();
    for name in documented
        .iter()
        .filter(|name| !typed.contains(&name.as_str()))
    {
        found.push(format!("{place}.{name}: no type has it"));
    }
    for name in typed
        .iter()
        .filter(|name| !documented.iter().any(|row| row == *name))
    {
        found.push(format!("{place}.{name}: no fixture has it"));
    }
    if found.is_empty() && documented != typed {
        found.push(format!(
            "{place}: {documented:?} is not the order {typed:?}"
        ));
    }
    for row in rows {
        let name = names(row);
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            continue;
        };
        for (key, of_row, of_field) in COLUMNS {
            let (documented, typed) = (of_row(&row[key]), of_field(field));
            if documented != typed {
                found.push(format!(
                    "{place}.{name}: {key} is {documented:?}, and {typed:?} in the type"
                ));
            }
        }
        found.extend(differences(
            &format!("{place}.{name}"),
            &row["items"],
            field.items,
        ));
    }
    found
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new("20200227163036011978864947").unwrap(),
    )
}

fn merchant() -> (MerchantCode, TerminalCode) {
    (
        MerchantCode::new("898340149000005").unwrap(),
        TerminalCode::new("00000001").unwrap(),
    )
}

fn pay() -> Pay {
    let (merchant, terminal) = merchant();
    Pay::new(
        merchant,
        terminal,
        MerchantOrderId::new("1").unwrap(),
        Fen::new(200),
        MerchantRemark::new("1").unwrap(),
        PayMode::CodeScan,
        PayCode::new("1").unwrap(),
    )
}

fn activate_terminal() -> ActivateTerminal {
    let (merchant, terminal) = merchant();
    ActivateTerminal::new(merchant, terminal)
}

fn reverse_payment() -> ReversePayment {
    let (merchant, terminal) = merchant();
    let order = MerchantOrderId::new("1").unwrap();
    ReversePayment::new(merchant, terminal, order, Fen::new(200))
}

/// Everything else that the declaration of an operation says, in the form of a fixture: title and
/// versions as they stand at its top, and what stands under its `behaviour`.
fn described(spec: &OperationSpec) -> Value {
    let echoes = |echoes: &[Echo]| -> Vec<Value> {
        let echoes = echoes.iter().map(|echo| match echo.expected {
            Expected::Field(name) => json!({"reply": echo.reply, "repeats": name}),
            Expected::Value(value) => json!({"reply": echo.reply, "is": value}),
        });
        echoes.collect()
    };
    let conditions = spec.conditions.iter().map(|condition| {
        let rule = match condition.rule {
            ConditionRule::AtLeastOne => "at least one",
            ConditionRule::ExactlyOne => "exactly one",
            ConditionRule::Words(words) => words,
            _ => panic!("{condition}"),
        };
        json!({"fields": condition.fields, "rule": rule})
    });
    let versions = spec.paths.iter().map(|path| {
        json!({
            "version": path.version,
            "path": path.path,
            "source": path.source.to_string(),
            "certainty": path.source.certainty().as_str(),
        })
    });
    let mut order = Map::new();
    order.extend(
        spec.order
            .merchant
            .map(|name| ("merchant".to_owned(), name.into())),
    );
    order.extend(spec.order.ums.map(|name| ("ums".to_owned(), name.into())));
    let mut behaviour = json!({
        "english": spec.english,
        "effect": spec.effect.as_str(),
        "codes": spec.codes,
        "order": order,
        "conditions": conditions.collect::<Vec<_>>(),
        "identity": spec.identity,
        "echoes": echoes(spec.echoes),
    });
    if let Some(asked) = spec.asked {
        let states = asked.states.iter();
        let states = states.map(|state| (state.state.to_owned(), state.meaning.as_str().into()));
        behaviour["asked"] = json!({
            "query": asked.query,
            "echoes": echoes(asked.echoes),
            "states": states.collect::<Map<_, _>>(),
            "may_be_repeated": asked.may_be_repeated,
        });
    }
    json!({
        "operation": spec.name,
        "title": spec.chinese,
        "path": spec.paths[0].path,
        "versions": versions.collect::<Vec<_>>(),
        "behaviour": behaviour,
    })
}

/// The same part of a fixture, without the words that no declaration has.
fn transcribed(page: &Value) -> Value {
    let mut page = page.clone();
    for row in page["versions"].as_array_mut().unwrap() {
        let row = row.as_object_mut().unwrap();
        row.retain(|key, _| !matches!(key.as_str(), "host" | "note"));
    }
    page["behaviour"].as_object_mut().unwrap().remove("note");
    let keys = ["operation", "title", "path", "versions", "behaviour"];
    let kept = keys.map(|key| (key.to_owned(), page[key].clone()));
    Value::Object(kept.into_iter().collect())
}

/// Each place where two values differ, one line for each, with both.
fn differing(at: &str, documented: &Value, declared: &Value) -> Vec<String> {
    let inner = |keys: Vec<String>, of: &dyn Fn(&Value, &str) -> Value| {
        let differences = keys.iter().map(|key| {
            let at = format!("{at}.{key}");
            differing(&at, &of(documented, key), &of(declared, key))
        });
        differences.flatten().collect()
    };
    match (documented, declared) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            let keys = keys.into_iter().cloned().collect();
            inner(keys, &|value, key| value[key].clone())
        }
        (Value::Array(one), Value::Array(other)) => {
            let keys = 0..one.len().max(other.len());
            inner(keys.map(|key| key.to_string()).collect(), &|value, key| {
                let element = value.get(key.parse::<usize>().unwrap());
                element.cloned().unwrap_or_default()
            })
        }
        _ if documented == declared => Vec::new(),
        _ => vec![format!(
            "{at}: {documented} is documented, and {declared} declared"
        )],
    }
}

#[test]
fn each_operation_is_declared_as_documented() {
    for spec in OPERATIONS {
        let page = documented(&format!("{}.json", spec.name));
        let told = differing(spec.name, &transcribed(&page), &described(spec));
        assert_eq!(told, Vec::<String>::new());
    }
}

/// Each value at the leaves, as a JSON pointer.
fn leaves(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| leaves(value, &format!("{at}/{key}")))
            .collect(),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .flat_map(|(key, value)| leaves(value, &format!("{at}/{key}")))
            .collect(),
        _ => vec![at.to_owned()],
    }
}

/// That the comparison above sees every change of one value in each fixture.
#[test]
fn a_change_of_what_is_documented_of_an_operation_is_told() {
    let mut changes = 0;
    for spec in OPERATIONS {
        let page = transcribed(&documented(&format!("{}.json", spec.name)));
        for pointer in leaves(&page, "") {
            let mut changed = page.clone();
            *changed.pointer_mut(&pointer).unwrap() = json!("another");
            let told = differing(spec.name, &changed, &described(spec));
            assert_eq!(told.len(), 1, "{pointer}: {told:?}");
            let place = format!("{}{}: ", spec.name, pointer.replace('/', "."));
            assert!(told[0].starts_with(&place), "{}", told[0]);
            changes += 1;
        }
    }
    assert!(changes > 200, "{changes}");
}

/// What the three places that must know an operation do not agree on, one line for each.
fn missing(
    declared: &BTreeMap<String, String>,
    listed: &BTreeSet<String>,
    documented: &BTreeSet<String>,
) -> Vec<String> {
    let mut missing = Vec::new();
    for (name, file) in declared {
        if !listed.contains(name) {
            missing.push(format!(
                "{name}, declared in {file}, is not in the list: run `cargo xtask fixtures`"
            ));
        }
        if !documented.contains(name) {
            missing.push(format!(
                "{name}, declared in {file}, has no fixtures/documented/{name}.json"
            ));
        }
    }
    for name in documented.iter().chain(listed) {
        if !declared.contains_key(name) {
            missing.push(format!(
                "{name}, of fixtures/documented/{name}.json, is declared in no file"
            ));
        }
    }
    missing
}

/// Every operation that a file of this crate declares, with that file.
fn declared() -> BTreeMap<String, String> {
    fn files(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => files(&path, found),
                false => found.push(path),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("src"), &mut found);
    let mut declared = BTreeMap::new();
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        let file = path.strip_prefix(root).unwrap().display().to_string();
        for (at, _) in text.match_indices("\noperation! {\n") {
            let name = text[at..]
                .split_once("\n    name \"")
                .and_then(|(_, rest)| rest.split('"').next());
            let name = name.unwrap_or_else(|| panic!("{file}: a declaration without a name"));
            assert_eq!(
                declared.insert(name.to_owned(), file.clone()),
                None,
                "{name} is declared twice"
            );
        }
    }
    declared
}

#[test]
fn each_operation_is_declared_and_listed_and_documented() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/documented");
    let files = fs::read_dir(directory).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".json").map(str::to_owned)
    });
    let documented = files.filter(|name| name != "reply_codes").collect();
    let listed = OPERATIONS.iter().map(|spec| spec.name.to_owned()).collect();
    assert_eq!(
        missing(&declared(), &listed, &documented),
        Vec::<String>::new()
    );
    assert_eq!(
        (declared().len(), listed.len()),
        (OPERATIONS.len(), OPERATIONS.len())
    );
}

#[test]
fn an_operation_that_is_left_out_somewhere_is_told_with_the_place() {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let declared = BTreeMap::from([("pay".to_owned(), "src/pay.rs".to_owned())]);
    let told = |listed: &[&str], documented: &[&str]| {
        missing(&declared, &set(listed), &set(documented)).join("\n")
    };
    assert_eq!(told(&["pay"], &["pay"]), "");
    insta::assert_snapshot!(told(&[], &["pay"]), @"pay, declared in src/pay.rs, is not in the list: run `cargo xtask fixtures`");
    insta::assert_snapshot!(told(&["pay"], &[]), @"pay, declared in src/pay.rs, has no fixtures/documented/pay.json");
    insta::assert_snapshot!(told(&["pay"], &["pay", "tip"]), @"tip, of fixtures/documented/tip.json, is declared in no file");
}

/// The two tables of each operation, with the place that a difference is told by.
fn tables() -> Vec<(String, Value, &'static [FieldSpec])> {
    let tables = OPERATIONS.iter().flat_map(|operation| {
        let page = documented(&format!("{}.json", operation.name));
        [("request", operation.request), ("reply", operation.reply)].map(|(message, fields)| {
            let place = format!("{}.{message}", operation.name);
            (place, page[message]["fields"].clone(), fields)
        })
    });
    tables.collect()
}

#[test]
fn each_field_is_as_documented() {
    let mut rows_of_all = 0;
    for (place, rows, fields) in tables() {
        assert_eq!(differences(&place, &rows, fields), Vec::<String>::new());
        // No table has fewer: a code and its text, or who calls.
        assert!(fields.len() >= 2, "{place}");
        rows_of_all += pointers(&rows, "").len();
    }
    // With the fields of the objects inside.
    assert_eq!(every_field().count(), rows_of_all);
    assert!(rows_of_all >= 468, "{rows_of_all}");
}

/// Each row of a table and of those inside it, as JSON pointers.
fn pointers(rows: &Value, at: &str) -> Vec<String> {
    let none = Vec::new();
    let rows = rows.as_array().unwrap_or(&none);
    let rows = rows.iter().enumerate().flat_map(|(index, row)| {
        let at = format!("{at}/{index}");
        let inner = pointers(&row["items"], &format!("{at}/items"));
        [at].into_iter().chain(inner)
    });
    rows.collect()
}

/// A value that the column did not have, and could have.
fn another(key: &str, value: &Value) -> Value {
    let other = |words: [&'static str; 2]| {
        let [first, second] = words;
        Value::from(if *value == first { second } else { first })
    };
    match key {
        "max_length" => value
            .as_u64()
            .map_or(Value::from(12), |max| Value::from(max + 1)),
        "type" => other(["string", "number"]),
        "need" => other(["required", "optional"]),
        "format" => other(["fen", "digits"]),
        "sensitivity" => other(["public", "text"]),
        "certainty" => other(["documented", "inferred"]),
        "source" => Value::from(format!("{} and p.99", value.as_str().unwrap())),
        _ => panic!("{key}"),
    }
}

/// That the comparison above sees every change of one value, in each row of each fixture.
#[test]
fn a_change_of_one_value_of_a_fixture_is_told_with_its_field() {
    let mut changes = 0;
    for (place, rows, fields) in tables() {
        for pointer in pointers(&rows, "") {
            let row = rows.pointer(&pointer).unwrap();
            let name = row["name"].as_str().unwrap();
            for (key, ..) in COLUMNS {
                let mut changed = rows.clone();
                changed.pointer_mut(&pointer).unwrap()[key] = another(key, &row[key]);
                let told = differences(&place, &changed, fields);
                assert_eq!(told.len(), 1, "{place}{pointer} {key}: {told:?}");
                assert!(told[0].starts_with(&place), "{}", told[0]);
                assert!(
                    told[0].contains(&format!(".{name}: {key} is ")),
                    "{}",
                    told[0]
                );
                changes += 1;
            }
            // A length or a format that is taken away is a change, too.
            for key in ["max_length", "format"] {
                let mut changed = rows.clone();
                let value = &mut changed.pointer_mut(&pointer).unwrap()[key];
                if !value.is_null() {
                    *value = Value::Null;
                    assert_eq!(differences(&place, &changed, fields).len(), 1);
                    changes += 1;
                }
            }
            let mut renamed = rows.clone();
            renamed.pointer_mut(&pointer).unwrap()["name"] = Value::from("noSuchField");
            let told = differences(&place, &renamed, fields).join("\n");
            assert!(told.contains(".noSuchField: no type has it"), "{told}");
            assert!(
                told.contains(&format!(".{name}: no fixture has it")),
                "{told}"
            );

            let (table, index) = pointer.rsplit_once('/').unwrap();
            let mut removed = rows.clone();
            let table = removed.pointer_mut(table).unwrap().as_array_mut().unwrap();
            table.remove(index.parse().unwrap());
            let told = differences(&place, &removed, fields).join("\n");
            assert!(
                told.contains(&format!(".{name}: no fixture has it")),
                "{told}"
            );
            changes += 2;
        }
        let mut swapped = rows.clone();
        if fields.len() > 1 {
            swapped.as_array_mut().unwrap().swap(0, 1);
            assert_eq!(differences(&place, &swapped, fields).len(), 1);
        }
    }
    assert!(changes > 9 * every_field().count(), "{changes}");
}

/// The same for every change of one value of a type's table.
#[test]
fn a_change_of_one_value_of_a_type_is_told_with_its_field() {
    type Change = fn(&mut FieldSpec);
    const CHANGES: &[(&str, Change)] = &[
        ("type", |field| {
            field.kind = match field.kind {
                FieldKind::String => FieldKind::Number,
                _ => FieldKind::String,
            }
        }),
        ("max_length", |field| {
            field.max_length = Some(field.max_length.map_or(12, |max| max - 1))
        }),
        ("format", |field| {
            field.format = match field.format {
                Some(Format::Fen) => None,
                _ => Some(Format::Fen),
            }
        }),
        ("need", |field| {
            field.need = match field.need {
                Need::Required => Need::Unknown,
                _ => Need::Required,
            }
        }),
        ("sensitivity", |field| {
            field.sensitivity = match field.sensitivity {
                Sensitivity::Secret => Sensitivity::Card,
                _ => Sensitivity::Secret,
            }
        }),
        ("source", |field| field.source = Source::TradeDocument("§9")),
    ];

    /// Changes the field at this place in the order of `every_field`, counted down.
    fn changed(fields: &'static [FieldSpec], left: &mut usize, change: Change) -> Vec<FieldSpec> {
        let mut fields = fields.to_vec();
        for field in &mut fields {
            match left.checked_sub(1) {
                None => return fields,
                Some(0) => {
                    *left = 0;
                    change(field);
                    return fields;
                }
                Some(rest) => *left = rest,
            }
            field.items = Vec::leak(changed(field.items, left, change));
        }
        fields
    }

    for (place, rows, fields) in tables() {
        for (at, pointer) in pointers(&rows, "").iter().enumerate() {
            let name = rows.pointer(pointer).unwrap()["name"].as_str().unwrap();
            for (key, change) in CHANGES {
                let changed = changed(fields, &mut (at + 1), *change);
                let told = differences(&place, &rows, &changed);
                assert!(
                    told[0].contains(&format!(".{name}: {key} is ")),
                    "{place}.{name} {key}: {told:?}"
                );
            }
        }
    }
}

/// What records and repeats go by: which order of which merchant a call is about, and whether it
/// moves money.
#[test]
fn each_operation_says_its_merchant_its_order_and_its_effect() {
    fn said<O: Operation>(operation: &O) -> (Option<&str>, Effect) {
        let (code, _) = merchant();
        assert_eq!(operation.merchant(), Some(code.as_str()));
        (operation.order().id(), operation.effect())
    }
    let (code, terminal) = merchant();
    let merchant_id = || MerchantOrderId::new("M1").unwrap();
    let request_id = RefundRequestId::new("R1").unwrap();
    let both = || OrderRef::Both {
        merchant: merchant_id(),
        ums: UmsOrderId::new("U1").unwrap(),
    };
    // With both ids, the platform goes by its own.
    for (order, id) in [
        (OrderRef::from(merchant_id()), "M1"),
        (UmsOrderId::new("U1").unwrap().into(), "U1"),
        (both(), "U1"),
    ] {
        let (code, terminal) = (code.clone(), terminal.clone());
        let void = VoidPayment::new(code.clone(), terminal.clone(), order.clone());
        assert_eq!(said(&void), (Some(id), Effect::MovesMoney));
        let query = Query::new(code.clone(), terminal.clone(), order.clone());
        assert_eq!(said(&query), (Some(id), Effect::ReadOnly));
        let refund = Refund::new(code, terminal, order, request_id.clone(), Fen::new(1));
        assert_eq!(said(&refund), (Some(id), Effect::MovesMoney));
        assert_eq!(said(&refund.query_refund()), (Some(id), Effect::ReadOnly));
    }
    assert_eq!(said(&pay()), (Some("1"), Effect::MovesMoney));
    assert_eq!(said(&reverse_payment()), (Some("1"), Effect::MovesMoney));
    assert_eq!(said(&activate_terminal()), (None, Effect::ReadOnly));
}

/// What a field gives away decides what `Debug` of its reply prints.
#[test]
fn debug_shows_a_reply_as_its_fields_are_sensitive() {
    let mut hidden = BTreeSet::new();
    for operation in OPERATIONS {
        let request = requests::whole(operation);
        for field in operation.reply {
            // As a string, as a number, and inside something else.
            for value in ["\"4711\"", "4711", "{\"a\":[4711]}", "[\"4711\"]"] {
                let body = format!("{{\"{}\":{value}}}", field.name);
                let shown = format!("{:?}", request.decode(Bytes::from(body)).unwrap());
                // Of an object that no document describes, the names are shown.
                let is_names = field.kind == FieldKind::Object && value.starts_with('{');
                assert_eq!(
                    shown.contains("4711"),
                    !field.sensitivity.is_hidden() && !is_names,
                    "{}.{} {value}: {shown}",
                    operation.name,
                    field.name
                );
            }
            if field.sensitivity.is_hidden() {
                hidden.insert(field.name);
            }
        }
    }
    insta::assert_snapshot!(Vec::from_iter(hidden).join("\n"), @"
    originalPayCode
    payCode
    thirdPartyBuyerId
    thirdPartyBuyerUserName
    userId
    ");
}

/// Which fields of requests are kept from every `Debug` and error, and by which class.
#[test]
fn the_hidden_fields_of_requests_are_these() {
    fn hidden(fields: &[FieldSpec], found: &mut BTreeSet<String>) {
        for field in fields {
            if field.sensitivity.is_hidden() {
                found.insert(format!("{} {}", field.name, field.sensitivity.as_str()));
            }
            hidden(field.items, found);
        }
    }
    let mut found = BTreeSet::new();
    for operation in OPERATIONS {
        hidden(operation.request, &mut found);
    }
    insta::assert_snapshot!(Vec::from_iter(found).join("\n"), @"
    certNo personal
    certType personal
    encryptRandNum secret
    mobile personal
    name personal
    payCode secret
    pwdEnc secret
    pwdTransKeyEnc secret
    secretText secret
    vehicleNo personal
    ");
    // No value of theirs is in an error.
    for (name, new) in constructors() {
        let is_hidden =
            every_field().any(|field| field.name == name && field.sensitivity.is_hidden());
        let error = new("4711\n").unwrap_err().to_string();
        assert_eq!(error.contains("4711"), !is_hidden, "{name}: {error}");
    }
}

/// The numbers of a list of goods take as many digits as documented, and no more.
#[test]
fn each_number_of_goods_takes_its_documented_digits() {
    type Takes = fn(u64) -> bool;
    let types: [(&str, Takes); 3] = [
        ("quantity", |number| Quantity::new(number).is_ok()),
        ("price", |number| GoodsPrice::new(Fen::new(number)).is_ok()),
        ("discount", |number| {
            GoodsDiscount::new(Fen::new(number)).is_ok()
        }),
    ];
    let page = documented("pay.json");
    let fields = page["request"]["fields"].as_array().unwrap();
    let goods = fields
        .iter()
        .find(|field| field["name"] == "goods")
        .unwrap();
    let numbers = goods["items"].as_array().unwrap().iter();
    let numbers: Vec<&Value> = numbers.filter(|item| item["type"] == "number").collect();
    assert_eq!(numbers.len(), types.len());
    for (number, (name, takes)) in numbers.into_iter().zip(types) {
        assert_eq!(number["name"], name);
        let digits = u32::try_from(number["max_length"].as_u64().unwrap()).unwrap();
        assert!(takes(10u64.pow(digits) - 1), "{name}");
        assert!(!takes(10u64.pow(digits)), "{name}");
        assert_eq!(takes(0), name != "quantity", "{name}");
    }
}

type Constructor = fn(&str) -> Result<(), InvalidField>;

/// The constructor of each text field, by its name on the wire.
fn constructors() -> BTreeMap<&'static str, Constructor> {
    let constructors: [(&str, Constructor); 46] = [
        ("merchantCode", |value| MerchantCode::new(value).map(drop)),
        ("terminalCode", |value| TerminalCode::new(value).map(drop)),
        ("systemTraceNum", |value| {
            SystemTraceNumber::new(value).map(drop)
        }),
        ("merchantOrderId", |value| {
            MerchantOrderId::new(value).map(drop)
        }),
        ("originalOrderId", |value| UmsOrderId::new(value).map(drop)),
        ("merchantRemark", |value| {
            MerchantRemark::new(value).map(drop)
        }),
        ("payCode", |value| PayCode::new(value).map(drop)),
        ("goodsTag", |value| GoodsTag::new(value).map(drop)),
        ("installmentFlag", |value| {
            InstallmentFlag::new(value).map(drop)
        }),
        ("foodOrderType", |value| FoodOrderType::new(value).map(drop)),
        ("cust2", |value| BaseStation::new(value).map(drop)),
        ("transChnl", |value| TransChnl::new(value).map(drop)),
        ("thirdPartyInstalSubsFlag", |value| {
            ThirdPartyInstalSubsFlag::new(value).map(drop)
        }),
        ("feeRatio", |value| FeeRatio::new(value).map(drop)),
        ("costSubsidy", |value| CostSubsidy::new(value).map(drop)),
        ("subAppId", |value| SubAppId::new(value).map(drop)),
        ("serialNum", |value| SerialNum::new(value).map(drop)),
        ("encryptRandNum", |value| {
            EncryptRandNum::new(value).map(drop)
        }),
        ("secretText", |value| SecretText::new(value).map(drop)),
        ("appVersion", |value| AppVersion::new(value).map(drop)),
        ("networkLicense", |value| {
            NetworkLicense::new(value).map(drop)
        }),
        ("name", |value| PayerName::new(value).map(drop)),
        ("mobile", |value| PayerMobile::new(value).map(drop)),
        ("certType", |value| CertType::new(value).map(drop)),
        ("certNo", |value| CertNo::new(value).map(drop)),
        ("fixBuyer", |value| FixBuyer::new(value).map(drop)),
        ("targetChnl", |value| TargetChnl::new(value).map(drop)),
        ("invocationMode", |value| {
            InvocationMode::new(value).map(drop)
        }),
        ("orderDesc", |value| OrderDesc::new(value).map(drop)),
        ("pwdEnc", |value| PwdEnc::new(value).map(drop)),
        ("pwdTransKeyEnc", |value| {
            PwdTransKeyEnc::new(value).map(drop)
        }),
        ("eduSchoolId", |value| EduSchoolId::new(value).map(drop)),
        ("eduScene", |value| EduScene::new(value).map(drop)),
        ("parkId", |value| ParkId::new(value).map(drop)),
        ("vehicleNo", |value| VehicleNo::new(value).map(drop)),
        ("srcReserved", |value| SrcReserved::new(value).map(drop)),
        ("storeId", |value| StoreId::new(value).map(drop)),
        ("operatorId", |value| OperatorId::new(value).map(drop)),
        ("refundDesc", |value| RefundDesc::new(value).map(drop)),
        ("transparentFields", |value| {
            TransparentFields::new(value).map(drop)
        }),
        ("goodsId", |value| GoodsId::new(value).map(drop)),
        ("goodsName", |value| GoodsName::new(value).map(drop)),
        ("goodsCategory", |value| GoodsCategory::new(value).map(drop)),
        ("body", |value| GoodsBody::new(value).map(drop)),
        ("bizIdentifier", |value| BizIdentifier::new(value).map(drop)),
        ("refundRequestId", |value| {
            RefundRequestId::new(value).map(drop)
        }),
    ];
    BTreeMap::from(constructors)
}

/// Text fields whose type takes one of a list, or a day, and not any text.
const NO_FREE_TEXT: &[&str] = &[
    "originalTransactionDate",
    "oriTransDate",
    "payTransDate",
    "transactionCurrencyCode",
    "payMode",
    "deviceType",
    "longitude",
    "latitude",
    "ip",
];

/// A request with this value in a field, or in a field of the objects inside one, read back;
/// without what does not fit with it.
fn with_text(spec: &'static OperationSpec, way: &[&str], text: &str) -> Result<(), InvalidRequest> {
    let (mut path, body) = requests::whole_body(spec);
    let mut body: Value = serde_json::from_str(&requests::written(&body)).unwrap();
    let conditions = spec.conditions.iter();
    for condition in conditions.filter(|condition| condition.fields.contains(&way[0])) {
        match (condition.rule, way[0]) {
            (ConditionRule::Words(_), "cust2") => {
                body.as_object_mut()
                    .unwrap()
                    .retain(|name, _| !matches!(name.as_str(), "longitude" | "latitude"));
            }
            (ConditionRule::Words(_), "systemTraceNum") => {
                path = spec
                    .paths
                    .iter()
                    .find(|path| path.version == "v1")
                    .unwrap()
                    .path;
            }
            (ConditionRule::Words(_), _) => {}
            _ => body
                .as_object_mut()
                .unwrap()
                .retain(|name, _| !condition.fields.contains(&name.as_str())),
        }
    }
    let mut place = &mut body;
    for name in way {
        if place.is_array() {
            place = &mut place[0];
        }
        place = &mut place[*name];
    }
    *place = text.into();
    AnyRequest::from_wire(spec.name, path, body.to_string().as_bytes()).map(drop)
}

#[test]
fn each_text_field_takes_its_documented_length_and_example_and_no_more() {
    let mut checked = 0;
    for spec in OPERATIONS {
        let page = documented(&format!("{}.json", spec.name));
        let mut fields: Vec<(Vec<&str>, &Value)> = Vec::new();
        for field in page["request"]["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            fields.push((vec![name], field));
            for item in field["items"].as_array().into_iter().flatten() {
                fields.push((vec![name, item["name"].as_str().unwrap()], item));
            }
        }
        for (way, field) in fields {
            let name = *way.last().unwrap();
            if field["type"] != "string" || NO_FREE_TEXT.contains(&name) {
                continue;
            }
            let new = |text: &str| with_text(spec, &way, text);
            let rule = |text: &str| match new(text).unwrap_err().problem() {
                RequestProblem::Field {
                    problem: FieldProblem::Invalid(invalid),
                    ..
                } => {
                    assert_eq!(invalid.field(), name);
                    invalid.rule()
                }
                problem => panic!("{}.{name}: {problem}", spec.name),
            };
            if let Some(max) = field["max_length"].as_u64().map(|max| max as usize) {
                new(&"1".repeat(max)).unwrap_or_else(|error| panic!("{error}"));
                let too_long = rule(&"1".repeat(max + 1));
                assert!(matches!(too_long, Rule::Length { max: most, .. } if most == max));
                assert!(matches!(rule(""), Rule::Length { .. }), "{name}");
            } else {
                // What is around it may be limited.
                let long = if way.len() == 1 { 10_000 } else { 100 };
                new(&"1".repeat(long)).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(rule(""), Rule::NotEmpty, "{name}");
            }
            for bad in ["1\n", "\u{0}", "1\u{2028}1", "\u{feff}1", "1\u{7f}"] {
                assert!(new(bad).is_err(), "{name} {bad:?}");
            }
            if let Some(example) = field["example"].as_str() {
                new(example).unwrap_or_else(|error| panic!("{error}"));
            }
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
}

/// The result codes of the queries, in both directions.
#[test]
fn the_result_codes_are_the_documented_ones() {
    fn check<S: Copy + ToString + PartialEq + std::fmt::Debug>(
        (file, field): (&str, &str),
        of_code: fn(&str) -> S,
        is_final: fn(S) -> bool,
        states: &[S],
        count: usize,
    ) {
        let page = documented(file);
        let results = &page["result_codes"];
        assert_eq!(results["field"], field);
        let rows = results["codes"].as_array().unwrap();
        assert_eq!(rows.len(), count, "{file}");
        let mut told: Vec<String> = Vec::new();
        for row in rows {
            let state = of_code(row["code"].as_str().unwrap());
            assert_eq!(row["state"], state.to_string(), "{file} {row}");
            assert_eq!(row["final"], is_final(state), "{file} {row}");
            told.push(state.to_string());
        }
        assert_eq!(results["unlisted"], of_code("X9").to_string(), "{file}");
        told.push(of_code("X9").to_string());
        told.push(of_code("").to_string());
        for state in states {
            assert!(told.contains(&state.to_string()), "{file} {state:?}");
        }
    }
    check(
        ("query.json", "queryResCode"),
        QueryState::of_code,
        QueryState::is_final,
        QueryState::ALL,
        7,
    );
    check(
        ("query_refund.json", "queryResCode"),
        RefundState::of_code,
        RefundState::is_final,
        RefundState::ALL,
        1,
    );
    // That a hold is pending is told by other fields.
    check(
        ("query_authorization.json", "secureStatus"),
        AuthorizationState::of_code,
        AuthorizationState::is_final,
        &AuthorizationState::ALL[1..],
        5,
    );
}

/// The query samples name both order ids; a query of this crate names one.
#[test]
fn the_sample_queries_are_written_as_the_pages_print_them() {
    let day =
        |text: &str| Day::new(chrono::NaiveDate::parse_from_str(text, "%Y%m%d").unwrap()).unwrap();
    let (merchant, terminal) = merchant();
    let ums = |page: &Value| {
        UmsOrderId::new(
            page["request"]["example"]["originalOrderId"]
                .as_str()
                .unwrap(),
        )
        .unwrap()
    };

    let page = documented("query.json");
    let mut sample = page["request"]["example"].clone();
    sample.as_object_mut().unwrap().remove("merchantOrderId");
    let query = Query::new(merchant.clone(), terminal.clone(), ums(&page))
        .with_system_trace_num(SystemTraceNumber::new("123456").unwrap())
        .with_ori_trans_date(day("20230719"));
    assert_eq!(
        serde_json::from_slice::<Value>(&query.encode().unwrap()).unwrap(),
        sample
    );

    let page = documented("query_refund.json");
    let sample = &page["request"]["example"];
    let text = |name: &str| sample[name].as_str().unwrap();
    let order = OrderRef::Both {
        merchant: MerchantOrderId::new(text("merchantOrderId")).unwrap(),
        ums: ums(&page),
    };
    let id = RefundRequestId::new(text("refundRequestId")).unwrap();
    let query = QueryRefund::new(merchant, terminal, order, id)
        .with_ori_trans_date(day("20230713"))
        .with_pay_trans_date(day("20240220"));
    assert_eq!(
        serde_json::from_slice::<Value>(&query.encode().unwrap()).unwrap(),
        *sample
    );
}

/// The refund's sample, every value a string as the page prints it: amounts, booleans and the goods
/// are written so.
#[test]
fn the_sample_refund_is_written_as_the_page_prints_it() {
    let page = documented("refund.json");
    let mut sample = page["request"]["example"].clone();
    let text = |name: &str| page["request"]["example"][name].as_str().unwrap();
    let (merchant, terminal) = merchant();
    let order = OrderRef::Both {
        merchant: MerchantOrderId::new(text("merchantOrderId")).unwrap(),
        ums: UmsOrderId::new(text("originalOrderId")).unwrap(),
    };
    let id = RefundRequestId::new(text("refundRequestId")).unwrap();
    let eggs = GoodsItem::new(
        GoodsId::new("001").unwrap(),
        GoodsName::new("鸡蛋").unwrap(),
        Written::text(Quantity::new(10).unwrap()),
        Written::text(GoodsPrice::new(Fen::new(1)).unwrap()),
    )
    .with_goods_category(GoodsCategory::new("food meterial").unwrap())
    .with_body(GoodsBody::new("two eggs").unwrap())
    .with_discount(Written::text(GoodsDiscount::new(Fen::new(5)).unwrap()));
    let refund = Refund::new(merchant, terminal, order, id, Written::text(Fen::new(4160)))
        .with_transaction_currency_code(Currency::Cny)
        .with_system_trace_num(SystemTraceNumber::new("123456").unwrap())
        .with_merchant_remark(MerchantRemark::new("test").unwrap())
        .with_limit_cross_device(Written::text(false))
        .with_src_reserved(SrcReserved::new("测试商品").unwrap())
        .with_operator_id(OperatorId::new("01").unwrap())
        .with_goods(Written::text(Goods::new([eggs]).unwrap()))
        .with_refund_desc(RefundDesc::new("test").unwrap())
        .with_store_id(StoreId::new("01").unwrap())
        .with_transparent_fields(TransparentFields::new("{}").unwrap());

    // What the page prints empty is not written.
    for empty in ["bizIdentifier", "oriTransDate"] {
        let removed = sample.as_object_mut().unwrap().remove(empty);
        assert_eq!(removed, Some(Value::from("")), "{empty}");
    }
    let body = refund.encode().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), sample);
}

/// The payment's sample as far as it could be read, every value a string as the page prints it.
#[test]
fn the_sample_payment_is_written_as_the_page_prints_it() {
    let page = documented("pay.json");
    let mut sample = page["request"]["example"].clone();
    let text = |name: &str| page["request"]["example"][name].as_str().unwrap();
    let (merchant, terminal) = merchant();
    let at = TerminalLocation::at(
        PhysicalDevice::new(text("deviceType")).unwrap(),
        Longitude::new("-121.48352").unwrap(),
        Latitude::new("+31.221345").unwrap(),
    );
    let pay = Pay::new(
        merchant,
        terminal,
        MerchantOrderId::new(text("merchantOrderId")).unwrap(),
        Written::text(Fen::new(1)),
        MerchantRemark::new(text("merchantRemark")).unwrap(),
        PayMode::CodeScan,
        PayCode::new(text("payCode")).unwrap(),
    )
    .with_location(at)
    .with_system_trace_num(SystemTraceNumber::new("123456").unwrap())
    .with_store_id(StoreId::new("01").unwrap())
    .with_limit_credit_card(Written::text(false))
    .with_operator_id(OperatorId::new("01").unwrap())
    .with_installment_flag(InstallmentFlag::new("true").unwrap())
    .with_installment_number(Written::text(12));

    // What the page prints empty is not written; the location is beyond what could be read of the
    // sample.
    let object = sample.as_object_mut().unwrap();
    for empty in ["srcReserved", "bizIdentifier", "goodsTag", "transChnl"] {
        assert_eq!(object.remove(empty), Some(Value::from("")), "{empty}");
    }
    object.insert("longitude".to_owned(), Value::from("-121.48352"));
    object.insert("latitude".to_owned(), Value::from("+31.221345"));
    let body = pay.encode().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), sample);
}

#[test]
fn each_pay_mode_is_documented() {
    let page = documented("pay.json");
    let fields = page["request"]["fields"].as_array().unwrap();
    let field = fields
        .iter()
        .find(|field| field["name"] == "payMode")
        .unwrap();
    let meaning = field["meaning"].as_str().unwrap();
    for mode in PayMode::ALL {
        let code = serde_json::to_value(mode).unwrap();
        assert!(meaning.contains(code.as_str().unwrap()), "{mode:?}");
    }
    assert_eq!(PayMode::ALL.len(), 6);
}

/// Of each generated reply: the class of its code, the state that it tells, and that no listed
/// field stays as received.
#[test]
fn each_wire_reply_is_judged_as_its_example_says() {
    let codes = documented("reply_codes.json")["codes"]
        .as_array()
        .unwrap()
        .len();
    for operation in OPERATIONS {
        let (count, states) = check_wire(&requests::whole(operation));
        // One of each code, of a code that nobody lists and of none, and two approvals, one of
        // which has the code of success; and what a query may say.
        assert!(count >= codes + 3, "{}: {count}", operation.name);
        let mut asking = OPERATIONS.iter().filter_map(|other| other.asked.as_ref());
        let is_asked = asking.any(|asked| asked.query == operation.name);
        assert_eq!(
            states.len() >= 2,
            is_asked,
            "{}: {states:?}",
            operation.name
        );
    }
}

/// How many replies there are, and the states that they tell.
fn check_wire(operation: &AnyRequest) -> (usize, BTreeSet<String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/wire")
        .join(format!("{}.json", operation.name()));
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let replies = file["replies"].as_array().unwrap();
    let mut states = BTreeSet::new();
    for row in replies {
        let body = row["body"].as_str().unwrap().to_owned();
        let reply = operation.decode(Bytes::from(body)).unwrap();
        let class = match operation.judge(&reply).verdict() {
            Verdict::Approved => "approved",
            Verdict::Declined(Refusal::BeforeProcessing) => "refused_before_processing",
            Verdict::Declined(Refusal::NotExecuted) => "not_executed",
            Verdict::Unknown => "unknown",
        };
        assert_eq!(row["class"], class, "{row}");
        if let Some(expected) = row["state"].as_str() {
            assert_eq!(reply.state(), Some(expected), "{row}");
            states.insert(expected.to_owned());
        }
        let shown = format!("{reply:?}");
        assert!(shown.ends_with("unlisted: [] })"), "{row}: {shown}");
        let is_listed = row["name"] != "reply-result-unlisted";
        assert!(
            !is_listed || !shown.contains("AsReceived"),
            "{row}: {shown}"
        );
    }
    (replies.len(), states)
}

#[test]
fn the_example_request_is_written_as_the_page_prints_it() {
    let page = documented("void_payment.json");
    let example = &page["request"]["example"];
    let text = |name: &str| example[name].as_str().unwrap();
    let order = OrderRef::Both {
        merchant: MerchantOrderId::new(text("merchantOrderId")).unwrap(),
        ums: UmsOrderId::new(text("originalOrderId")).unwrap(),
    };
    let void = VoidPayment::new(
        MerchantCode::new(text("merchantCode")).unwrap(),
        TerminalCode::new(text("terminalCode")).unwrap(),
        order,
    )
    .with_system_trace_num(SystemTraceNumber::new(text("systemTraceNum")).unwrap())
    .with_merchant_remark(MerchantRemark::new(text("merchantRemark")).unwrap())
    .with_limit_cross_device(Flag::text(true));

    // The page sends an empty bizIdentifier; this crate writes nothing for what was not given.
    let printed = r#"{"merchantCode":"103290070111417","terminalCode":"12340511","systemTraceNum":"123456","merchantOrderId":"20200227163036011978864947","originalOrderId":"20200227163036011978864947","merchantRemark":"test","limitCrossDevice":"true"}"#;
    assert_eq!(void.encode().unwrap(), printed);
    let mut expected = example.clone();
    assert_eq!(
        expected.as_object_mut().unwrap().remove("bizIdentifier"),
        Some(Value::from(""))
    );
    assert_eq!(serde_json::from_str::<Value>(printed).unwrap(), expected);

    let documented_type = void.with_limit_cross_device(true).encode().unwrap();
    assert!(documented_type.ends_with(br#","limitCrossDevice":true}"#));
}

#[test]
fn every_field_of_the_example_reply_is_typed() {
    let page = documented("void_payment.json");
    let body = serde_json::to_vec(&page["reply"]["example"]).unwrap();
    let reply = VoidPaymentReply::decode(Bytes::from(body.clone())).unwrap();

    assert_eq!(reply.received().as_bytes(), &body);
    assert!(reply.unlisted().is_empty());
    assert_eq!(void().judge(&reply).verdict(), Verdict::Approved);
    insta::assert_debug_snapshot!(reply, @r#"
    VoidPaymentReply {
        err_code: Typed(
            "00",
        ),
        err_info: Typed(
            "10000成功响应码",
        ),
        order_id: Typed(
            "20230718110248029165883554",
        ),
        transaction_time: Typed(
            11:13:40,
        ),
        transaction_date: Typed(
            MonthDay {
                month: 7,
                day: 18,
            },
        ),
        transaction_date_with_year: Typed(
            2023-07-18,
        ),
        settlement_date: Typed(
            MonthDay {
                month: 7,
                day: 18,
            },
        ),
        settlement_date_with_year: Typed(
            2023-07-18,
        ),
        retrieval_ref_num: Typed(
            "29165883554W",
        ),
        transaction_amount: Typed(
            Fen(
                1,
            ),
        ),
        actual_transaction_amount: Typed(
            Fen(
                1,
            ),
        ),
        third_party_name: Typed(
            "微信钱包",
        ),
        card_attr: Typed(
            Balance,
        ),
        installment_number: Typed(
            12,
        ),
        installment_seller_percent: Typed(
            100,
        ),
        conv_mchnt_no: Typed(
            "103290070111417",
        ),
        conv_term_no: Typed(
            "12340511",
        ),
        unlisted: [],
    }
    "#);
}

#[test]
fn the_example_pair_of_the_page_is_a_discrepancy() {
    let page = documented("void_payment.json");
    let body = Bytes::from(serde_json::to_vec(&page["reply"]["example"]).unwrap());
    let reply = void().decode(body).unwrap();
    let discrepancies: Vec<String> = void()
        .discrepancies(&reply)
        .iter()
        .map(ToString::to_string)
        .collect();
    insta::assert_snapshot!(discrepancies.join("\n"), @r#"orderId is "20230718110248029165883554", and "20200227163036011978864947" was expected"#);
}
