//! The fields of requests that the simulator looks at, and their rules.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

use crate::clock::read_day;
use crate::operation::needs::{Needs, longest_declared};

/// A request of any operation. Absent and empty are the same.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Request<'a> {
    #[serde(borrow)]
    pub(crate) merchant_code: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) terminal_code: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) system_trace_num: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) merchant_order_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) original_order_id: Cow<'a, str>,
    /// How the quick operations of 担保 call the order that they are about.
    #[serde(borrow)]
    pub(crate) order_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) original_system_trace_num: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) original_transaction_date: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) authorization_code: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) refund_request_id: Cow<'a, str>,
    #[serde(deserialize_with = "amount")]
    pub(crate) transaction_amount: Option<u64>,
    #[serde(borrow)]
    pub(crate) pay_code: Cow<'a, str>,
    #[serde(deserialize_with = "flag")]
    pub(crate) limit_cross_device: bool,
    #[serde(borrow)]
    merchant_remark: Cow<'a, str>,
    #[serde(borrow)]
    biz_identifier: Cow<'a, str>,
    #[serde(borrow)]
    transaction_currency_code: Cow<'a, str>,
    #[serde(borrow)]
    pay_mode: Cow<'a, str>,
    #[serde(borrow)]
    ori_trans_date: Cow<'a, str>,
}

impl<'a> Request<'a> {
    /// Reads and checks a body; the error is the text for `errInfo` beside 9001.
    pub(crate) fn parse(
        operation: &str,
        needs: &Needs,
        version: &str,
        body: &'a [u8],
    ) -> Result<Self, String> {
        // serde would also take the fields from a list, in their order.
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Err("参数校验失败: the body is no JSON object".to_owned());
        }
        let request: Self = serde_json::from_slice(body).map_err(|error| {
            format!("参数校验失败: the body is no {operation} request: {error}")
        })?;
        match request.problem(needs, version) {
            None => Ok(request),
            Some(why) => Err(format!("参数校验失败: {why}")),
        }
    }

    /// The ids that the request names, for rules that select by order.
    pub(crate) fn order_ids(&self) -> [&str; 2] {
        let order_id = match self.original_order_id.is_empty() {
            true => &self.order_id,
            false => &self.original_order_id,
        };
        [order_id, &self.merchant_order_id]
    }

    /// The day of the payment, if the request names one.
    pub(crate) fn payment_day(&self) -> Option<NaiveDate> {
        read_day(&self.ori_trans_date)
    }

    fn problem(&self, needs: &Needs, version: &str) -> Option<String> {
        for (rule, longest) in TEXTS.iter().zip(LENGTHS.iter()) {
            // The page counts 位 without saying of what; characters are the lenient reading.
            let length = (rule.value)(self).chars().count();
            let fits = match length {
                0 => !needs.requires(rule.name),
                length => length <= needs.longest(rule.name, *longest),
            };
            if !fits {
                let min = usize::from(needs.requires(rule.name));
                let max = needs.longest(rule.name, *longest);
                return Some(format!("{} must have {min} to {max} characters", rule.name));
            }
        }
        for (name, value, fits, rule) in [
            (
                "systemTraceNum",
                &self.system_trace_num,
                six_digits as fn(&str) -> bool,
                "6 digits",
            ),
            (
                "originalSystemTraceNum",
                &self.original_system_trace_num,
                six_digits,
                "6 digits",
            ),
            (
                "originalTransactionDate",
                &self.original_transaction_date,
                // A year with 29 February, since it may be any.
                |day| read_day(&format!("2024{day}")).is_some(),
                "a date as MMdd",
            ),
            (
                "transactionCurrencyCode",
                &self.transaction_currency_code,
                |code| code == "156",
                "156",
            ),
            (
                "payMode",
                &self.pay_mode,
                needs.is_pay_mode,
                "a documented one",
            ),
            (
                "oriTransDate",
                &self.ori_trans_date,
                |day| read_day(day).is_some(),
                "a date as yyyyMMdd",
            ),
        ] {
            if !(value.is_empty() || fits(value)) {
                return Some(format!("{name} must be {rule}"));
            }
        }
        for rule in TEXTS {
            let needed = needs.required_at.contains(&(version, rule.name));
            if needed && (rule.value)(self).is_empty() {
                return Some(format!("{} is required at {version}", rule.name));
            }
        }
        if needs.requires("transactionAmount") && self.transaction_amount.is_none() {
            return Some("transactionAmount is required".to_owned());
        }
        let given = |name: &str| {
            let rule = TEXTS.iter().find(|rule| rule.name == name);
            rule.is_some_and(|rule| !(rule.value)(self).is_empty())
        };
        let one_of = needs.one_of();
        if !one_of.is_empty() && !one_of.iter().any(|name| given(name)) {
            return Some(format!("{} is required", one_of.join(" or ")));
        }
        None
    }

    /// Whether a field is one of those that are checked.
    #[cfg(test)]
    pub(crate) fn checks(name: &str) -> bool {
        name == "transactionAmount" || TEXTS.iter().any(|rule| rule.name == name)
    }
}

