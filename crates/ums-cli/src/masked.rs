//! JSON that a person or a log may see: card numbers masked, a customer's code
//! taken out, and every documented identifier, code, date and amount as it came.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use ums_client::mask_card_numbers;
use ums_client::model::{
    FieldKind, FieldSpec, PayReply, Promotion, QueryRefundReply, QueryReply, RefundReply,
    VoidPaymentReply,
};

/// A JSON object fit to be printed, on one line. `None` for what is none.
///
/// Every token stays as received but these: strings and numbers that look like a
/// card number and stand in a field that is not documented to hold an
/// identifier, a code, a date or an amount; and the customer's code.
pub(crate) fn object(text: &str) -> Option<Box<RawValue>> {
    // Line breaks in JSON stand between tokens only, so a space in their place
    // keeps every token.
    let line = text.replace(['\n', '\r'], " ");
    let raw: Box<RawValue> = serde_json::from_str(&line).ok()?;
    if !raw.get().starts_with('{') {
        return None;
    }
    match value(raw.get(), Showing::Masked, 0) {
        Cow::Borrowed(_) => Some(raw),
        Cow::Owned(masked) => RawValue::from_string(masked).ok(),
    }
}

/// What of a field's value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Showing {
    /// All of it.
    Whole,
    /// What does not look like a card number.
    Masked,
    /// Nothing.
    Hidden,
}

impl Showing {
    fn of(field: &str) -> Self {
        if HIDDEN.contains(&field) {
            Self::Hidden
        } else if IDENTIFIERS.contains(&field) || is_date_or_amount(field) {
            Self::Whole
        } else {
            Self::Masked
        }
    }
}

/// A customer's one-time code.
const HIDDEN: [&str; 2] = ["originalPayCode", "payCode"];

/// The documented fields of text that hold an identifier or a code: of the POS通
/// family first, then of netpay.
const IDENTIFIERS: [&str; 54] = [
    "acqInstCode",
    "batchNo",
    "bizIdentifier",
    "cardAttr",
    "channelName",
    "chnlType",
    "convMchntNo",
    "convTermNo",
    "dealRetrievalRefNum",
    "dealSystemTraceNum",
    "dealType",
    "discountId",
    "discountScope",
    "discountType",
    "errCode",
    "eventNo",
    "goodsId",
    "merchantCode",
    "merchantOrderId",
    "operatorId",
    "orderCloseTime",
    "orderId",
    "orderStatus",
    "origialRetrievalRefNum",
    "originalBatchNo",
    "originalOrderId",
    "originalRetrievalRefNum",
    "originalSystemTraceNum",
    "payMode",
    "queryResCode",
    "refundOrderId",
    "refundRequestId",
    "refundTargetOrderId",
    "retrievalRefNum",
    "storeId",
    "subAppId",
    "systemTraceNum",
    "terminalCode",
    "thirdPartyBuyerId",
    "thirdPartyOrderId",
    "transactionCurrencyCode",
    "userId",
    "billNo",
    "instMid",
    "merOrderId",
    "mid",
    "msgId",
    "notifyId",
    "qrCodeId",
    "seqId",
    "settleRefId",
    "status",
    "targetOrderId",
    "tid",
];

/// The replies whose fields are documented.
const DOCUMENTED: [&[FieldSpec]; 6] = [
    PayReply::FIELDS,
    Promotion::FIELDS,
    QueryReply::FIELDS,
    QueryRefundReply::FIELDS,
    RefundReply::FIELDS,
    VoidPaymentReply::FIELDS,
];

fn is_date_or_amount(field: &str) -> bool {
    DOCUMENTED
        .iter()
        .flat_map(|fields| fields.iter())
        .any(|spec| spec.name == field && is_formatted(spec))
}

fn is_formatted(spec: &FieldSpec) -> bool {
    spec.format.is_some() || matches!(spec.kind, FieldKind::Number | FieldKind::Boolean)
}

/// The value as it may be shown; borrowed when it is as it came.
fn value(raw: &str, showing: Showing, depth: usize) -> Cow<'_, str> {
    /// Far above any reply; enough that a hostile one does not exhaust the stack.
    const DEEPEST: usize = 32;
    match raw.as_bytes().first() {
        _ if showing == Showing::Hidden => Cow::Borrowed("\"******\""),
        Some(b'{' | b'[') if depth == DEEPEST => {
            Cow::Owned(serde_json::Value::from(mask_card_numbers(raw)).to_string())
        }
        Some(b'{') => members(raw, depth),
        Some(b'[') => items(raw, showing, depth),
        Some(b'"' | b'-' | b'0'..=b'9') if showing == Showing::Masked => scalar(raw),
        _ => Cow::Borrowed(raw),
    }
}

