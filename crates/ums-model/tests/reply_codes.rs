//! What each reply code says of each operation: held against
//! `fixtures/documented/reply_codes.json`, and against what nothing may ever say.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use serde_json::Value;
use ums_model::*;

#[test]
fn the_reply_codes_are_the_documented_ones() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/documented/reply_codes.json");
    let table: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
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
    assert_eq!((documented.len(), REPLY_CODES.len()), (26, 26));
    for (code, row) in documented {
        let known = known[code];
        let verdicts = known.verdicts;
        for (column, verdict) in [
            ("pay", verdicts.pay),
            ("void_or_reversal", verdicts.void_or_reversal),
            ("refund", verdicts.refund),
            ("query", verdicts.query),
        ] {
            assert_eq!(row["verdicts"][column], class(verdict), "{code} {column}");
        }
        assert_eq!(row["meaning"], known.meaning, "{code}");
        assert_eq!(row["chinese"].as_str(), known.chinese, "{code}");
        assert_eq!(row["source"], known.source, "{code}");
        assert_eq!(row["certainty"], known.certainty.as_str(), "{code}");
        assert_eq!(row["note"].as_str(), known.note, "{code}");
    }
    assert_eq!(table["unlisted"], "unknown");
    let never: Vec<&str> = texts(&table["never_declined"]);
    assert_eq!(never, NEVER_DECLINED);
    let unionpay: Vec<(&str, &str, Option<&str>)> = table["unionpay"]["codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap();
            (text("code"), text("meaning"), row["chinese"].as_str())
        })
        .collect();
    let preset: Vec<_> = ISSUER_REFUSALS
        .iter()
        .map(|row| (row.code, row.meaning, row.chinese))
        .collect();
    assert_eq!(unionpay, preset);
}

fn texts(array: &Value) -> Vec<&str> {
    let items = array.as_array().unwrap();
    items.iter().map(|item| item.as_str().unwrap()).collect()
}

/// The name of a verdict in the fixtures.
fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approved => "approved",
        Verdict::Declined(Refusal::BeforeProcessing) => "refused_before_processing",
        Verdict::Declined(Refusal::NotExecuted) => "not_executed",
        Verdict::Unknown => "unknown",
    }
}