/// A text field.
struct Text {
    name: &'static str,
    value: for<'r> fn(&'r Request<'_>) -> &'r str,
    /// Its longest value, where no operation declares one.
    max: usize,
}

/// The longest value of each of the texts, as some operation declares it. Which operation has the
/// field does not matter: one that has not is checked all the same.
static LENGTHS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let lengths = TEXTS
        .iter()
        .map(|rule| longest_declared(rule.name).unwrap_or(rule.max));
    lengths.collect()
});

/// No length of a pay code or of an authorization code is documented; those here are a choice. The
/// others are those of a format, or of names that there are.
#[rustfmt::skip]
static TEXTS: &[Text] = &[
    Text { name: "merchantCode", value: |r| &r.merchant_code, max: 0 },
    Text { name: "terminalCode", value: |r| &r.terminal_code, max: 0 },
    Text { name: "systemTraceNum", value: |r| &r.system_trace_num, max: 0 },
    Text { name: "merchantOrderId", value: |r| &r.merchant_order_id, max: 0 },
    Text { name: "originalOrderId", value: |r| &r.original_order_id, max: 0 },
    Text { name: "orderId", value: |r| &r.order_id, max: 0 },
    Text { name: "originalSystemTraceNum", value: |r| &r.original_system_trace_num, max: 0 },
    Text { name: "originalTransactionDate", value: |r| &r.original_transaction_date, max: 4 },
    Text { name: "authorizationCode", value: |r| &r.authorization_code, max: 12 },
    Text { name: "merchantRemark", value: |r| &r.merchant_remark, max: 0 },
    Text { name: "bizIdentifier", value: |r| &r.biz_identifier, max: 0 },
    Text { name: "refundRequestId", value: |r| &r.refund_request_id, max: 0 },
    Text { name: "transactionCurrencyCode", value: |r| &r.transaction_currency_code, max: 3 },
    Text { name: "payMode", value: |r| &r.pay_mode, max: 10 },
    Text { name: "payCode", value: |r| &r.pay_code, max: 128 },
    Text { name: "oriTransDate", value: |r| &r.ori_trans_date, max: 8 },
];

fn six_digits(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A boolean, documented as such but sent as text by the page's own samples.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Flag;

    impl Visitor<'_> for Flag {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("true, false, or either as text")
        }

        fn visit_bool<E: de::Error>(self, value: bool) -> Result<bool, E> {
            Ok(value)
        }

        fn visit_str<E: de::Error>(self, value: &str) -> Result<bool, E> {
            match value {
                "true" => Ok(true),
                "false" | "" => Ok(false),
                _ => Err(E::invalid_value(de::Unexpected::Str(value), &self)),
            }
        }
    }

    deserializer.deserialize_any(Flag)
}

