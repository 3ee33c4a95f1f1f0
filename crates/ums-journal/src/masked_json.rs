//! JSON that a person or a log may see: data about a person, a card or a secret taken out, card
//! numbers in words masked, and every identifier, code, date and amount as it came.
//!
//! What a field holds is said by the model's description of it; of a field that no described
//! operation has, by the list at the end.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use ums_model::{Sensitivity, every_field};

use crate::mask::mask_card_numbers;

/// A JSON object fit to be printed, on one line.
///
/// Every token stays as received but these: the value of a field that holds data about a person, a
/// card or a secret, wherever the field is; and strings and numbers that look like a card number,
/// unless their field is known to hold an identifier, a code, a date or an amount. JSON inside a
/// string is treated as JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct MaskedJson(Box<RawValue>);

impl MaskedJson {
    /// The object that a text is. `None` for what is none.
    pub fn object(text: &str) -> Option<Self> {
        // Line breaks in JSON stand between tokens only, so a space in their place keeps every
        // token.
        let line = text.replace(['\n', '\r'], " ");
        let raw: Box<RawValue> = serde_json::from_str(&line).ok()?;
        if !raw.get().starts_with('{') {
            return None;
        }
        match members(raw.get(), 0)? {
            Cow::Borrowed(_) => Some(Self(raw)),
            Cow::Owned(masked) => RawValue::from_string(masked).ok().map(Self),
        }
    }

    /// The object as JSON.
    pub fn get(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for MaskedJson {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for MaskedJson {}

/// Masked once more, whoever wrote it.
impl<'de> Deserialize<'de> for MaskedJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::object(raw.get()).ok_or_else(|| D::Error::custom("it is no JSON object"))
    }
}

/// A text that is no JSON object, fit to be printed: what looks like a card number is masked, and
/// what follows a name that hides its value is taken out, so that a reply that was cut off shows no
/// more than a whole one.
pub fn mask_json_text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let (before, quoted) = rest.split_at(start);
        shown.push_str(before);
        let (token, after) = quoted.split_at(quoted_length(quoted));
        let colon = after.trim_start().strip_prefix(':').map(str::trim_start);
        let is_hidden = |name: &str| Showing::of(name) == Showing::Hidden;
        match (serde_json::from_str::<String>(token), colon) {
            (Ok(name), Some(value)) if is_hidden(&name) => {
                let until = value_length(value);
                shown.push_str(token);
                shown.push(':');
                shown.push_str(match &value[..until] {
                    nothing @ ("" | "null" | "\"\"") => nothing,
                    _ => HIDDEN,
                });
                rest = &value[until..];
            }
            (Ok(_), _) => {
                shown.push_str(&string(token, Showing::Masked, 0));
                rest = after;
            }
            // Cut off, or no string at all. What may have been JSON cannot be looked into any more.
            (Err(_), _) if token[1..].trim_start().starts_with(['{', '[']) => {
                shown.push_str(HIDDEN);
                rest = after;
            }
            (Err(_), _) => {
                shown.push_str(token);
                rest = after;
            }
        }
    }
    shown.push_str(rest);
    mask_card_numbers(&shown).into_owned()
}

/// The bytes of the string that a text begins with, its quotes included, or of all of the text
/// where the string does not end.
pub(crate) fn quoted_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The bytes of the value that a text begins with. Of an array or an object, whose end is not sure
/// to be there, all of the text.
fn value_length(text: &str) -> usize {
    match text.as_bytes().first() {
        Some(b'"') => quoted_length(text),
        Some(b'{' | b'[') => text.len(),
        _ => text.find([',', '}', ']']).unwrap_or(text.len()),
    }
}

/// Whether a field of this name holds a secret, however the name is written.
pub(crate) fn is_secret(field: &str) -> bool {
    let known = KNOWN.get(plain(field).as_str());
    known.is_some_and(|known| known.sensitivity == Sensitivity::Secret)
}

/// What stands in the place of a value that is not shown.
const HIDDEN: &str = "\"******\"";

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
    /// A name that hides its value hides it however the name is written: `certNo`, `cert_no` and
    /// `CERTNO`. One that shows it whole is the name itself.
    fn of(field: &str) -> Self {
        match KNOWN.get(plain(field).as_str()) {
            Some(known) if known.sensitivity.is_hidden() => Self::Hidden,
            Some(known) if known.sensitivity == Sensitivity::Public && known.name == field => {
                Self::Whole
            }
            _ => Self::Masked,
        }
    }
}

