//! OPEN-BODY-SIG: the products of one signature, the mistakes that are made of it, and how a header
//! is judged.

use anyhow::Result;
use serde::Deserialize;

use super::super::facts::Documented;
use super::super::json::Json;
use super::case::{Case, Scheme};
use super::compute::{base64, hex, hmac_sha1, hmac_sha256, sha1, sha256};
use super::definition::{Bytes, Definition};
use super::values::Judged;
use super::{authorization, values};

pub(super) const SCHEME: Scheme = Scheme {
    name: "open-body-sig",
    case,
};

/// What is signed, and with what.
pub(super) struct Inputs {
    pub(super) app_id: String,
    pub(super) app_key: String,
    pub(super) timestamp: String,
    pub(super) nonce: String,
    /// The body of this scheme, the content of OPEN-FORM-PARAM.
    pub(super) signed: Vec<u8>,
}

pub(super) struct Products {
    pub(super) digest: String,
    pub(super) string_to_sign: String,
    hmac: Vec<u8>,
    pub(super) signature: String,
}

const HEADER: &str = r#"OPEN-BODY-SIG AppId="{app_id}", Timestamp="{timestamp}", Nonce="{nonce}", Signature="{signature}""#;

const NAMES: [&str; 4] = ["AppId", "Timestamp", "Nonce", "Signature"];

/// A definition of a case of this scheme, or of OPEN-FORM-PARAM.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    action: Option<String>,
    app_id: String,
    app_key: String,
    timestamp: String,
    nonce: String,
    #[serde(alias = "content")]
    body: Bytes,
    mistake: Option<String>,
    /// What is presented, if it is not what a right signer writes.
    #[serde(alias = "query")]
    header: Option<String>,
}

/// What to do with a case, and with what.
pub(super) struct Task {
    pub(super) action: &'static str,
    pub(super) inputs: Inputs,
    pub(super) products: Products,
    /// What is presented, and the signature in it: a right signer's, or what a verifier gets.
    pub(super) template: String,
    pub(super) signature: String,
    /// A signer refuses its own inputs first.
    pub(super) checked: Judged,
}

impl Task {
    pub(super) fn read(
        facts: &Documented,
        definition: &Definition<'_>,
        usual: &str,
    ) -> Result<Self> {
        let row: Row = definition.inputs()?;
        let actions = ["sign", "verify"].map(|word| (word, word));
        let action = definition.word("action", row.action.as_deref(), &actions)?;
        let action = action.unwrap_or("sign");
        let right: Mistake = |inputs| Products::of(inputs).signature;
        let mistake = definition.word("mistake", row.mistake.as_deref(), MISTAKES)?;
        let template = row.header.clone().unwrap_or_else(|| usual.to_owned());
        let inputs = Inputs::read(facts, definition, row)?;
        let signed = Inputs::read(facts, definition, definition.signed()?)?;
        let products = Products::of(&inputs);
        let (template, signature, checked) = match action {
            "sign" => (usual.to_owned(), products.signature.clone(), inputs.check()),
            _ => (template, mistake.unwrap_or(right)(&signed), Ok(())),
        };
        Ok(Self {
            action,
            inputs,
            products,
            template,
            signature,
            checked,
        })
    }
}

/// `sign`: a signer makes exactly this header of these inputs, or refuses them. `verify`: a
/// verifier that holds these credentials accepts or refuses this header and body.
fn case(facts: &Documented, definition: &Definition<'_>) -> Result<Case> {
    let task = Task::read(facts, definition, HEADER)?;
    let (inputs, products) = (&task.inputs, &task.products);
    definition.agree(&[
        ("body_digest", &products.digest),
        ("hmac_hex", &hex(&products.hmac)),
        ("signature", &products.signature),
    ])?;
    let header = inputs.fill(&task.template, &task.signature);
    let judged = task.checked.and_then(|()| judge(&header, inputs));
    let mut values = inputs.describe();
    values.push(match str::from_utf8(&inputs.signed) {
        Ok(text) => ("body", text.into()),
        Err(_) => ("body_base64", base64(&inputs.signed).as_str().into()),
    });
    // A signer that has to refuse its inputs makes nothing of them.
    if task.action == "verify" || judged.is_ok() {
        values.push(("body_digest", products.digest.as_str().into()));
        values.extend(products.describe());
        values.push(("authorization", header.as_str().into()));
    }
    Ok(Case {
        action: task.action,
        judged,
        values,
    })
}