/// An amount in fen, documented as a number but sent as text by the v6 samples; both were seen to
/// be accepted.
fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    struct Amount;

    impl Visitor<'_> for Amount {
        type Value = Option<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number of fen, up to 12 digits, or its digits as text")
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<Option<u64>, E> {
            match value {
                0..1_000_000_000_000 => Ok(Some(value)),
                _ => Err(E::invalid_value(de::Unexpected::Unsigned(value), &self)),
            }
        }

        fn visit_str<E: de::Error>(self, value: &str) -> Result<Option<u64>, E> {
            match value {
                "" => Ok(None),
                digits
                    if digits.len() <= 12 && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
                {
                    Ok(digits.parse().ok())
                }
                _ => Err(E::invalid_value(de::Unexpected::Str(value), &self)),
            }
        }
    }

    deserializer.deserialize_any(Amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::table::{Route, SimulatedOperation};

    fn body(rest: &str) -> String {
        format!(r#"{{"merchantCode": "103290070111417", "terminalCode": "12340511", {rest}}}"#)
    }

    fn read<'b>(
        operation: SimulatedOperation,
        version: &'static str,
        body: &'b str,
    ) -> Result<Request<'b>, String> {
        Route { operation, version }.read(body.as_bytes())
    }

    fn messages(operation: SimulatedOperation, bodies: &[String]) -> String {
        let messages: Vec<_> = bodies
            .iter()
            .map(|json| read(operation, "v6", json).unwrap_err())
            .collect();
        messages.join("\n")
    }

    #[test]
    fn what_is_wrong_with_a_void_is_said() {
        let bodies = [
            String::new(),
            "[]".to_owned(),
            "{}".to_owned(),
            body(r#""originalOrderId": """#),
            body(&format!(r#""originalOrderId": "{}""#, "7".repeat(51))),
            body(r#""originalOrderId": 7"#),
            body(r#""originalOrderId": "A", "originalOrderId": "B""#),
            body(r#""originalOrderId": "A", "systemTraceNum": "12345""#),
            body(r#""originalOrderId": "A", "systemTraceNum": "12345x""#),
            body(r#""originalOrderId": "A", "limitCrossDevice": "yes""#),
            body(r#""originalOrderId": "A", "bizIdentifier": "1234""#),
        ];
        insta::assert_snapshot!(messages(SimulatedOperation::Void, &bodies), @r#"
        参数校验失败: the body is no JSON object
        参数校验失败: the body is no JSON object
        参数校验失败: merchantCode must have 1 to 15 characters
        参数校验失败: merchantOrderId or originalOrderId is required
        参数校验失败: originalOrderId must have 0 to 50 characters
        参数校验失败: the body is no void request: invalid type: integer `7`, expected a string at line 1 column 84
        参数校验失败: the body is no void request: duplicate field `originalOrderId` at line 1 column 105
        参数校验失败: systemTraceNum must be 6 digits
        参数校验失败: systemTraceNum must be 6 digits
        参数校验失败: the body is no void request: invalid value: string "yes", expected true, false, or either as text at line 1 column 113
        参数校验失败: bizIdentifier must have 0 to 3 characters
        "#);
    }

    #[test]
    fn what_is_wrong_with_a_payment_is_said() {
        let good = r#""merchantOrderId": "M", "merchantRemark": "r", "payCode": "13", "payMode": "NFC",
            "transactionCurrencyCode": "156", "transactionAmount": "1""#;
        assert!(read(SimulatedOperation::Pay, "v6", &body(good)).is_ok());
        let bodies = [
            ("\"M\"", "\"\""),
            ("\"r\"", "\"\""),
            ("\"13\"", "\"\""),
            ("NFC", "nfc"),
            ("156", "840"),
            ("\"1\"", "\"\""),
            ("\"1\"", "\"1.0\""),
            ("\"1\"", "1.5"),
            ("\"1\"", "-1"),
            ("\"1\"", "1000000000000"),
        ]
        .map(|(from, to)| body(&good.replace(from, to)).replace('\n', ""));
        insta::assert_snapshot!(messages(SimulatedOperation::Pay, &bodies), @r#"
        参数校验失败: merchantOrderId must have 1 to 50 characters
        参数校验失败: merchantRemark must have 1 to 50 characters
        参数校验失败: payCode must have 1 to 128 characters
        参数校验失败: payMode must be a documented one
        参数校验失败: transactionCurrencyCode must be 156
        参数校验失败: transactionAmount is required
        参数校验失败: the body is no pay request: invalid value: string "1.0", expected a whole number of fen, up to 12 digits, or its digits as text at line 1 column 217
        参数校验失败: the body is no pay request: invalid type: floating point `1.5`, expected a whole number of fen, up to 12 digits, or its digits as text at line 1 column 215
        参数校验失败: the body is no pay request: invalid type: integer `-1`, expected a whole number of fen, up to 12 digits, or its digits as text at line 1 column 214
        参数校验失败: the body is no pay request: invalid value: integer `1000000000000`, expected a whole number of fen, up to 12 digits, or its digits as text at line 1 column 225
        "#);
    }

    #[test]
    fn what_is_wrong_with_a_refund_is_said() {
        let bodies = [
            body(r#""originalOrderId": "A", "transactionAmount": 1"#),
            body(r#""originalOrderId": "A", "refundRequestId": "R""#),
            body(r#""refundRequestId": "R", "transactionAmount": 1"#),
        ];
        insta::assert_snapshot!(messages(SimulatedOperation::Refund, &bodies), @r#"
        参数校验失败: refundRequestId must have 1 to 50 characters
        参数校验失败: transactionAmount is required
        参数校验失败: merchantOrderId or originalOrderId is required
        "#);
        let query = body(r#""originalOrderId": "A", "oriTransDate": "20231301""#);
        insta::assert_snapshot!(messages(SimulatedOperation::Query, &[query]), @r#"参数校验失败: oriTransDate must be a date as yyyyMMdd"#);
    }

    #[test]
    fn an_activation_needs_a_trace_number_at_v1_alone() {
        let read = |version, rest: &str| {
            let body = body(rest).replace(", }", "}");
            read(SimulatedOperation::Activate, version, &body).map(|_| ())
        };
        assert_eq!(read("v2", ""), Ok(()));
        assert_eq!(read("v1", r#""systemTraceNum": "000001""#), Ok(()));
        let missing = "参数校验失败: systemTraceNum is required at v1";
        assert_eq!(read("v1", ""), Err(missing.to_owned()));
        assert!(read("v1", r#""systemTraceNum": "1""#).is_err());
    }

    #[test]
    fn an_amount_is_read_from_a_number_and_from_text() {
        for (json, fen) in [
            ("4160", 4160),
            ("\"4160\"", 4160),
            ("0", 0),
            ("\"000000000001\"", 1),
        ] {
            let body = body(&format!(
                r#""originalOrderId": "A", "refundRequestId": "R", "transactionAmount": {json}"#
            ));
            let request = read(SimulatedOperation::Refund, "v6", &body).unwrap();
            assert_eq!(request.transaction_amount, Some(fen), "{json}");
        }
    }

    #[test]
    fn unknown_fields_and_the_pages_own_sample_are_accepted() {
        let sample = r#"{"merchantCode":"103290070111417","terminalCode":"12340511",
            "systemTraceNum":"123456","merchantOrderId":"20200227163036011978864947",
            "originalOrderId":"20200227163036011978864947","merchantRemark":"test",
            "limitCrossDevice":"true","bizIdentifier":"","unheardOf":[1]}"#;
        let request = read(SimulatedOperation::Void, "v6", sample).unwrap();
        assert!(request.limit_cross_device);
    }
}
