//! The signature of a netpay notification: sorted pairs, the 通讯密钥 appended, MD5 or SHA-256.

use anyhow::Result;
use serde::Deserialize;

use super::super::documented::Text;
use super::super::facts::Documented;
use super::super::json::Json;
use super::case::{Case, Scheme};
use super::compute::{hex, hmac_sha256, md5, sha256};
use super::definition::Definition;
use super::form::{encode, pairs};
use super::values;
use super::values::Judged;

pub(super) const SCHEME: Scheme = Scheme {
    name: "notify",
    case,
};

type Pairs = Vec<(String, String)>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    communication_key: String,
    sign_type: String,
    /// Names and values, in the order in which they are sent.
    #[serde(default)]
    pairs: Vec<(Text, Json)>,
    mistake: Option<String>,
    sign_case: Option<String>,
    form: Option<String>,
}

/// `verify`: a receiver that holds this 通讯密钥 accepts or refuses this form.
fn case(_: &Documented, definition: &Definition<'_>) -> Result<Case> {
    let row: Row = definition.inputs()?;
    let key = row.communication_key;
    let pinned = definition.word("sign_type", Some(&row.sign_type), SIGN_TYPES)?;
    let pinned = pinned.unwrap_or(Hash::Sha256);
    let notification = |pairs: Vec<(Text, Json)>| Notification {
        // A nested value is sent as its JSON text.
        pairs: pairs
            .iter()
            .map(|(name, value)| (name.to_string(), value.plain()))
            .collect(),
        key: &key,
        pinned,
    };
    let sent = notification(row.pairs);
    let signed = notification(definition.signed::<Row>()?.pairs);
    let right: Mistake = |notification| notification.sign(&notification.string_to_sign());
    let mistake = definition.word("mistake", row.mistake.as_deref(), MISTAKES)?;
    let sign = mistake.unwrap_or(right)(&signed);
    let upper: SignCase = str::to_ascii_uppercase;
    let sign_case = definition.word("sign_case", row.sign_case.as_deref(), SIGN_CASES)?;
    let sign = sign_case.unwrap_or(upper)(&sign);
    let form = match row.form {
        Some(template) => template.replace("{sign}", &sign),
        None => sent.form(&sign),
    };
    // What a right receiver makes of the form, where it is one that can be read.
    let received = pairs(&form).map(|pairs| Notification { pairs, ..sent });
    let string_to_sign = received
        .as_ref()
        .map(Notification::string_to_sign)
        .unwrap_or_default();
    let md5 = hex(&md5(string_to_sign.as_bytes())).to_ascii_uppercase();
    let sha256 = hex(&sha256(string_to_sign.as_bytes()));
    let without_key = string_to_sign.strip_suffix(&key).unwrap_or_default();
    definition.agree(&[
        ("string_without_key", without_key),
        ("md5", &md5),
        ("sha256", &sha256),
    ])?;
    let judged =
        values::key(&key).and_then(|()| received.as_ref().map_err(|reason| *reason)?.judge());
    let mut values = vec![
        ("communication_key", key.as_str().into()),
        ("sign_type", pinned.word().into()),
        ("form", form.as_str().into()),
    ];
    if let Ok(received) = &received {
        values.push(("string_to_sign", string_to_sign.as_str().into()));
        if received.said() == Ok(pinned) {
            let signature = received.sign(&string_to_sign);
            values.push(("signature", signature.as_str().into()));
        }
    }
    Ok(Case {
        action: "verify",
        judged,
        values,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Hash {
    Md5,
    Sha256,
}

const SIGN_TYPES: &[(&str, Hash)] = &[("MD5", Hash::Md5), ("SHA256", Hash::Sha256)];

impl Hash {
    fn word(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA256",
        }
    }
}

type SignCase = fn(&str) -> String;

const SIGN_CASES: &[(&str, SignCase)] = &[
    ("upper", |sign| sign.to_ascii_uppercase()),
    ("lower", |sign| sign.to_ascii_lowercase()),
    ("mixed", |sign| {
        let letters = sign.char_indices();
        let mixed = letters.map(|(at, c)| {
            if at % 2 == 0 {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        });
        mixed.collect()
    }),
    ("as_is", str::to_owned),
];

struct Notification<'a> {
    pairs: Pairs,
    key: &'a str,
    pinned: Hash,
}

impl<'a> Notification<'a> {
    /// The body as it is sent, `sign` at its end.
    fn form(&self, sign: &str) -> String {
        let mut form = String::new();
        for (name, value) in &self.pairs {
            form += &format!("{}={}&", encode(name), encode(value));
        }
        form + "sign=" + &encode(sign)
    }

    fn value(&self, wanted: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(name, _)| name == wanted);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// What the notification says it is signed with; the receiver's own hash where it says nothing.
    fn said(&self) -> Judged<Hash> {
        match self.value("signType") {
            None => Ok(self.pinned),
            Some(given) => {
                let found = SIGN_TYPES.iter().find(|(word, _)| *word == given);
                found.map(|(_, hash)| *hash).ok_or("other_sign_type")
            }
        }
    }

    /// The pairs that count, sorted by the bytes of their names.
    fn sorted(&self) -> Vec<&(String, String)> {
        let mut pairs: Vec<_> = self
            .pairs
            .iter()
            .filter(|(name, value)| name != "sign" && !value.is_empty())
            .collect();
        pairs.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
        pairs
    }

    fn string_to_sign(&self) -> String {
        joined(&self.sorted()) + self.key
    }

    fn sign(&self, text: &str) -> String {
        match self.said() {
            Ok(Hash::Md5) => hex(&md5(text.as_bytes())),
            _ => hex(&sha256(text.as_bytes())),
        }
    }

    fn judge(&self) -> Judged {
        let given = self.value("sign").ok_or("missing_parameter")?;
        if self.said()? != self.pinned {
            return Err("other_sign_type");
        }
        let right = self.sign(&self.string_to_sign());
        if given.len() != right.len() {
            return Err("wrong_length");
        }
        if !given.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("not_hexadecimal");
        }
        if !given.eq_ignore_ascii_case(&right) {
            return Err("wrong_signature");
        }
        if self.sorted().iter().any(|pair| reads_like_another(pair)) {
            return Err("ambiguous_value");
        }
        Ok(())
    }
}

/// Whether a pair is signed like two: a separator in the name, or `&`, a name and `=` in the value.
fn reads_like_another((name, value): &(String, String)) -> bool {
    let inside = value.split('&').skip(1);
    name.contains(['&', '='])
        || inside
            .filter_map(|piece| piece.split_once('='))
            .any(|(name, _)| !name.is_empty())
}

fn joined(pairs: &[&(String, String)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

type Mistake = fn(&Notification<'_>) -> String;

/// Ways to sign that are not the rule, most of them found in other clients.
const MISTAKES: &[(&str, Mistake)] = &[
    ("ampersand_before_key", |n| {
        n.sign(&(joined(&n.sorted()) + "&" + n.key))
    }),
    ("empty_values_kept", |n| {
        let mut pairs: Vec<_> = n.pairs.iter().collect();
        pairs.sort();
        n.sign(&(joined(&pairs) + n.key))
    }),
    ("hmac", |n| {
        hex(&hmac_sha256(
            n.key.as_bytes(),
            joined(&n.sorted()).as_bytes(),
        ))
    }),
    ("key_as_a_parameter", |n| {
        n.sign(&(joined(&n.sorted()) + "&key=" + n.key))
    }),
    ("key_first", |n| {
        n.sign(&(n.key.to_owned() + &joined(&n.sorted())))
    }),
    ("key_omitted", |n| n.sign(&joined(&n.sorted()))),
    ("names_sorted_without_case", |n| {
        let mut pairs = n.sorted();
        pairs.sort_by_key(|(name, _)| name.to_ascii_lowercase());
        n.sign(&(joined(&pairs) + n.key))
    }),
    ("not_sorted", |n| {
        let pairs: Vec<_> = n
            .pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        n.sign(&(joined(&pairs) + n.key))
    }),
    ("no_sign", |_| String::new()),
    ("other_hash", |n| {
        let text = n.string_to_sign();
        match n.said() {
            Ok(Hash::Md5) => hex(&sha256(text.as_bytes())),
            _ => hex(&md5(text.as_bytes())),
        }
    }),
    ("sign_not_hexadecimal", |n| {
        n.sign(&n.string_to_sign())
            .replace(['0', '1', '2', '3'], "x")
    }),
    ("sign_type_left_out", |n| {
        let pairs: Vec<_> = n
            .sorted()
            .into_iter()
            .filter(|(name, _)| name != "signType")
            .collect();
        n.sign(&(joined(&pairs) + n.key))
    }),
    ("values_encoded", |n| {
        let pairs: Vec<_> = n
            .sorted()
            .iter()
            .map(|(name, value)| (name.clone(), encode(value)))
            .collect();
        n.sign(&(joined(&pairs.iter().collect::<Vec<_>>()) + n.key))
    }),
];
