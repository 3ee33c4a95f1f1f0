//! A request is read back from the bytes it was written as, and from no others. The bodies are made
//! from `OPERATIONS`, so an operation or a field that is added is tested with no change here.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod requests;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use ums_model::*;

use requests::{Body, fits, fitted, quoted, whole_body, written};

/// Any value that the field takes, as JSON text.
fn any_value(field: &'static FieldSpec) -> BoxedStrategy<String> {
    let max = field.max_length;
    match (field.kind, field.name) {
        // Not every operation takes a face.
        (_, "payMode") => select(AuthorizationPayMode::ALL)
            .prop_map(|mode| quoted(mode.code()))
            .boxed(),
        (_, "transactionCurrencyCode") => Just(quoted("156")).boxed(),
        (_, "deviceType") => select(&["01", "11", "02", "20"][..])
            .prop_map(quoted)
            .boxed(),
        (_, "longitude") => "[+-]1[0-7][0-9]\\.[0-9]{5}"
            .prop_map(|it| quoted(&it))
            .boxed(),
        (_, "latitude") => "[+-][0-8][0-9]\\.[0-9]{6}"
            .prop_map(|it| quoted(&it))
            .boxed(),
        (_, "ip") => any::<std::net::IpAddr>()
            .prop_map(|ip| quoted(&ip.to_string()))
            .boxed(),
        (FieldKind::Boolean, _) => form(any::<bool>().prop_map(|it| it.to_string())),
        (FieldKind::Number, _) => {
            let most = match max {
                Some(digits) => 10u64.pow(u32::try_from(digits).unwrap()) - 1,
                None => u64::MAX,
            };
            form((1..=most).prop_map(|it| it.to_string()))
        }
        (FieldKind::String, _) => match (field.format, field.sensitivity) {
            (Some(Format::YearMonthDay), _) => {
                "(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])"
                    .prop_map(|it| quoted(&it))
                    .boxed()
            }
            (Some(Format::MonthDay), _) => "(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])"
                .prop_map(|it| quoted(&it))
                .boxed(),
            (Some(Format::Digits), _) => {
                let digits = proptest::string::string_regex(&format!("[0-9]{{{}}}", max.unwrap()));
                digits.unwrap().prop_map(|it| quoted(&it)).boxed()
            }
            (None, Sensitivity::Text) => text("[ -~测试👍é]", max),
            (None, _) => text("[0-9A-Za-z]", max),
            (Some(_), _) => panic!("{}: no values for its format", field.name),
        },
        (FieldKind::Object, _) => form(any_object(field.items)),
        (FieldKind::Array, _) => {
            let items = proptest::collection::vec(any_object(field.items), 1..4);
            form(items.prop_map(|items| format!("[{}]", items.join(","))))
        }
    }
}

fn text(class: &str, max: Option<usize>) -> BoxedStrategy<String> {
    let max = max.unwrap_or(20).min(20);
    let text = proptest::string::string_regex(&format!("{class}{{1,{max}}}")).unwrap();
    text.prop_map(|it| quoted(&it)).boxed()
}

/// As it is, or as the text form of the samples.
fn form(value: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    (value, any::<bool>())
        .prop_map(|(json, as_text)| if as_text { quoted(&json) } else { json })
        .boxed()
}

fn any_object(fields: &'static [FieldSpec]) -> impl Strategy<Value = String> {
    any_subset(fields).prop_map(|body| written(&body))
}

/// Every required field and any subset of the others.
fn any_subset(fields: &'static [FieldSpec]) -> impl Strategy<Value = Body> {
    let optional: Vec<&'static str> = fields
        .iter()
        .filter(|field| field.need != Need::Required)
        .map(|field| field.name)
        .collect();
    let all = optional.len();
    subsequence(optional, 0..=all).prop_flat_map(move |given| {
        let given = fields
            .iter()
            .filter(move |field| field.need == Need::Required || given.contains(&field.name));
        given
            .map(|field| any_value(field).prop_map(move |value| (field.name, value)))
            .collect::<Vec<_>>()
    })
}

