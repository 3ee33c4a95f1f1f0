//! What holds for every request and every reply.
#![allow(clippy::unwrap_used, reason = "tests")]

use bytes::Bytes;
use proptest::collection::{hash_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use serde_json::{Map, Value, json};
use ums_model::*;

fn decode(body: impl Into<Vec<u8>>) -> Result<VoidPaymentReply, MalformedReply> {
    VoidPaymentReply::decode(Bytes::from(body.into()))
}

fn any_void() -> impl Strategy<Value = VoidPayment> {
    let ids = prop_oneof![
        "[!-~]{1,50}".prop_map(|id| OrderRef::from(MerchantOrderId::new(id).unwrap())),
        "[!-~]{1,50}".prop_map(|id| OrderRef::from(UmsOrderId::new(id).unwrap())),
        ("[!-~]{1,50}", "[!-~]{1,50}").prop_map(|(merchant, ums)| OrderRef::Both {
            merchant: MerchantOrderId::new(merchant).unwrap(),
            ums: UmsOrderId::new(ums).unwrap(),
        }),
    ];
    let flag = (any::<bool>(), any::<bool>()).prop_map(|(value, as_text)| {
        if as_text {
            Flag::text(value)
        } else {
            Flag::json(value)
        }
    });
    (
        ("[0-9A-Za-z]{1,15}", "[0-9A-Za-z]{1,8}", ids),
        proptest::option::of("[0-9]{6}"),
        proptest::option::of("[^\\p{C}\u{2028}\u{2029}]{1,50}"),
        proptest::option::of(flag),
        proptest::option::of("[!-~]{1,3}"),
    )
        .prop_map(|((merchant, terminal, order), trace, remark, flag, biz)| {
            let mut void = VoidPayment::new(
                MerchantCode::new(merchant).unwrap(),
                TerminalCode::new(terminal).unwrap(),
                order,
            );
            if let Some(trace) = trace {
                void = void.with_system_trace_num(SystemTraceNumber::new(trace).unwrap());
            }
            if let Some(remark) = remark {
                void = void.with_merchant_remark(MerchantRemark::new(remark).unwrap());
            }
            if let Some(flag) = flag {
                void = void.with_limit_cross_device(flag);
            }
            if let Some(biz) = biz {
                void = void.with_biz_identifier(BizIdentifier::new(biz).unwrap());
            }
            void
        })
}

fn any_merchant() -> impl Strategy<Value = (MerchantCode, TerminalCode)> {
    ("[0-9A-Za-z]{1,15}", "[0-9A-Za-z]{1,8}").prop_map(|(merchant, terminal)| {
        (
            MerchantCode::new(merchant).unwrap(),
            TerminalCode::new(terminal).unwrap(),
        )
    })
}

fn any_order() -> impl Strategy<Value = OrderRef> {
    let id = || proptest::option::of("[!-~]{1,50}");
    (id(), id()).prop_filter_map("no id", |(merchant, ums)| {
        OrderRef::from_ids(
            merchant.map(|id| MerchantOrderId::new(id).unwrap()),
            ums.map(|id| UmsOrderId::new(id).unwrap()),
        )
    })
}

fn any_day() -> impl Strategy<Value = Day> {
    (-719_162i64..=2_932_896).prop_map(|days| {
        Day::new(chrono::NaiveDate::default() + chrono::TimeDelta::days(days)).unwrap()
    })
}

fn any_version() -> impl Strategy<Value = Version> {
    select(&[Version::V6, Version::V2][..])
}

fn any_query() -> impl Strategy<Value = Query> {
    (
        any_merchant(),
        any_order(),
        proptest::option::of("[0-9]{6}"),
        proptest::option::of(any_day()),
        any_version(),
    )
        .prop_map(|((merchant, terminal), order, trace, day, version)| {
            let mut query = Query::new(merchant, terminal, order).at_version(version);
            if let Some(trace) = trace {
                query = query.with_system_trace_num(SystemTraceNumber::new(trace).unwrap());
            }
            if let Some(day) = day {
                query = query.with_ori_trans_date(day);
            }
            query
        })
}

fn any_query_refund() -> impl Strategy<Value = QueryRefund> {
    (
        any_merchant(),
        any_order(),
        "[!-~]{1,50}",
        proptest::option::of(any_day()),
        proptest::option::of(any_day()),
        any_version(),
    )
        .prop_map(|((merchant, terminal), order, id, ori, pay, version)| {
            let id = RefundRequestId::new(id).unwrap();
            let mut query = QueryRefund::new(merchant, terminal, order, id).at_version(version);
            if let Some(day) = ori {
                query = query.with_ori_trans_date(day);
            }
            if let Some(day) = pay {
                query = query.with_pay_trans_date(day);
            }
            query
        })
}

fn written<T: std::fmt::Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Written<T>> {
    (value, any::<bool>()).prop_map(|(value, as_text)| match as_text {
        true => Written::text(value),
        false => Written::json(value),
    })
}

const PRINTABLE: &str = "[ -~测试👍é]{1,24}";

fn any_goods() -> impl Strategy<Value = Goods> {
    let item = (
        PRINTABLE,
        PRINTABLE,
        written((1u64..=9_999_999_999).prop_map(|number| Quantity::new(number).unwrap())),
        written((0u64..=999_999_999_999).prop_map(|fen| GoodsPrice::new(Fen::new(fen)).unwrap())),
        proptest::option::of(PRINTABLE),
        proptest::option::of(written(
            (0u64..=999_999_999_999).prop_map(|fen| GoodsDiscount::new(Fen::new(fen)).unwrap()),
        )),
    )
        .prop_map(|(id, name, quantity, price, words, discount)| {
            let id = GoodsId::new(id).unwrap();
            let mut item = GoodsItem::new(id, GoodsName::new(name).unwrap(), quantity, price);
            if let Some(words) = words {
                item = item
                    .with_goods_category(GoodsCategory::new(words.clone()).unwrap())
                    .with_body(GoodsBody::new(words).unwrap());
            }
            if let Some(discount) = discount {
                item = item.with_discount(discount);
            }
            item
        });
    vec(item, 1..8).prop_map(|items| Goods::new(items).unwrap())
}

fn any_refund() -> impl Strategy<Value = Refund> {
    (
        (any_merchant(), any_order(), "[!-~]{1,50}"),
        written(any::<u64>().prop_map(Fen::new)),
        proptest::option::of(written(any_goods())),
        proptest::option::of(PRINTABLE),
        proptest::option::of(written(any::<bool>())),
        proptest::option::of(any_day()),
        any_version(),
    )
        .prop_map(|(ids, amount, goods, words, flag, day, version)| {
            let ((merchant, terminal), order, id) = ids;
            let id = RefundRequestId::new(id).unwrap();
            let mut refund = Refund::new(merchant, terminal, order, id, amount).at_version(version);
            if let Some(goods) = goods {
                refund = refund.with_goods(goods);
            }
            if let Some(words) = words {
                refund = refund
                    .with_transaction_currency_code(Currency::Cny)
                    .with_system_trace_num(SystemTraceNumber::new("000001").unwrap())
                    .with_merchant_remark(MerchantRemark::new(words.clone()).unwrap())
                    .with_src_reserved(SrcReserved::new(words.clone()).unwrap())
                    .with_operator_id(OperatorId::new(words.clone()).unwrap())
                    .with_refund_desc(RefundDesc::new(words.clone()).unwrap())
                    .with_store_id(StoreId::new(words.clone()).unwrap())
                    .with_biz_identifier(BizIdentifier::new("001").unwrap())
                    .with_transparent_fields(TransparentFields::new(words).unwrap());
            }
            if let Some(flag) = flag {
                refund = refund.with_limit_cross_device(flag);
            }
            if let Some(day) = day {
                refund = refund.with_ori_trans_date(day);
            }
            refund
        })
}

fn any_location() -> impl Strategy<Value = TerminalLocation> {
    let longitude = "[+-]1[0-7][0-9]\\.[0-9]{5}".prop_map(|text| Longitude::new(text).unwrap());
    let latitude = "[+-][0-8][0-9]\\.[0-9]{6}".prop_map(|text| Latitude::new(text).unwrap());
    let physical = || "[2-9][0-9]".prop_map(|code| PhysicalDevice::new(code).unwrap());
    let other = || select(VirtualDevice::ALL);
    let device = prop_oneof![
        physical().prop_map(DeviceType::from),
        other().prop_map(DeviceType::from)
    ];
    prop_oneof![
        (device, longitude, latitude).prop_map(|(device, longitude, latitude)| {
            TerminalLocation::at(device, longitude, latitude)
        }),
        (physical(), PRINTABLE).prop_map(|(device, station)| {
            TerminalLocation::by_base_station(device, BaseStation::new(station).unwrap())
        }),
        (other(), any::<std::net::IpAddr>())
            .prop_map(|(device, ip)| TerminalLocation::by_ip(device, ip)),
    ]
}

fn any_pay() -> impl Strategy<Value = Pay> {
    (
        (any_merchant(), "[!-~]{1,50}", "[!-~]{1,40}", PRINTABLE),
        written(any::<u64>().prop_map(Fen::new)),
        select(PayMode::ALL),
        proptest::option::of(any_location()),
        proptest::option::of(written(any_goods())),
        proptest::option::of((written(any::<bool>()), written(any::<u64>()))),
        proptest::option::of(PRINTABLE),
        select(&[PayVersion::V6, PayVersion::V4, PayVersion::V2][..]),
    )
        .prop_map(
            |(ids, amount, mode, location, goods, numbers, words, version)| {
                let ((merchant, terminal), order, code, remark) = ids;
                let mut pay = Pay::new(
                    merchant,
                    terminal,
                    MerchantOrderId::new(order).unwrap(),
                    amount,
                    MerchantRemark::new(remark).unwrap(),
                    mode,
                    PayCode::new(code).unwrap(),
                )
                .at_version(version);
                if let Some(location) = location {
                    pay = pay.with_location(location);
                }
                if let Some(goods) = goods {
                    pay = pay.with_goods(goods);
                }
                if let Some((flag, number)) = numbers {
                    pay = pay
                        .with_limit_credit_card(flag)
                        .with_installment_number(number);
                }
                if let Some(words) = words {
                    pay = with_every_text(pay, &words);
                }
                pay
            },
        )
}

fn with_every_text(pay: Pay, words: &str) -> Pay {
    let params = RetCommParams::new(FoodOrderType::new(words).unwrap())
        .with_edu_school_id(EduSchoolId::new("1").unwrap())
        .with_edu_scene(EduScene::new("1").unwrap())
        .with_park_id(ParkId::new("1").unwrap())
        .with_vehicle_no(VehicleNo::new("1").unwrap());
    pay.with_system_trace_num(SystemTraceNumber::new("000001").unwrap())
        .with_src_reserved(SrcReserved::new(words).unwrap())
        .with_store_id(StoreId::new(words).unwrap())
        .with_operator_id(OperatorId::new(words).unwrap())
        .with_biz_identifier(BizIdentifier::new("001").unwrap())
        .with_goods_tag(GoodsTag::new(words).unwrap())
        .with_installment_flag(InstallmentFlag::new(words).unwrap())
        .with_trans_chnl(TransChnl::new(words).unwrap())
        .with_third_party_instal_subs_flag(ThirdPartyInstalSubsFlag::new(words).unwrap())
        .with_fee_ratio(FeeRatio::new(words).unwrap())
        .with_cost_subsidy(CostSubsidy::new(words).unwrap())
        .with_sub_app_id(SubAppId::new(words).unwrap())
        .with_serial_num(SerialNum::new(words).unwrap())
        .with_encrypt_rand_num(EncryptRandNum::new(words).unwrap())
        .with_secret_text(SecretText::new(words).unwrap())
        .with_app_version(AppVersion::new(words).unwrap())
        .with_network_license(NetworkLicense::new(words).unwrap())
        .with_payer_name(PayerName::new(words).unwrap())
        .with_payer_mobile(PayerMobile::new(words).unwrap())
        .with_cert_type(CertType::new(words).unwrap())
        .with_cert_no(CertNo::new(words).unwrap())
        .with_fix_buyer(FixBuyer::new(words).unwrap())
        .with_target_chnl(TargetChnl::new(words).unwrap())
        .with_invocation_mode(InvocationMode::new(words).unwrap())
        .with_order_desc(OrderDesc::new(words).unwrap())
        .with_pwd_enc(PwdEnc::new(words).unwrap())
        .with_pwd_trans_key_enc(PwdTransKeyEnc::new(words).unwrap())
        .with_ret_comm_params(params)
        .unwrap()
}

/// A field's JSON value, whether it came as the documented type or as a string that holds it.
fn inner(value: &Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        other => other.clone(),
    }
}