/// A name without what names are written differently in.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| !matches!(letter, '_' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}

struct Known {
    name: &'static str,
    sensitivity: Sensitivity,
}

/// What each name holds, by its plain form: the gravest where several fields have the name.
static KNOWN: LazyLock<BTreeMap<String, Known>> = LazyLock::new(|| {
    let described = every_field().map(|field| (field.name, field.sensitivity));
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    for (name, sensitivity) in described.chain(UNDESCRIBED.iter().copied()) {
        let entry = known
            .entry(plain(name))
            .or_insert(Known { name, sensitivity });
        entry.sensitivity = entry.sensitivity.max(sensitivity);
    }
    known
});

/// The value as it may be shown; borrowed when it is as it came.
fn value(raw: &str, showing: Showing, depth: usize) -> Cow<'_, str> {
    /// Far above any reply; enough that a hostile one does not exhaust the stack.
    const DEEPEST: usize = 32;
    let first = raw.as_bytes().first();
    match first {
        // That there is nothing may be seen.
        _ if showing == Showing::Hidden && matches!(raw, "null" | "\"\"") => Cow::Borrowed(raw),
        _ if showing == Showing::Hidden => Cow::Borrowed(HIDDEN),
        Some(b'{' | b'[') if depth >= DEEPEST => Cow::Borrowed(HIDDEN),
        Some(b'{') => members(raw, depth).unwrap_or(Cow::Borrowed(HIDDEN)),
        Some(b'[') => items(raw, showing, depth).unwrap_or(Cow::Borrowed(HIDDEN)),
        Some(b'"') => string(raw, showing, depth),
        Some(b'-' | b'0'..=b'9') if showing == Showing::Masked => masked(raw, raw),
        _ => Cow::Borrowed(raw),
    }
}

/// `None` for an object whose keys cannot be read.
fn members(raw: &str, depth: usize) -> Option<Cow<'_, str>> {
    let Members(members) = serde_json::from_str(raw).ok()?;
    let shown: Vec<_> = members
        .iter()
        .map(|(name, raw)| (name, value(raw.get(), Showing::of(name), depth + 1)))
        .collect();
    let untouched = members
        .iter()
        .zip(&shown)
        .all(|((_, raw), (_, shown))| raw.get() == shown.as_ref());
    if untouched {
        return Some(Cow::Borrowed(raw));
    }
    let texts: Vec<_> = shown
        .into_iter()
        .map(|(name, shown)| format!("{}:{shown}", serde_json::Value::from(name.as_str())))
        .collect();
    Some(Cow::Owned(format!("{{{}}}", texts.join(","))))
}

fn items(raw: &str, showing: Showing, depth: usize) -> Option<Cow<'_, str>> {
    let items: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
    let shown: Vec<_> = items
        .iter()
        .map(|item| value(item.get(), showing, depth + 1))
        .collect();
    if items
        .iter()
        .zip(&shown)
        .all(|(raw, shown)| raw.get() == shown.as_ref())
    {
        return Some(Cow::Borrowed(raw));
    }
    Some(Cow::Owned(format!("[{}]", shown.join(","))))
}

/// A string. One that holds an object or an array is shown as that would be: the v6 samples write
/// `goods` so.
fn string(raw: &str, showing: Showing, depth: usize) -> Cow<'_, str> {
    let Ok(text) = serde_json::from_str::<String>(raw) else {
        return Cow::Borrowed(HIDDEN);
    };
    if text.trim_start().starts_with(['{', '['])
        && let Ok(inner) = serde_json::from_str::<&RawValue>(&text)
    {
        return match value(inner.get(), showing, depth + 1) {
            shown if shown == inner.get() => Cow::Borrowed(raw),
            shown => Cow::Owned(serde_json::Value::from(shown).to_string()),
        };
    }
    match showing {
        Showing::Masked => masked(raw, &text),
        _ => Cow::Borrowed(raw),
    }
}

/// A text as a string, or a number as one, where digits of it are masked.
fn masked<'a>(raw: &'a str, text: &str) -> Cow<'a, str> {
    match mask_card_numbers(text) {
        Cow::Borrowed(_) => Cow::Borrowed(raw),
        Cow::Owned(masked) => Cow::Owned(serde_json::Value::from(masked).to_string()),
    }
}