fn members(raw: &str, depth: usize) -> Cow<'_, str> {
    let Ok(Members(members)) = serde_json::from_str(raw) else {
        return Cow::Borrowed(raw);
    };
    let shown: Vec<_> = members
        .iter()
        .map(|(name, raw)| (name, value(raw.get(), Showing::of(name), depth + 1)))
        .collect();
    let untouched = members
        .iter()
        .zip(&shown)
        .all(|((_, raw), (_, shown))| raw.get() == shown.as_ref());
    if untouched {
        return Cow::Borrowed(raw);
    }
    let texts: Vec<_> = shown
        .into_iter()
        .map(|(name, shown)| format!("{}:{shown}", serde_json::Value::from(name.as_str())))
        .collect();
    Cow::Owned(format!("{{{}}}", texts.join(",")))
}

fn items(raw: &str, showing: Showing, depth: usize) -> Cow<'_, str> {
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw) else {
        return Cow::Borrowed(raw);
    };
    let shown: Vec<_> = items
        .iter()
        .map(|item| value(item.get(), showing, depth + 1))
        .collect();
    if items
        .iter()
        .zip(&shown)
        .all(|(raw, shown)| raw.get() == shown.as_ref())
    {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(format!("[{}]", shown.join(",")))
}

/// A string, or a number as one where digits of it are masked.
fn scalar(raw: &str) -> Cow<'_, str> {
    let text = match raw.starts_with('"') {
        true => serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned()),
        false => raw.to_owned(),
    };
    match mask_card_numbers(&text) {
        Cow::Borrowed(_) => Cow::Borrowed(raw),
        Cow::Owned(masked) => Cow::Owned(serde_json::Value::from(masked).to_string()),
    }
}

