//! Holds the types against the tables in `fixtures/documented`, in both directions, and counts what it compared.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use serde_json::Value;
use ums_model::*;

fn documented(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/documented")
        .join(name);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A field table in the form both sides can be brought to.
#[derive(Debug, PartialEq)]
struct Row {
    name: String,
    kind: String,
    max_length: Option<u64>,
    format: Option<String>,
    need: String,
}

fn rows_of_fixture(table: &Value) -> Vec<Row> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    table["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| Row {
            name: text(&field["name"]).unwrap(),
            kind: text(&field["type"]).unwrap(),
            max_length: field["max_length"].as_u64(),
            format: text(&field["format"]),
            need: text(&field["need"]).unwrap(),
        })
        .collect()
}

fn rows_of_type(fields: &[FieldSpec]) -> Vec<Row> {
    fields
        .iter()
        .map(|field| Row {
            name: field.name.to_owned(),
            kind: field.kind.as_str().to_owned(),
            max_length: field.max_length.map(|length| length as u64),
            format: field.format.map(|format| format.as_str().to_owned()),
            need: field.need.as_str().to_owned(),
        })
        .collect()
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new("20200227163036011978864947").unwrap(),
    )
}

#[test]
fn the_void_has_the_documented_path_and_fields() {
    let page = documented("void_payment.json");
    assert_eq!(page["operation"], void().name());
    assert_eq!(page["path"], void().path());

    let request = rows_of_fixture(&page["request"]);
    assert_eq!(request, rows_of_type(VoidPayment::FIELDS));
    assert_eq!(request.len(), 8);

    let reply = rows_of_fixture(&page["reply"]);
    assert_eq!(reply, rows_of_type(VoidPaymentReply::FIELDS));
    assert_eq!(reply.len(), 17);
}

type Constructor = fn(&str) -> Result<(), InvalidField>;

/// The constructor of each text field, by its name on the wire.
fn constructors() -> BTreeMap<&'static str, Constructor> {
    let constructors: [(&str, Constructor); 7] = [
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
        ("bizIdentifier", |value| BizIdentifier::new(value).map(drop)),
    ];
    BTreeMap::from(constructors)
}

#[test]
fn each_text_field_takes_its_documented_length_and_example_and_no_more() {
    let page = documented("void_payment.json");
    let mut constructors = constructors();
    for field in page["request"]["fields"].as_array().unwrap() {
        let name = field["name"].as_str().unwrap();
        if field["type"] != "string" {
            continue;
        }
        let new = constructors
            .remove(name)
            .unwrap_or_else(|| panic!("no type for {name}"));
        let max = field["max_length"].as_u64().unwrap() as usize;

        new(&"1".repeat(max)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let error = new(&"1".repeat(max + 1)).unwrap_err();
        assert_eq!(error.field(), name);
        assert!(
            matches!(error.rule(), Rule::Length { max: most, .. } if most == max),
            "{error}"
        );
        assert!(
            matches!(new("").unwrap_err().rule(), Rule::Length { .. }),
            "{name}"
        );
        for bad in ["1\n", "\u{0}", "1\u{2028}1", "\u{feff}1", "1\u{7f}"] {
            assert!(new(bad).is_err(), "{name} {bad:?}");
        }
        if let Some(example) = field["example"].as_str() {
            new(example).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
    assert!(
        constructors.is_empty(),
        "not documented: {:?}",
        constructors.keys()
    );
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

#[test]
fn the_reply_codes_are_the_documented_ones() {
    let table = documented("reply_codes.json");
    let documented: BTreeMap<&str, &Value> = table["codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["code"].as_str().unwrap(), row))
        .collect();
    let known: BTreeMap<&str, &ReplyCode> = REPLY_CODES.iter().map(|row| (row.code, row)).collect();

    assert_eq!(
        documented.keys().collect::<Vec<_>>(),
        known.keys().collect::<Vec<_>>()
    );
    assert_eq!((documented.len(), REPLY_CODES.len()), (23, 23));
    for (code, row) in documented {
        let known = known[code];
        assert_eq!(row["class"], known.class(), "{code}");
        assert_eq!(row["meaning"], known.meaning, "{code}");
        assert_eq!(row["chinese"].as_str(), known.chinese, "{code}");
        assert_eq!(row["source"], known.source, "{code}");
        assert_eq!(row["certainty"], known.certainty.as_str(), "{code}");
        assert_eq!(row["note"].as_str(), known.note, "{code}");
        assert_eq!(judge_code(code), known.verdict, "{code}");
    }
    assert_eq!(table["unlisted"], "unknown");
}

#[test]
fn each_class_has_its_codes() {
    let of = |verdict| {
        let codes: Vec<&str> = REPLY_CODES
            .iter()
            .filter(|row| row.verdict == verdict)
            .map(|row| row.code)
            .collect();
        codes.join(" ")
    };
    assert_eq!(of(Verdict::Approved), "00");
    assert_eq!(
        of(Verdict::Declined(Refusal::BeforeProcessing)),
        "1000 1001 9001"
    );
    assert_eq!(
        of(Verdict::Declined(Refusal::NotExecuted)),
        "03 13 22 25 30 57 61 64 97 A7"
    );
    assert_eq!(
        of(Verdict::Unknown),
        "92 94 96 ER FF 9999 9200 0000 5131016"
    );
}