/// The members of the object that a text is, in their order. `None` for what is none.
#[cfg(feature = "store")]
pub(crate) fn named_members(text: &str) -> Option<Vec<(String, &RawValue)>> {
    let Members(members) = serde_json::from_str(text).ok()?;
    Some(members)
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

/// Fields that no described operation has, for `ums api`. Names and meanings are of the official
/// documents of netpay (C扫B v20200527, H5, 公众号, 小程序, APP), of POS通交易接口 v20200527 §1.4.3
/// p.16 (`issAddiData`), and of the token endpoint; the data of a card (`cvn2`, `expDate`, the
/// tracks) are named as UnionPay's own APIs name them, which no document read here shows.
#[rustfmt::skip]
const UNDESCRIBED: &[(&str, Sensitivity)] = &[
    // Of the record itself: one timestamp in ten would pass for a card number.
    ("attempt_id", Sensitivity::Public),
    ("timestamp", Sensitivity::Public),
    // Of replies and requests of other products.
    ("billNo", Sensitivity::Public),
    ("instMid", Sensitivity::Public),
    ("merOrderId", Sensitivity::Public),
    ("mid", Sensitivity::Public),
    ("msgId", Sensitivity::Public),
    ("notifyId", Sensitivity::Public),
    ("qrCodeId", Sensitivity::Public),
    ("seqId", Sensitivity::Public),
    ("settleRefId", Sensitivity::Public),
    ("targetOrderId", Sensitivity::Public),
    ("tid", Sensitivity::Public),
    ("buyerId", Sensitivity::Personal),
    ("buyerUsername", Sensitivity::Personal),
    ("buyerUsrname", Sensitivity::Personal),
    ("extraBuyerInfo", Sensitivity::Personal),
    ("issAddiData", Sensitivity::Personal),
    ("openId", Sensitivity::Personal),
    ("subBuyerId", Sensitivity::Personal),
    ("subOpenId", Sensitivity::Personal),
    ("bankCardNo", Sensitivity::Card),
    ("usrCardNo", Sensitivity::Card),
    ("cvn2", Sensitivity::Card),
    ("expDate", Sensitivity::Card),
    ("track2", Sensitivity::Card),
    ("track2Data", Sensitivity::Card),
    ("track3", Sensitivity::Card),
    ("track3Data", Sensitivity::Card),
    ("accessToken", Sensitivity::Secret),
    ("appKey", Sensitivity::Secret),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn shown(text: &str) -> String {
        MaskedJson::object(text).unwrap().get().to_owned()
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
            assert!(MaskedJson::object(text).is_none(), "{text}");
        }
        assert_eq!(shown("{\r\n}"), "{  }");
    }

    #[test]
    fn what_is_too_deep_is_not_shown() {
        let deep = |open: &str, close: &str, levels: usize| {
            format!(
                "{{\"a\":{}{{\"x\":\"{CARD}\",\"payCode\":\"285668667587422761\",\"y\":1}}{}}}",
                open.repeat(levels),
                close.repeat(levels)
            )
        };
        for (open, close) in [("{\"a\":", "}"), ("[", "]")] {
            for levels in [0, 1, 30, 31, 32, 33, 10_000] {
                let shown = shown(&deep(open, close, levels));
                assert!(!shown.contains(CARD), "{levels}");
                assert!(!shown.contains("285668667587422761"), "{levels}");
                assert_eq!(shown.contains(MASKED), levels < 31, "{levels}");
                assert_eq!(shown.contains("\"y\":1"), levels < 31, "{levels}");
            }
        }
    }

    /// Each described field and each of the list, at the top and inside.
    #[test]
    fn a_field_is_shown_as_its_sensitivity_says_wherever_it_is() {
        let described = every_field().map(|field| (field.name, field.sensitivity));
        let mut of_name: BTreeMap<&str, Sensitivity> = BTreeMap::new();
        for (name, sensitivity) in described.chain(UNDESCRIBED.iter().copied()) {
            let gravest = of_name.entry(name).or_insert(sensitivity);
            *gravest = (*gravest).max(sensitivity);
        }
        for (name, sensitivity) in of_name {
            let expected = match sensitivity {
                Sensitivity::Public => CARD,
                Sensitivity::Text => MASKED,
                Sensitivity::Personal | Sensitivity::Card | Sensitivity::Secret => "******",
            };
            let object = json!({ name: CARD });
            for (body, pointer) in [
                (object.clone(), format!("/{name}")),
                (json!({"x": object}), format!("/x/{name}")),
                (json!({"x": [[object]]}), format!("/x/0/0/{name}")),
                (json!({"amount": object}), format!("/amount/{name}")),
            ] {
                let shown: Value = serde_json::from_str(&shown(&body.to_string())).unwrap();
                assert_eq!(shown.pointer(&pointer).unwrap(), expected, "{body}");
            }
            // In a string that holds the object, and in one inside that.
            let inside = json!({ "x": object.to_string() });
            for body in [inside.clone(), json!({"goods": inside.to_string()})] {
                let shown = shown(&body.to_string());
                assert_eq!(shown.contains(CARD), expected == CARD, "{body}: {shown}");
                assert!(shown.contains(expected), "{body}: {shown}");
            }
            if sensitivity.is_hidden() {
                for value in ["4711", "-4711.5", "true", "[\"4711\"]", "{\"a\":4711}"] {
                    let shown = shown(&format!("{{\"{name}\":{value}}}"));
                    assert_eq!(shown, format!("{{\"{name}\":\"******\"}}"));
                }
                for nothing in ["null", "\"\""] {
                    let body = format!("{{\"{name}\":{nothing}}}");
                    assert_eq!(shown(&body), body);
                }
            }
        }
    }

    #[test]
    fn the_marks_of_the_review_are_hidden_however_they_are_written() {
        for name in [
            "payCode",
            "certNo",
            "mobile",
            "name",
            "pwdEnc",
            "pwdTransKeyEnc",
            "encryptRandNum",
            "cvn2",
            "expDate",
            "track2",
            "track3",
            "secretText",
            "originalPayCode",
            "thirdPartyBuyerId",
            "thirdPartyBuyerUserName",
            "userId",
            "PAYCODE",
            "cert_no",
            "Cert-No",
            "CVN2",
            "exp_date",
            "pay\\u0043ode",
        ] {
            let text = format!("{{\"a\":[{{\"{name}\":\"13800138000\"}}]}}");
            assert!(!shown(&text).contains("13800138000"), "{text}");
        }
        // A name that only looks like that of an identifier shows what it holds as words.
        for name in ["orderid", "order_id", "ORDERID"] {
            assert_eq!(Showing::of(name), Showing::Masked, "{name}");
        }
        for name in ["names", "surname", "mobileOrderId", "track", "xpayCode"] {
            assert_eq!(Showing::of(name), Showing::Masked, "{name}");
        }
    }

    #[test]
    fn json_inside_a_string_is_treated_as_json() {
        for (text, expected) in [
            (
                r#"{"goods":"[{\"goodsId\":\"4111111111111111\",\"goodsName\":\"4111111111111111\"}]"}"#,
                format!(r#"{{"goods":"[{{\"goodsId\":\"{CARD}\",\"goodsName\":\"{MASKED}\"}}]"}}"#),
            ),
            (
                r#"{"transparentFields":" { \"mobile\" : \"13800138000\" }"}"#,
                r#"{"transparentFields":"{\"mobile\":\"******\"}"}"#.to_owned(),
            ),
            // An identifier that holds an object hides what the object must not show.
            (
                r#"{"orderId":"{\"name\":\"王小明\",\"amount\":1}"}"#,
                r#"{"orderId":"{\"name\":\"******\",\"amount\":1}"}"#.to_owned(),
            ),
            // Nothing to hide: every byte stays.
            (
                r#"{"goods":" [ {\"goodsId\":\"\u0034\"} ]"}"#,
                r#"{"goods":" [ {\"goodsId\":\"\u0034\"} ]"}"#.to_owned(),
            ),
            // What only begins like JSON is words.
            (
                r#"{"x":"[card 4111111111111111"}"#,
                format!(r#"{{"x":"[card {MASKED}"}}"#),
            ),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn what_is_no_object_shows_no_more_than_an_object_would() {
        for (given, expected) in [
            ("", ""),
            (
                "<html>no \"name\" here</html>",
                "<html>no \"name\" here</html>",
            ),
            ("card 4111111111111111", "card 411111******1111"),
            // Cut off in every place of a hidden value, and after it.
            (r#"{"a":1,"name" : "#, r#"{"a":1,"name":"#),
            (r#"{"a":1,"name":"王"#, r#"{"a":1,"name":"******""#),
            (r#"{"name":"王\"小\\"#, r#"{"name":"******""#),
            (
                r#"{"name":"王小明","amount":1"#,
                r#"{"name":"******","amount":1"#,
            ),
            (
                r#"{"mobile":13800138000,"amount":1"#,
                r#"{"mobile":"******","amount":1"#,
            ),
            (r#"{"mobile":1380013"#, r#"{"mobile":"******""#),
            (
                r#"{"mobile":null,"amount":1"#,
                r#"{"mobile":null,"amount":1"#,
            ),
            (r#"{"certNo":["11010519"],"x":"#, r#"{"certNo":"******""#),
            (
                r#"{"a":{"pay\u0043ode":"285668"#,
                r#"{"a":{"pay\u0043ode":"******""#,
            ),
            // A value that only looks like a name.
            (r#"{"a":"name","b":"x"#, r#"{"a":"name","b":"x"#),
            // JSON inside a string, whole and cut off.
            (
                r#"{"goods":"[{\"name\":\"王\"}]","b":"x"#,
                r#"{"goods":"[{\"name\":\"******\"}]","b":"x"#,
            ),
            (r#"{"goods":"[{\"name\":\"王\"#, r#"{"goods":"******""#),
            // A whole object with something after it.
            (r#"{"name":"王小明"}{}"#, r#"{"name":"******"}{}"#),
        ] {
            assert_eq!(mask_json_text(given), expected, "{given}");
        }
    }

    /// A key that no text has makes the object unreadable, and what cannot be read is not shown.
    #[test]
    fn an_object_with_an_unreadable_key_is_not_shown() {
        let unreadable = r#"{"\ud800":1,"payCode":"285668667587422761"}"#;
        assert!(MaskedJson::object(unreadable).is_none());
        assert_eq!(
            shown(&format!(r#"{{"a":{unreadable}}}"#)),
            r#"{"a":"******"}"#
        );
        assert_eq!(
            shown(r#"{"a":"\ud800 4111111111111111"}"#),
            r#"{"a":"******"}"#
        );
    }

    /// The list names nothing that the model describes, and nothing twice. Their last digits make
    /// each of them a card number by its check digit.
    #[test]
    fn what_identifies_an_attempt_is_shown_whole() {
        let evidence = r#"{"attempt_id":"4111111111111111","timestamp":"20261127003006"}"#;
        assert_eq!(shown(evidence), evidence);
        let elsewhere = r#"{"remark":"20261127003006"}"#;
        assert_eq!(shown(elsewhere), r#"{"remark":"202611****3006"}"#);
    }

    #[test]
    fn the_list_has_only_what_no_operation_describes() {
        let described: BTreeSet<String> = every_field().map(|field| plain(field.name)).collect();
        let listed: Vec<String> = UNDESCRIBED.iter().map(|(name, _)| plain(name)).collect();
        let twice: Vec<_> = listed
            .iter()
            .filter(|name| described.contains(*name))
            .collect();
        assert!(twice.is_empty(), "{twice:?}");
        let once: BTreeSet<_> = listed.iter().collect();
        assert_eq!(once.len(), listed.len());
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
        fn any_text_is_taken(given: String) {
            let _ = MaskedJson::object(&given);
            let _ = mask_json_text(&given);
        }

        /// However a reply is cut off, nothing of a hidden value is shown.
        #[test]
        fn a_cut_off_reply_shows_nothing_of_a_hidden_value(
            before in "[a-z\"{}:,\\\\ ]{0,12}",
            secret in "[0-9]{4,12}",
            name in proptest::sample::select(&["name", "cvn2", "payCode", "user_id"][..]),
            as_number: bool,
            kept in 0usize..200,
        ) {
            let before = Value::from(before);
            let secret_json = if as_number { secret.clone() } else { format!("\"{secret}\"") };
            let whole = format!(r#"{{"x":{before},"{name}":{secret_json},"y":[{{"{name}" : {secret_json}}}],"z":1}}"#);
            let cut: String = whole.chars().take(kept).collect();
            let shown = MaskedJson::object(&cut).map_or_else(|| mask_json_text(&cut), |object| object.get().to_owned());
            prop_assert!(!shown.contains(&secret[..4]), "{} => {}", cut, shown);
        }
    }
}