/// For each column, its codes by what they say. A change of one cell of the table changes a line
/// here. Which column judges which operation is in the operation's fixture.
#[test]
fn each_column_has_its_own_codes() {
    let columns: BTreeMap<&str, PosOperation> = PosOperation::ALL
        .iter()
        .map(|&operation| (operation.codes(), operation))
        .collect();
    let told: Vec<String> = columns
        .into_iter()
        .map(|(column, operation)| {
            let of = |verdict| {
                let codes: Vec<&str> = REPLY_CODES
                    .iter()
                    .map(|row| row.code)
                    .filter(|code| judge_code(operation, code) == verdict)
                    .collect();
                codes.join(" ")
            };
            let approved = of(Verdict::Approved);
            let before = of(Verdict::Declined(Refusal::BeforeProcessing));
            let not_executed = of(Verdict::Declined(Refusal::NotExecuted));
            format!("{column}: {approved} | {before} | {not_executed}")
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    each: 00 | 1000 1001 9001 | 03 13 30 57 61 97
    pay: 00 | 1000 1001 9001 | 03 13 30 57 61 97
    query: 00 | 1000 1001 9001 | 
    refund: 00 | 1000 1001 9001 | 03 12 13 22 25 30 57 61 97
    void_and_refund: 00 | 1000 1001 9001 | 03 12 13 22 25 30 57 61 97
    void_or_reversal: 00 | 1000 1001 9001 | 03 12 13 22 25 30 57 61 97
    ");
    assert_eq!(PosOperation::Other.codes(), "each");
}

/// The list stands here once more, so that it is not shortened with the code.
#[test]
fn nothing_declines_the_codes_that_prove_nothing() {
    let never = [
        "00", "06", "09", "10", "11", "14", "16", "64", "68", "90", "91", "92", "94", "96", "98",
        "A0", "A2", "A4", "A5", "A6", "A7", "ER", "FF", "0000", "9200", "9999",
    ];
    for code in never {
        for &operation in PosOperation::ALL {
            let judged = judge_code(operation, code);
            assert!(
                !matches!(judged, Verdict::Declined(_)),
                "{operation:?} {code}"
            );
            let own = RefusalCodes::none().with(operation, code, "a guess");
            assert!(own.is_err(), "{operation:?} {code}");
        }
        let pay = pay_example();
        let body = Bytes::from(format!(r#"{{"errCode":"{code}"}}"#));
        let judged = pay.judge(&pay.decode(body).unwrap());
        let judged = judged.with_refusals(&RefusalCodes::unionpay());
        assert!(!matches!(judged.verdict(), Verdict::Declined(_)), "{code}");
    }
}

#[test]
fn a_callers_own_refusals_decide_what_the_table_leaves_open_and_nothing_else() {
    let own = RefusalCodes::unionpay()
        .with(PosOperation::Pay, "Z1", "letter of the branch")
        .unwrap();
    let judge = |body: &str| {
        let pay = pay_example();
        let reply = pay.decode(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        pay.judge(&reply).with_refusals(&own)
    };
    let declined = Verdict::Declined(Refusal::NotExecuted);
    for (body, verdict, provenance) in [
        (r#"{"errCode":"51"}"#, declined, Some("standard")),
        (
            r#"{"errCode":"Z1"}"#,
            declined,
            Some("letter of the branch"),
        ),
        (r#"{"errCode":"Z2"}"#, Verdict::Unknown, None),
        (r#"{"errCode":"03"}"#, declined, None),
        (r#"{"errCode":"00"}"#, Verdict::Approved, None),
        // What says that nothing is known yet outweighs the code.
        (
            r#"{"errCode":"51","autoQueryFlag":"Y"}"#,
            Verdict::Unknown,
            None,
        ),
        (
            r#"{"errCode":"51","queryResCode":"5"}"#,
            Verdict::Unknown,
            None,
        ),
    ] {
        let judgement = judge(body);
        assert_eq!(judgement.verdict(), verdict, "{body}");
        assert_eq!(judgement.provenance(), provenance, "{body}");
    }
    let meaning = judge(r#"{"errCode":"51"}"#).known().map(|row| row.meaning);
    assert_eq!(meaning, Some("Not enough money."));

    let void = VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new("U1").unwrap(),
    );
    let reply = void
        .decode(Bytes::from_static(br#"{"errCode":"51"}"#))
        .unwrap();
    let judged = void.judge(&reply).with_refusals(&own);
    assert_eq!(
        judged.verdict(),
        Verdict::Unknown,
        "a payment's refusals are no void's"
    );
}

/// `autoQueryFlag` says that the order's state is not known yet, whatever the code.
#[test]
fn an_auto_query_flag_leaves_a_payment_open() {
    for (flag, verdict) in [
        (r#""Y""#, Verdict::Unknown),
        (r#""y""#, Verdict::Unknown),
        (r#""1""#, Verdict::Unknown),
        ("true", Verdict::Unknown),
        (r#""N""#, Verdict::Approved),
        (r#""""#, Verdict::Approved),
        ("null", Verdict::Approved),
    ] {
        let body = format!(r#"{{"errCode":"00","autoQueryFlag":{flag}}}"#);
        let pay = pay_example();
        let reply = pay.decode(Bytes::from(body)).unwrap();
        assert_eq!(pay.judge(&reply).verdict(), verdict, "{flag}");
    }
}

fn pay_example() -> Pay {
    Pay::new(
        MerchantCode::new("123456789900081").unwrap(),
        TerminalCode::new("00810001").unwrap(),
        MerchantOrderId::new("M1").unwrap(),
        Fen::new(1),
        MerchantRemark::new("-").unwrap(),
        PayMode::CodeScan,
        PayCode::new("285668667587422761").unwrap(),
    )
}