/// What holds for the written form of every request: the documented fields only, in the documented
/// order, each once, no control character, no empty value, the required ones there, the same bytes
/// each time, and read back as the same request. It gives the fields.
fn check_written<O: Operation + Clone + Into<AnyRequest>>(
    operation: &O,
    fields: &[FieldSpec],
) -> Result<Map<String, Value>, TestCaseError> {
    let body = operation.encode().unwrap();
    let value: Map<String, Value> = serde_json::from_slice(&body).unwrap();
    let read = JsonReply::decode(body.clone()).unwrap();
    let order: Vec<&str> = read.fields().iter().map(|(name, _)| name).collect();
    let documented: Vec<&str> = fields
        .iter()
        .map(|field| field.name)
        .filter(|name| value.contains_key(*name))
        .collect();
    prop_assert_eq!(&order, &documented);
    prop_assert_eq!(order.len(), value.len());
    for field in fields {
        let given = value.get(field.name);
        prop_assert!(
            given.is_some() || field.need != Need::Required,
            "{}",
            field.name
        );
        prop_assert!(
            given.is_none_or(|given| !given.is_null() && given != ""),
            "{}",
            field.name
        );
    }
    let text = std::str::from_utf8(&body).unwrap();
    prop_assert!(text.chars().all(|character| !character.is_control()));
    prop_assert_eq!(operation.encode().unwrap(), &body);
    let read = AnyRequest::from_wire(operation.name(), operation.path(), &body);
    prop_assert_eq!(read, Ok(operation.clone().into()));
    let version = operation.path().split('/').nth(1);
    prop_assert!(matches!(version, Some("v2" | "v4" | "v6")));
    Ok(value)
}