fn judge(header: &str, inputs: &Inputs) -> Judged {
    let read = authorization::read(header, "OPEN-BODY-SIG", &NAMES)?;
    let [app_id, timestamp, nonce, signature] = read[..] else {
        return Err("missing_parameter");
    };
    inputs.judge(app_id, timestamp, nonce, signature)
}

impl Inputs {
    fn read(facts: &Documented, definition: &Definition<'_>, row: Row) -> Result<Self> {
        let signed = row.body.read(facts);
        Ok(Self {
            app_id: row.app_id,
            app_key: row.app_key,
            timestamp: row.timestamp,
            nonce: row.nonce,
            signed: signed.map_err(|reason| definition.error("", reason))?,
        })
    }

    pub(super) fn check(&self) -> Judged {
        values::app_id(&self.app_id)?;
        values::key(&self.app_key)?;
        values::timestamp(&self.timestamp)?;
        values::nonce(&self.nonce)
    }

    /// Whether these parts are those of a signature that these credentials made of what is signed.
    pub(super) fn judge(
        &self,
        app_id: &str,
        timestamp: &str,
        nonce: &str,
        signature: &str,
    ) -> Judged {
        values::app_id(app_id)?;
        values::timestamp(timestamp)?;
        values::nonce(nonce)?;
        let signature = values::signature(signature)?;
        if app_id != self.app_id {
            return Err("other_app_id");
        }
        let digest = hex(&sha256(&self.signed));
        let text = [app_id, timestamp, nonce, &digest].concat();
        if signature == hmac_sha256(self.app_key.as_bytes(), text.as_bytes()) {
            Ok(())
        } else {
            Err("wrong_signature")
        }
    }

    pub(super) fn describe(&self) -> Vec<(&'static str, Json)> {
        vec![
            ("app_id", self.app_id.as_str().into()),
            ("app_key", self.app_key.as_str().into()),
            ("timestamp", self.timestamp.as_str().into()),
            ("nonce", self.nonce.as_str().into()),
        ]
    }

    fn fill(&self, template: &str, signature: &str) -> String {
        template
            .replace("{app_id}", &self.app_id)
            .replace("{timestamp}", &self.timestamp)
            .replace("{nonce}", &self.nonce)
            .replace("{signature}", signature)
    }

    /// `AppId`, `Timestamp`, `Nonce`, `digest` with something between them.
    fn joined(&self, between: &str, digest: &str) -> String {
        [&self.app_id, &self.timestamp, &self.nonce, digest].join(between)
    }

    fn digest(&self) -> String {
        hex(&sha256(&self.signed))
    }

    fn hmac(&self, message: impl AsRef<[u8]>) -> String {
        base64(&hmac_sha256(self.app_key.as_bytes(), message.as_ref()))
    }
}

impl Products {
    pub(super) fn of(inputs: &Inputs) -> Self {
        let digest = inputs.digest();
        let string_to_sign = inputs.joined("", &digest);
        let hmac = hmac_sha256(inputs.app_key.as_bytes(), string_to_sign.as_bytes());
        let signature = base64(&hmac);
        Self {
            digest,
            string_to_sign,
            hmac,
            signature,
        }
    }