/// Any request of any operation at any of its versions.
fn any_request() -> impl Strategy<Value = (&'static OperationSpec, &'static str, Body)> {
    select(OPERATIONS).prop_flat_map(|spec| {
        let spec: &'static OperationSpec = OPERATIONS
            .iter()
            .find(|known| known.name == spec.name)
            .unwrap();
        let path = select(spec.paths).prop_map(|path| path.path);
        (path, any_subset(spec.request), any::<u8>())
            .prop_map(move |(path, body, choice)| (spec, path, fitted(spec, path, body, choice)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Every subset of the optional fields, every version, both JSON forms: what was read is
    /// written as the same bytes, and reads as the same request again.
    #[test]
    fn what_was_written_is_read_back((spec, path, body) in any_request()) {
        let bytes = written(&body);
        let read = AnyRequest::from_wire(spec.name, path, bytes.as_bytes());
        let request = read.map_err(|error| TestCaseError::fail(format!("{error}: {bytes}")))?;
        prop_assert_eq!(request.spec(), spec);
        prop_assert_eq!((request.name(), request.path()), (spec.name, path));
        prop_assert_eq!(request.effect(), spec.effect);
        let encoded = request.encode().unwrap();
        prop_assert_eq!(std::str::from_utf8(&encoded).unwrap(), &bytes);
        prop_assert_eq!(&AnyRequest::from_wire(spec.name, path, &encoded).unwrap(), &request);
        // What the data calls the order's ids are the request's.
        let text = |name: Option<&str>| {
            let (_, value) = body.iter().find(|(known, _)| Some(*known) == name)?;
            serde_json::from_str::<String>(value).ok()
        };
        prop_assert_eq!(request.order().merchant.map(str::to_owned), text(spec.order.merchant));
        prop_assert_eq!(request.order().ums.map(str::to_owned), text(spec.order.ums));
        prop_assert_eq!(request.query().map(|query| query.spec().name), spec.asked.map(|asked| asked.query));
    }

    /// No field is there that does not fit the others.
    #[test]
    fn fields_that_do_not_fit_together_are_refused(
        (spec, path, body) in any_request(),
        added in any::<u16>(),
    ) {
        let mut body = body;
        for condition in spec.conditions {
            for (index, name) in condition.fields.iter().enumerate() {
                body.retain(|(known, _)| known != name);
                if added >> index & 1 == 1 {
                    let value = match *name {
                        "deviceType" => "02",
                        "longitude" => "+121.48352",
                        "latitude" => "-31.221345",
                        "ip" => "192.0.2.1",
                        "systemTraceNum" | "originalSystemTraceNum" => "000001",
                        _ => "1",
                    };
                    body.push((name, quoted(value)));
                }
            }
        }
        let read = AnyRequest::from_wire(spec.name, path, written(&body).as_bytes());
        match fits(spec, path, &body) {
            true => prop_assert!(read.is_ok()),
            false => {
                let error = read.unwrap_err();
                let RequestProblem::Field { field, problem: FieldProblem::Condition(condition) } = error.problem() else {
                    return Err(TestCaseError::fail(error.to_string()));
                };
                prop_assert_eq!(field, condition.fields[0]);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(body: Vec<u8>, spec in select(OPERATIONS)) {
        let path = spec.paths[0].path;
        prop_assert!(AnyRequest::from_wire(spec.name, path, &body).is_err());
    }
}

fn refused(spec: &OperationSpec, path: &str, body: &Body) -> InvalidRequest {
    let written = written(body);
    let read = AnyRequest::from_wire(spec.name, path, written.as_bytes());
    let Err(error) = read else {
        panic!("taken: {written}");
    };
    assert_eq!(error.operation(), spec.name);
    assert!(error.to_string().starts_with(&format!("{}: ", spec.name)));
    error
}

/// What is wrong with which field of a refused request.
fn fault(error: &InvalidRequest) -> (&str, &FieldProblem) {
    match error.problem() {
        RequestProblem::Field { field, problem } => (field, problem),
        problem => panic!("{problem}"),
    }
}

#[test]
fn every_fault_of_every_field_is_refused_with_its_name() {
    let mut faults = 0;
    for spec in OPERATIONS {
        let (path, body) = whole_body(spec);
        assert!(AnyRequest::from_wire(spec.name, path, written(&body).as_bytes()).is_ok());
        for (at, (name, value)) in body.iter().enumerate() {
            let field = spec
                .request
                .iter()
                .find(|field| field.name == *name)
                .unwrap();
            let with = |value: &str| {
                let mut body = body.clone();
                body[at].1 = value.to_owned();
                refused(spec, path, &body)
            };

            // Twice, whether its value is the same or not.
            for again in [value.as_str(), "null", "0"] {
                let mut body = body.clone();
                body.push((name, again.to_owned()));
                assert_eq!(
                    fault(&refused(spec, path, &body)),
                    (*name, &FieldProblem::Repeated)
                );
            }
            // Missing.
            let mut without = body.clone();
            without.remove(at);
            match field.need {
                Need::Required => {
                    let error = refused(spec, path, &without);
                    assert_eq!(fault(&error), (*name, &FieldProblem::Missing));
                }
                _ if !spec
                    .conditions
                    .iter()
                    .any(|rule| rule.fields.contains(name)) =>
                {
                    let read = AnyRequest::from_wire(spec.name, path, written(&without).as_bytes());
                    assert!(read.is_ok(), "{}.{name}", spec.name);
                }
                _ => {}
            }
            // Of another type.
            let others: &[&str] = match field.kind {
                FieldKind::String => &["1", "true", "null", "[]", "{}", "1.5"],
                FieldKind::Number => &[
                    "true", "null", "[]", "{}", "1.5", "1e2", "-1", "\"\"", "\"01\"", "\"x\"",
                ],
                FieldKind::Boolean => &["1", "null", "[]", "{}", "\"TRUE\"", "\"1\"", "\"\""],
                FieldKind::Array => &["1", "null", "true", "{}", "\"{}\"", "\"\""],
                FieldKind::Object => &["1", "null", "true", "[]", "\"[]\"", "\"\""],
            };
            for other in others {
                let error = with(other);
                assert_eq!(
                    fault(&error),
                    (*name, &FieldProblem::WrongType(field.kind)),
                    "{other}"
                );
                faults += 1;
            }
            // Of the right type, and not what the field takes.
            if field.kind == FieldKind::String {
                let long = "1".repeat(field.max_length.unwrap_or(0) + 1);
                let too_long = field.max_length.map(|_| quoted(&long));
                for invalid in [Some(quoted("")), Some(quoted("a\u{1}")), too_long]
                    .into_iter()
                    .flatten()
                {
                    let error = with(&invalid);
                    let (field, problem) = fault(&error);
                    assert_eq!(field, *name);
                    assert!(
                        matches!(
                            problem,
                            FieldProblem::Invalid(_) | FieldProblem::WrongForm(_)
                        ),
                        "{error}"
                    );
                    faults += 1;
                }
            }
        }
        // A field that it does not have, or has in another spelling only.
        for unknown in ["noSuchField", "MerchantCode", "", "merchantCode "] {
            let mut more = body.clone();
            more.push((unknown, "1".to_owned()));
            let error = refused(spec, path, &more);
            assert_eq!(fault(&error), (unknown, &FieldProblem::Unlisted));
        }
    }
    assert!(faults > 300, "{faults}");
}

/// The same inside a list of goods, with the way to the field.
#[test]
fn a_fault_inside_an_object_is_told_with_the_way_to_it() {
    let spec = OPERATIONS.iter().find(|spec| spec.name == "pay").unwrap();
    let (path, body) = whole_body(spec);
    let item = |more: &str| format!(r#"{{"goodsId":"1","goodsName":"1","quantity":1{more}}}"#);
    for (goods, way, problem) in [
        ("[]".to_owned(), "goods", None),
        (
            "[1]".to_owned(),
            "goods[0]",
            Some(FieldProblem::WrongType(FieldKind::Object)),
        ),
        (
            format!("[{}]", item("")),
            "goods[0].price",
            Some(FieldProblem::Missing),
        ),
        (
            format!("[{},{}]", item(",\"price\":1"), item(",\"price\":true")),
            "goods[1].price",
            Some(FieldProblem::WrongType(FieldKind::Number)),
        ),
        (
            quoted(&format!("[{}]", item(",\"price\":1,\"x\":1"))),
            "goods[0].x",
            Some(FieldProblem::Unlisted),
        ),
        (
            format!("[{}]", item(",\"price\":1,\"price\":1")),
            "goods",
            Some(FieldProblem::Repeated),
        ),
        (
            format!("[{}]", item(",\"price\":1000000000000")),
            "goods[0].price",
            None,
        ),
    ] {
        let mut body = body.clone();
        let at = body.iter().position(|(name, _)| *name == "goods").unwrap();
        body[at].1 = goods.clone();
        let error = refused(spec, path, &body);
        let (field, told) = fault(&error);
        assert_eq!(field, way, "{goods}");
        match problem {
            Some(problem) => assert_eq!(*told, problem, "{goods}"),
            None => assert!(matches!(told, FieldProblem::Invalid(_)), "{goods}"),
        }
    }
}

/// What names a person, a card or a secret is in no error, whatever is wrong with it.
#[test]
fn no_error_shows_a_sensitive_value() {
    let mut shown = 0;
    for spec in OPERATIONS {
        let (path, body) = whole_body(spec);
        for (at, (name, _)) in body.iter().enumerate() {
            let field = spec
                .request
                .iter()
                .find(|field| field.name == *name)
                .unwrap();
            if !field.sensitivity.is_hidden() {
                continue;
            }
            for value in [
                "\"4711\\u0001\"",
                "4711",
                "[\"4711\"]",
                "{\"4711\":4711}",
                "\"4711",
                "{\"a\":4711,\"a\":4711}",
            ] {
                let mut body = body.clone();
                body[at].1 = value.to_owned();
                let error = refused(spec, path, &body);
                assert!(!error.to_string().contains("4711"), "{error}");
                assert!(!format!("{error:?}").contains("4711"), "{error:?}");
                shown += 1;
            }
        }
    }
    assert!(shown >= 9 * 6, "{shown}");
}

#[test]
fn what_is_no_request_at_all_is_refused() {
    let path = "/v6/poslink/transaction/voidpayment";
    let body = br#"{"merchantCode":"1","terminalCode":"1","originalOrderId":"U1"}"#;
    assert!(VoidPayment::from_wire(path, body).is_ok());
    let told = |error: InvalidRequest| error.to_string();
    let of_path = |path: &str| told(VoidPayment::from_wire(path, body).unwrap_err());
    insta::assert_snapshot!(of_path("/v4/poslink/transaction/voidpayment"), @r#"void_payment: "/v4/poslink/transaction/voidpayment" is none of its paths"#);
    insta::assert_snapshot!(of_path("/v6/poslink/transaction/pay"), @r#"void_payment: "/v6/poslink/transaction/pay" is none of its paths"#);
    insta::assert_snapshot!(told(AnyRequest::from_wire("void", path, body).unwrap_err()), @"void: no operation has this name");
    let of_body = |body: &str| told(VoidPayment::from_wire(path, body.as_bytes()).unwrap_err());
    insta::assert_snapshot!(of_body(""), @"void_payment: the request is empty");
    insta::assert_snapshot!(of_body("[]"), @"void_payment: the request is JSON but not an object (line 1, column 1)");
    insta::assert_snapshot!(of_body(r#"{"merchantCode":"1","#), @"void_payment: the request ends in the middle of its JSON (line 1, column 20)");
    insta::assert_snapshot!(of_body(r#"{"merchantCode":"1","terminalCode":"1"}"#), @r#"void_payment: the field "merchantOrderId" does not fit: of merchantOrderId and originalOrderId, at least one must be there"#);
    insta::assert_snapshot!(of_body(r#"{"merchantCode":"1-","terminalCode":"1"}"#), @r#"void_payment: the field "merchantCode" is not valid: merchantCode takes ASCII letters and digits only, but "1-" was given, 2 characters"#);
}