/// JSON of any shape, nested a little.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((any::<String>(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Fields that no document lists, under names that none of the documented fields has.
fn unlisted() -> impl Strategy<Value = Map<String, Value>> {
    vec(("x_[a-zA-Z\u{4e00}-\u{4e10}\"\\\\]{0,8}", any_json()), 0..8)
        .prop_map(|fields| fields.into_iter().collect())
}

/// A reply as text, its fields in any order, with whitespace where JSON allows it.
fn write(fields: &[(String, Value)], space: &str) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{space}{}{space}:{space}{value}{space}", json!(name)))
        .collect();
    format!("{space}{{{}}}{space}", fields.join(","))
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body: Vec<u8>) {
        let _ = decode(body);
    }

    #[test]
    fn any_text_is_read_or_refused(body in "[{}\\[\\]\",:\\\\0-9a-z \\-.]{0,64}") {
        let refused = decode(body.clone()).is_err();
        let refused_by_serde_json = !serde_json::from_str::<Value>(&body).is_ok_and(|value| value.is_object());
        prop_assert!(refused || !refused_by_serde_json || body.contains('e'), "{body}");
    }

    /// One byte of a reply is changed: it is refused exactly when serde_json refuses it, or when a
    /// key is doubled.
    #[test]
    fn a_damaged_reply_is_refused_when_serde_json_refuses_it(at: Index, byte: u8, cut: bool) {
        let mut body = br#"{"errCode":"00","orderId":"2023","transactionAmount":1,"eventList":[{"a":"\u6210"},true]}"#.to_vec();
        let at = at.index(body.len());
        if cut {
            body.truncate(at);
        } else {
            body[at] = byte;
        }
        let by_serde_json = serde_json::from_slice::<Value>(&body).ok().filter(Value::is_object);
        match decode(body) {
            Ok(reply) => {
                let value = by_serde_json.unwrap();
                for (name, json) in reply.unlisted().iter() {
                    prop_assert_eq!(&serde_json::from_str::<Value>(json.raw()).unwrap(), &value[name]);
                }
            }
            Err(error) => {
                prop_assert!(by_serde_json.is_none() || error.kind() == Malformation::DuplicateKey, "{error}");
                prop_assert!(!cut || matches!(error.kind(), Malformation::Truncated | Malformation::Empty), "{error}");
            }
        }
    }

    #[test]
    fn a_request_is_written_with_every_given_field_once_in_order(void in any_void()) {
        let body = void.encode().unwrap();
        let value: Map<String, Value> = serde_json::from_slice(&body).unwrap();

        let get = |name: &str| value.get(name).and_then(Value::as_str);
        prop_assert_eq!(get("merchantCode"), Some(void.merchant_code().as_str()));
        prop_assert_eq!(get("terminalCode"), Some(void.terminal_code().as_str()));
        prop_assert_eq!(get("systemTraceNum"), void.system_trace_num().map(SystemTraceNumber::as_str));
        prop_assert_eq!(get("merchantOrderId"), void.merchant_order_id().map(MerchantOrderId::as_str));
        prop_assert_eq!(get("originalOrderId"), void.original_order_id().map(UmsOrderId::as_str));
        prop_assert_eq!(get("merchantRemark"), void.merchant_remark().map(MerchantRemark::as_str));
        prop_assert_eq!(get("bizIdentifier"), void.biz_identifier().map(BizIdentifier::as_str));
        let flag = value.get("limitCrossDevice").map(|flag| flag.to_string().trim_matches('"') == "true");
        prop_assert_eq!(flag, void.limit_cross_device().map(|flag| *flag.value()));
        prop_assert!(value.contains_key("merchantOrderId") || value.contains_key("originalOrderId"));

        prop_assert_eq!(check_written(&void, VoidPayment::FIELDS)?, value);

        let query = void.query();
        prop_assert_eq!(query.original_order_id(), void.original_order_id());
        let merchant = void.merchant_order_id().filter(|_| void.original_order_id().is_none());
        prop_assert_eq!(query.merchant_order_id(), merchant);
        prop_assert_eq!((query.merchant_code(), query.terminal_code()), (void.merchant_code(), void.terminal_code()));
        prop_assert_eq!(query.version(), void.version());
    }

    #[test]
    fn a_query_names_exactly_one_order_id(query in any_query()) {
        let value = check_written(&query, Query::FIELDS)?;
        prop_assert!(value.contains_key("merchantOrderId") != value.contains_key("originalOrderId"));
        let day = value.get("oriTransDate").and_then(Value::as_str).map(str::to_owned);
        prop_assert_eq!(day, query.ori_trans_date().map(Day::to_string));
    }

    #[test]
    fn a_refund_query_names_the_refund_and_its_order(query in any_query_refund()) {
        let value = check_written(&query, QueryRefund::FIELDS)?;
        prop_assert_eq!(value["refundRequestId"].as_str(), Some(query.refund_request_id().as_str()));
        prop_assert!(value.contains_key("merchantOrderId") || value.contains_key("originalOrderId"));
    }

    #[test]
    fn a_refund_is_written_with_its_amount_and_id(refund in any_refund()) {
        let value = check_written(&refund, Refund::FIELDS)?;
        prop_assert_eq!(inner(&value["transactionAmount"]), refund.transaction_amount().value().as_u64());
        prop_assert_eq!(value["refundRequestId"].as_str(), Some(refund.refund_request_id().as_str()));
        prop_assert!(value.contains_key("merchantOrderId") || value.contains_key("originalOrderId"));
        check_goods(value.get("goods"), refund.goods())?;

        let query = refund.query_refund();
        prop_assert_eq!(query.refund_request_id(), refund.refund_request_id());
        prop_assert_eq!(query.merchant_order_id(), refund.merchant_order_id());
        prop_assert_eq!(query.original_order_id(), refund.original_order_id());
        prop_assert_eq!(query.version(), refund.version());
    }

    #[test]
    fn a_payment_is_written_with_its_amount_and_a_location_that_its_device_type_allows(pay in any_pay()) {
        let value = check_written(&pay, Pay::FIELDS)?;
        prop_assert_eq!(inner(&value["transactionAmount"]), pay.transaction_amount().value().as_u64());
        prop_assert_eq!(value["merchantOrderId"].as_str(), Some(pay.merchant_order_id().as_str()));
        prop_assert_eq!(value["payCode"].as_str(), Some(pay.pay_code().as_str()));
        let shown = format!("{pay:?}");
        prop_assert!(shown.contains(" pay_code: PayCode(hidden), "), "{}", shown);
        check_goods(value.get("goods"), pay.goods())?;

        let has = |name: &str| value.contains_key(name);
        let places = (has("longitude"), has("latitude"), has("ip"), has("cust2"));
        let allowed = match value.get("deviceType").and_then(Value::as_str) {
            None => places == (false, false, false, false),
            Some("01" | "11" | "12" | "13") => {
                matches!(places, (true, true, false, false) | (false, false, true, false))
            }
            Some(_) => matches!(places, (true, true, false, false) | (false, false, false, true)),
        };
        prop_assert!(allowed, "{:?}", places);

        let query = pay.query();
        prop_assert_eq!(query.merchant_order_id(), Some(pay.merchant_order_id()));
        prop_assert_eq!((query.merchant_code(), query.terminal_code()), (pay.merchant_code(), pay.terminal_code()));
    }

    #[test]
    fn an_activation_and_a_reversal_are_written_at_v2(
        (merchant, terminal) in any_merchant(),
        order in "[!-~]{1,50}",
        amount in written(any::<u64>().prop_map(Fen::new)),
    ) {
        let activate = ActivateTerminal::new(merchant.clone(), terminal.clone());
        let value = check_written(&activate, ActivateTerminal::FIELDS)?;
        prop_assert_eq!(value["merchantCode"].as_str(), Some(merchant.as_str()));

        let order = MerchantOrderId::new(order).unwrap();
        let reverse = ReversePayment::new(merchant, terminal, order.clone(), amount);
        let value = check_written(&reverse, ReversePayment::FIELDS)?;
        prop_assert_eq!(inner(&value["transactionAmount"]), amount.value().as_u64());
        let query = reverse.query();
        prop_assert_eq!((query.merchant_order_id(), query.version()), (Some(&order), Version::V2));
    }

    /// Nothing but an answered query tells a state.
    #[test]
    fn a_state_is_told_only_under_00(err_code in any_json(), code in any_json()) {
        let body = json!({"errCode": err_code, "queryResCode": code}).to_string();
        let told = err_code == "00" && code.is_string() && code != "";
        let query = QueryReply::decode(Bytes::from(body.clone())).unwrap();
        prop_assert!(told || query.state() == QueryState::Unknown);
        let refund = QueryRefundReply::decode(Bytes::from(body)).unwrap();
        prop_assert!(told == (refund.state() != RefundState::Unknown));
    }

    #[test]
    fn exactly_00_approves_whatever_else_is_there(
        fields in unlisted(),
        documented in subsequence(VoidPaymentReply::FIELDS.to_vec(), 0..=17),
        noise in vec(any_json(), 17),
        space in "[ \t\r\n]{0,2}",
        at: Index,
    ) {
        let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
        let documented = documented.into_iter().filter(|field| field.name != "errCode");
        fields.extend(documented.map(|field| field.name.to_owned()).zip(noise));
        let unlisted = fields.iter().filter(|(name, _)| name.starts_with("x_")).count();
        fields.insert(at.index(fields.len() + 1), ("errCode".to_owned(), json!("00")));

        let reply = decode(write(&fields, &space)).unwrap();
        prop_assert_eq!(reply.unlisted().len(), unlisted);
        let mut kept = reply.unlisted().iter();
        for (name, value) in fields.iter().filter(|(name, _)| name.starts_with("x_")) {
            let (kept_name, kept_value) = kept.next().unwrap();
            prop_assert_eq!(kept_name, name);
            prop_assert_eq!(kept_value.raw(), value.to_string());
        }
        let void = VoidPayment::by_merchant_order_id(
            MerchantCode::new("1").unwrap(),
            TerminalCode::new("1").unwrap(),
            MerchantOrderId::new("1").unwrap(),
        );
        prop_assert_eq!(void.judge(&reply).verdict(), Verdict::Approved);
        prop_assert_eq!(void.discrepancies(&reply), vec![]);
    }

    #[test]
    fn an_unlisted_code_is_unknown(operation in select(PosOperation::ALL), code: String) {
        prop_assume!(ReplyCode::find(&code).is_none());
        prop_assert_eq!(judge_code(operation, &code), Verdict::Unknown);
        let reply = JsonReply::decode(Bytes::from(json!({"errCode": code}).to_string())).unwrap();
        let judgement = reply.judge_with(|code| judge_code(operation, code));
        prop_assert_eq!(judgement.verdict(), Verdict::Unknown);
    }

    #[test]
    fn a_listed_code_with_anything_around_it_is_unknown(
        code in select(REPLY_CODES),
        operation in select(PosOperation::ALL),
        before in "[ 0+\t]{0,2}",
        after in "[ .0\u{0}]{0,2}",
    ) {
        let changed = format!("{before}{}{after}", code.code);
        prop_assume!(ReplyCode::find(&changed).is_none());
        prop_assert_eq!(judge_code(operation, &changed), Verdict::Unknown);
    }

    #[test]
    fn a_code_that_is_no_string_is_unknown(code in any_json().prop_filter("a string", |code| !code.is_string())) {
        let reply = decode(json!({"errCode": code}).to_string()).unwrap();
        prop_assert_eq!(reply.err_code.typed(), None);
        let reply = JsonReply::decode(reply.received().as_bytes().clone()).unwrap();
        prop_assert_eq!(reply.judge_with(|code| judge_code(PosOperation::Pay, code)).verdict(), Verdict::Unknown);
    }

    #[test]
    fn a_key_named_twice_is_refused_at_any_depth(
        path in vec(proptest::option::of(0usize..3), 0..20),
        value in any_json(),
        name in prop_oneof![Just("errCode".to_owned()), any::<String>()],
        between in hash_set("y_[a-z]{1,6}", 0..5),
    ) {
        let name = json!(name);
        let between: String = between.iter().map(|name| format!("{}:0,", json!(name))).collect();
        let twice = format!("{{{name}:{value},{between}{name}:{value}}}");
        let body = path.iter().fold(twice, |inner, step| match step {
            Some(before) => format!("[{}{inner}]", "0,".repeat(*before)),
            None => format!("{{\"errCode\":\"00\",\"z\":{inner}}}"),
        });
        let body = if body.starts_with('{') { body } else { format!("{{\"z\":{body}}}") };
        prop_assert_eq!(decode(body).unwrap_err().kind(), Malformation::DuplicateKey);
    }

    #[test]
    fn a_number_and_its_digits_as_a_string_read_alike(number: u64) {
        let as_number = decode(format!(r#"{{"transactionAmount":{number},"installmentNumber":{number}}}"#)).unwrap();
        let as_string = decode(format!(r#"{{"transactionAmount":"{number}","installmentNumber":"{number}"}}"#)).unwrap();
        prop_assert_eq!(as_number.transaction_amount.typed(), Some(&Fen::new(number)));
        prop_assert_eq!(&as_number.transaction_amount, &as_string.transaction_amount);
        prop_assert_eq!(as_number.installment_number.typed(), Some(&number));
        prop_assert_eq!(&as_number.installment_number, &as_string.installment_number);
    }

    #[test]
    fn what_does_not_read_as_documented_is_kept(at: Index, value in any_json()) {
        check_kept(VoidPaymentReply::FIELDS, at, &value, VoidPaymentReply::decode)?;
        check_kept(QueryReply::FIELDS, at, &value, QueryReply::decode)?;
        check_kept(QueryRefundReply::FIELDS, at, &value, QueryRefundReply::decode)?;
        check_kept(ActivateTerminalReply::FIELDS, at, &value, ActivateTerminalReply::decode)?;
        check_kept(ReversePaymentReply::FIELDS, at, &value, ReversePaymentReply::decode)?;
        check_kept(PayReply::FIELDS, at, &value, PayReply::decode)?;
        check_kept(RefundReply::FIELDS, at, &value, RefundReply::decode)?;
        check_kept(Promotion::FIELDS, at, &value, Promotion::decode)?;
        check_kept(DiscountedGoods::FIELDS, at, &value, DiscountedGoods::decode)?;
        check_kept(RefundedPromotion::FIELDS, at, &value, RefundedPromotion::decode)?;
        check_kept(RefundedGoods::FIELDS, at, &value, RefundedGoods::decode)?;
    }
}

/// Goods are an array, or a string that holds one, of the goods that were given.
fn check_goods(value: Option<&Value>, goods: Option<&Written<Goods>>) -> Result<(), TestCaseError> {
    let (Some(value), Some(goods)) = (value, goods) else {
        prop_assert_eq!(value.is_some(), goods.is_some());
        return Ok(());
    };
    let items = inner(value);
    let items = items.as_array().unwrap();
    prop_assert_eq!(items.len(), goods.value().items().len());
    for (written, item) in items.iter().zip(goods.value().items()) {
        prop_assert_eq!(
            written["goodsName"].as_str(),
            Some(item.goods_name().as_str())
        );
        prop_assert_eq!(inner(&written["quantity"]), item.quantity().value().get());
        prop_assert_eq!(
            inner(&written["price"]),
            item.price().value().get().as_u64()
        );
    }
    Ok(())
}

/// A reply with one documented field of any value: absent, typed, kept as it came, or hidden.
fn check_kept<R: std::fmt::Debug>(
    fields: &[FieldSpec],
    at: Index,
    value: &Value,
    decode: fn(Bytes) -> Result<R, MalformedReply>,
) -> Result<(), TestCaseError> {
    let name = at.get(fields).name;
    let reply = decode(Bytes::from(json!({name: value}).to_string())).unwrap();
    let shown = format!("{reply:?}");
    prop_assert!(shown.ends_with("unlisted: [] }"), "{}", shown);
    let nothing = value.is_null() || *value == "";
    prop_assert_eq!(shown.ends_with(" { unlisted: [] }"), nothing, "{}", shown);
    let kept = shown.contains("Typed(")
        || shown.contains(&format!("{:?}", value.to_string()))
        || shown.contains(": hidden, ");
    prop_assert!(nothing || kept, "{}", shown);
    Ok(())
}

/// Whatever the first of two values is, and whatever the second: a key is named once, documented or
/// not, at the top and inside.
#[test]
fn a_key_named_twice_is_refused_whatever_its_values_are() {
    type Refusal = fn(Bytes) -> Option<Malformation>;
    fn kind<R>(read: Result<R, MalformedReply>) -> Option<Malformation> {
        read.err().map(|error| error.kind())
    }
    let replies: [(&[FieldSpec], Refusal); 11] = [
        (PayReply::FIELDS, |body| kind(PayReply::decode(body))),
        (VoidPaymentReply::FIELDS, |body| {
            kind(VoidPaymentReply::decode(body))
        }),
        (QueryReply::FIELDS, |body| kind(QueryReply::decode(body))),
        (QueryRefundReply::FIELDS, |body| {
            kind(QueryRefundReply::decode(body))
        }),
        (RefundReply::FIELDS, |body| kind(RefundReply::decode(body))),
        (ActivateTerminalReply::FIELDS, |body| {
            kind(ActivateTerminalReply::decode(body))
        }),
        (ReversePaymentReply::FIELDS, |body| {
            kind(ReversePaymentReply::decode(body))
        }),
        (Promotion::FIELDS, |body| kind(Promotion::decode(body))),
        (DiscountedGoods::FIELDS, |body| {
            kind(DiscountedGoods::decode(body))
        }),
        (RefundedPromotion::FIELDS, |body| {
            kind(RefundedPromotion::decode(body))
        }),
        (RefundedGoods::FIELDS, |body| {
            kind(RefundedGoods::decode(body))
        }),
    ];
    const VALUES: &[&str] = &["\"\"", "null", "\"00\"", "0", "false", "[]", "{}"];
    for (fields, refusal) in replies {
        let names = fields.iter().map(|field| field.name);
        for name in names.chain(["unlisted", ""]) {
            // The key again, and the same key with its first letter escaped.
            let escaped = match name.chars().next() {
                Some(first) => format!("\\u{:04x}{}", u32::from(first), &name[1..]),
                None => String::new(),
            };
            for again in [name, &escaped] {
                for first in VALUES {
                    for second in VALUES {
                        let twice =
                            format!("{{\"{name}\":{first},\"between\":1,\"{again}\":{second}}}");
                        let inside = format!("{{\"x\":[0,{{\"y\":{twice}}}]}}");
                        for body in [twice, inside] {
                            let kind = refusal(Bytes::from(body.clone()));
                            assert_eq!(kind, Some(Malformation::DuplicateKey), "{body}");
                        }
                    }
                }
            }
        }
    }
}