    /// What is made of the digest.
    pub(super) fn describe(&self) -> [(&'static str, Json); 3] {
        [
            ("string_to_sign", self.string_to_sign.as_str().into()),
            ("hmac", hex(&self.hmac).as_str().into()),
            ("signature", self.signature.as_str().into()),
        ]
    }
}

type Mistake = fn(&Inputs) -> String;

/// Ways to sign that are not the rule, most of them seen in the wild; what each gives in place of
/// the signature.
const MISTAKES: &[(&str, Mistake)] = &[
    ("appkey_decoded_as_hex", |i| {
        let key = base16ct::mixed::decode_vec(&i.app_key).unwrap_or_default();
        base64(&hmac_sha256(&key, i.joined("", &i.digest()).as_bytes()))
    }),
    ("base64_of_hex", |i| {
        let hmac = hmac_sha256(i.app_key.as_bytes(), i.joined("", &i.digest()).as_bytes());
        base64(hex(&hmac).as_bytes())
    }),
    ("body_in_place_of_digest", |i| {
        i.hmac([i.joined("", "").as_bytes(), &i.signed].concat())
    }),
    ("digest_as_base64", |i| {
        i.hmac(i.joined("", &base64(&sha256(&i.signed))))
    }),
    ("digest_bytes", |i| {
        i.hmac([i.joined("", "").as_bytes(), &sha256(&i.signed)].concat())
    }),
    ("digest_of_digest", |i| {
        i.hmac(i.joined("", &hex(&sha256(i.digest().as_bytes()))))
    }),
    ("digest_omitted", |i| i.hmac(i.joined("", ""))),
    ("digest_upper_case", |i| {
        i.hmac(i.joined("", &i.digest().to_ascii_uppercase()))
    }),
    ("digest_with_sha1", |i| {
        i.hmac(i.joined("", &hex(&sha1(&i.signed))))
    }),
    ("hmac_arguments_swapped", |i| {
        base64(&hmac_sha256(
            i.joined("", &i.digest()).as_bytes(),
            i.app_key.as_bytes(),
        ))
    }),
    ("hmac_with_sha1", |i| {
        base64(&hmac_sha1(
            i.app_key.as_bytes(),
            i.joined("", &i.digest()).as_bytes(),
        ))
    }),
    ("key_appended_and_hashed", |i| {
        base64(&sha256((i.joined("", &i.digest()) + &i.app_key).as_bytes()))
    }),
    ("method_and_path_included", |i| {
        i.hmac(format!(
            "POST/v6/poslink/transaction/voidpayment{}",
            i.joined("", &i.digest())
        ))
    }),
    ("non_canonical_base64", |i| {
        // The 43rd character carries four bits of the signature and two that stand for nothing.
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let signature = Products::of(i).signature;
        let (head, last) = signature.split_at(42);
        let value = ALPHABET.find(|c| last.starts_with(c)).unwrap_or_default();
        let next = ALPHABET.chars().nth(value | 3).unwrap_or('A');
        format!("{head}{next}=")
    }),
    ("nonce_before_timestamp", |i| {
        i.hmac(
            [&i.app_id, &i.nonce, &i.timestamp, &i.digest()]
                .map(String::as_str)
                .concat(),
        )
    }),
    ("no_signature", |_| String::new()),
    ("parts_joined_with_ampersand", |i| {
        i.hmac(i.joined("&", &i.digest()))
    }),
    ("parts_joined_with_comma", |i| {
        i.hmac(i.joined(",", &i.digest()))
    }),
    ("parts_joined_with_line_feed", |i| {
        i.hmac(i.joined("\n", &i.digest()))
    }),
    ("plain_hash", |i| {
        base64(&sha256(i.joined("", &i.digest()).as_bytes()))
    }),
    ("signature_as_hex", |i| hex(&Products::of(i).hmac)),
    ("signature_percent_encoded", |i| {
        super::form::encode(&Products::of(i).signature)
    }),
    ("signature_unpadded", |i| {
        Products::of(i).signature.replace('=', "")
    }),
    ("signature_upper_case", |i| {
        Products::of(i).signature.to_ascii_uppercase()
    }),
    ("signature_url_safe", |i| {
        Products::of(i)
            .signature
            .replace('+', "-")
            .replace('/', "_")
    }),
    ("signature_with_a_bit_changed", |i| {
        let mut hmac = Products::of(i).hmac;
        if let Some(last) = hmac.last_mut() {
            *last ^= 1;
        }
        base64(&hmac)
    }),
    ("signature_with_line_feed", |i| {
        Products::of(i).signature + "\n"
    }),
    ("signature_of_31_bytes", |i| {
        let hmac = Products::of(i).hmac;
        base64(hmac.get(..31).unwrap_or_default())
    }),
];