/// The members of an object in their order, repeated names included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use ums_client::model::{Pay, Query, QueryRefund, Refund, VoidPayment};

    use super::*;

    fn shown(text: &str) -> String {
        object(text).unwrap().get().to_owned()
    }

    const CARD: &str = "4111111111111111";
    const MASKED: &str = "411111******1111";

    #[test]
    fn what_is_masked_and_what_is_not() {
        for (text, expected) in [
            // Nothing to mask: every byte stays.
            (
                r#"{ "a" : 1.10,"b":"x" }"#,
                r#"{ "a" : 1.10,"b":"x" }"#.to_owned(),
            ),
            (
                r#"{"merchantRemark":"card 4111111111111111!","amount":1.10}"#,
                format!(r#"{{"merchantRemark":"card {MASKED}!","amount":1.10}}"#),
            ),
            (
                r#"{"x":4111111111111111}"#,
                format!(r#"{{"x":"{MASKED}"}}"#),
            ),
            (
                r#"{"x":"\u0034111111111111111"}"#,
                format!(r#"{{"x":"{MASKED}"}}"#),
            ),
            (
                r#"{"x":[{"y":["4111111111111111"]}]}"#,
                format!(r#"{{"x":[{{"y":["{MASKED}"]}}]}}"#),
            ),
            (
                r#"{"orderId":"4111111111111111"}"#,
                format!(r#"{{"orderId":"{CARD}"}}"#),
            ),
            (
                r#"{"x":{"orderId":4111111111111111}}"#,
                format!(r#"{{"x":{{"orderId":{CARD}}}}}"#),
            ),
            (
                r#"{"amount":4111111111111111}"#,
                format!(r#"{{"amount":{CARD}}}"#),
            ),
            (
                r#"{"payCode":"285668667587422761"}"#,
                r#"{"payCode":"******"}"#.to_owned(),
            ),
            (
                r#"{"payCode":{"a":[1]}}"#,
                r#"{"payCode":"******"}"#.to_owned(),
            ),
            // Names repeat in hostile replies; both stay.
            (
                r#"{"x":"4111111111111111","x":"\n"}"#,
                format!(r#"{{"x":"{MASKED}","x":"\n"}}"#),
            ),
        ] {
            assert_eq!(shown(text), expected);
        }
        for text in ["[]", "1", "", "{", r#"{"a":}"#, "{}{}"] {
            assert!(object(text).is_none(), "{text}");
        }
        assert_eq!(shown("{\r\n}"), "{  }");
    }

    #[test]
    fn what_is_too_deep_is_masked_as_text() {
        let deep = |levels: usize| {
            format!(
                "{}{{\"x\":\"{CARD}\"}}{}",
                "{\"a\":".repeat(levels),
                "}".repeat(levels)
            )
        };
        for levels in [0, 1, 30, 31, 32, 33, 10_000] {
            let shown = shown(&deep(levels));
            assert!(!shown.contains(CARD), "{levels}");
            assert!(shown.contains(MASKED), "{levels}");
        }
    }

    /// A field that is added to the model has to be sorted here too.
    #[test]
    fn every_documented_field_is_sorted() {
        const TEXTS: [&str; 45] = [
            "appVersion",
            "certNo",
            "certType",
            "costSubsidy",
            "cust2",
            "deviceType",
            "encryptRandNum",
            "errInfo",
            "eventName",
            "feeRatio",
            "fixBuyer",
            "goodsTag",
            "installmentFlag",
            "invocationMode",
            "ip",
            "issInstCode",
            "latitude",
            "longitude",
            "marketingAllianceDiscountInstruction",
            "mchntName",
            "merchantRemark",
            "mobile",
            "name",
            "networkLicense",
            "orderDesc",
            "orderPromotionStatus",
            "pwdEnc",
            "pwdTransKeyEnc",
            "queryResDesc",
            "queryResInfo",
            "refundDesc",
            "refundPromotionList",
            "secretText",
            "serialNum",
            "srcReserved",
            "targetChnl",
            "thirdPartyBuyerUserName",
            "thirdPartyDiscountDetail",
            "thirdPartyDiscountInstruction",
            "thirdPartyDiscountInstrution",
            "thirdPartyInstalSubsFlag",
            "thirdPartyName",
            "thirdPartyPayInformation",
            "transChnl",
            "transparentFields",
        ];
        let requests = [
            Pay::FIELDS,
            Query::FIELDS,
            QueryRefund::FIELDS,
            Refund::FIELDS,
            VoidPayment::FIELDS,
        ];
        let mut texts = BTreeSet::new();
        for spec in DOCUMENTED
            .iter()
            .chain(&requests)
            .flat_map(|fields| fields.iter())
        {
            if spec.kind == FieldKind::String
                && !is_formatted(spec)
                && Showing::of(spec.name) == Showing::Masked
            {
                texts.insert(spec.name);
            }
        }
        let unsorted: Vec<_> = texts.iter().filter(|name| !TEXTS.contains(name)).collect();
        assert!(unsorted.is_empty(), "identifier or text? {unsorted:?}");
        let gone: Vec<_> = TEXTS.iter().filter(|name| !texts.contains(*name)).collect();
        assert!(gone.is_empty(), "{gone:?}");
        let sorted: BTreeSet<_> = IDENTIFIERS.iter().collect();
        assert_eq!(sorted.len(), IDENTIFIERS.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_card_number_comes_through_in_any_form(
            digits in "[0-9]{12,18}",
            before in "[a-z，]{0,4}",
            escaped: bool,
        ) {
            let card = (0..10)
                .map(|check| format!("{digits}{check}"))
                .find(|number| mask_card_numbers(number) != number.as_str())
                .unwrap();
            let written = match escaped {
                true => card.replace('4', "\\u0034"),
                false => card.clone(),
            };
            let shown = shown(&format!(r#"{{"note":["{before}{written}"],"orderId":"{card}"}}"#));
            let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
            prop_assert_eq!(&read["orderId"], &card);
            let note = read["note"][0].as_str().unwrap();
            prop_assert!(!note.contains(&card));
            prop_assert_eq!(note, format!("{before}{}", mask_card_numbers(&card)));
        }
    }

    proptest! {
        #[test]
        fn any_object_stays_json_with_the_same_names(
            pairs in proptest::collection::vec((any::<String>(), any::<String>(), any::<i64>()), 0..6),
        ) {
            let texts: Vec<_> = pairs
                .iter()
                .map(|(name, text, number)| format!(
                    "{}:[{},{number}]",
                    serde_json::Value::from(name.as_str()),
                    serde_json::Value::from(text.as_str()),
                ))
                .collect();
            let shown = shown(&format!("{{{}}}", texts.join(",")));
            let Members(members) = serde_json::from_str(&shown).unwrap();
            let names: Vec<_> = members.into_iter().map(|(name, _)| name).collect();
            let given: Vec<_> = pairs.into_iter().map(|(name, ..)| name).collect();
            prop_assert_eq!(names, given);
        }

        #[test]
        fn any_text_is_taken(text: String) {
            let _ = object(&text);
        }
    }
}
