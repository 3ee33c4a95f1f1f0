//! OPEN-ACCESS-TOKEN: the signature of a request for a token, and the header that carries the
//! token.

use anyhow::Result;
use serde::Deserialize;

use super::super::facts::Documented;
use super::super::json::Json;
use super::case::{Case, Scheme};
use super::compute::{base64, hex, hmac_sha256, sha1, sha256};
use super::definition::Definition;
use super::values::Judged;
use super::{authorization, values};

pub(super) const SCHEME: Scheme = Scheme {
    name: "open-access-token",
    case,
};

/// `sign`: of these credentials comes exactly this token request. `verify`: the token server, which
/// holds the credentials, accepts or refuses this signature. `header`: of this token comes exactly
/// this header, in one of three spellings. `read`: this header is read as this token, or refused.
fn case(_: &Documented, definition: &Definition<'_>) -> Result<Case> {
    let row: Row = definition.inputs()?;
    let actions = ["sign", "verify", "header", "read"].map(|word| (word, word));
    let action = definition.word("action", row.action.as_deref(), &actions)?;
    match action.unwrap_or("sign") {
        action @ ("sign" | "verify") => token_request(action, definition, row),
        action => header(action, definition, row),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    action: Option<String>,
    app_id: Option<String>,
    app_key: String,
    timestamp: String,
    nonce: String,
    sign_method: Option<String>,
    mistake: Option<String>,
    access_token: Option<String>,
    spelling: Option<String>,
    #[serde(default)]
    header: String,
}

struct Inputs {
    app_id: String,
    app_key: String,
    timestamp: String,
    nonce: String,
    /// What `signMethod` says; the old form of the request does not have it.
    sign_method: Option<&'static str>,
}

impl Inputs {
    fn check(&self) -> Judged {
        values::app_id(&self.app_id)?;
        values::key(&self.app_key)?;
        values::timestamp(&self.timestamp)?;
        values::nonce(&self.nonce)
    }

    fn string_to_sign(&self) -> String {
        [&self.app_id, &self.timestamp, &self.nonce, &self.app_key]
            .map(String::as_str)
            .concat()
    }

    fn hash(&self, text: &str) -> Vec<u8> {
        match self.sign_method {
            Some(_) => sha256(text.as_bytes()),
            None => sha1(text.as_bytes()),
        }
    }

    fn signature(&self) -> String {
        hex(&self.hash(&self.string_to_sign()))
    }

    /// The body of the request; nothing depends on the order of its keys.
    fn request(&self, signature: &str) -> Json {
        let mut entries = vec![
            ("appId", self.app_id.as_str().into()),
            ("timestamp", self.timestamp.as_str().into()),
            ("nonce", self.nonce.as_str().into()),
        ];
        entries.extend(self.sign_method.map(|method| ("signMethod", method.into())));
        entries.push(("signature", signature.into()));
        Json::object(entries)
    }

    fn judge(&self, signature: &str) -> Judged {
        if signature.len() != self.signature().len() {
            return Err("wrong_length");
        }
        if base16ct::mixed::decode_vec(signature).is_err() {
            return Err("not_hexadecimal");
        }
        if signature != self.signature() {
            return Err("wrong_signature");
        }
        Ok(())
    }
}

fn token_request(action: &'static str, definition: &Definition<'_>, row: Row) -> Result<Case> {
    let method = row.sign_method.as_deref();
    let inputs = Inputs {
        app_id: row.app_id.unwrap_or_default(),
        app_key: row.app_key,
        timestamp: row.timestamp,
        nonce: row.nonce,
        sign_method: definition.word("sign_method", method, &[("SHA256", "SHA256")])?,
    };
    let right: Mistake = Inputs::signature;
    definition.agree(&[("signature", &inputs.signature())])?;
    let mistake = definition.word("mistake", row.mistake.as_deref(), MISTAKES)?;
    let presented = mistake.unwrap_or(right)(&inputs);
    let judged = inputs.check().and_then(|()| inputs.judge(&presented));
    let mut values = vec![
        ("app_id", inputs.app_id.as_str().into()),
        ("app_key", inputs.app_key.as_str().into()),
        ("timestamp", inputs.timestamp.as_str().into()),
        ("nonce", inputs.nonce.as_str().into()),
        ("sign_method", inputs.sign_method.into()),
    ];
    if action == "verify" || judged.is_ok() {
        values.extend([
            ("string_to_sign", inputs.string_to_sign().as_str().into()),
            ("signature", inputs.signature().as_str().into()),
            ("request", inputs.request(&presented)),
        ]);
    }
    Ok(Case {
        action,
        judged,
        values,
    })
}

type Mistake = fn(&Inputs) -> String;

const MISTAKES: &[(&str, Mistake)] = &[
    ("hmac", |i| {
        let text = [&i.app_id, &i.timestamp, &i.nonce]
            .map(String::as_str)
            .concat();
        hex(&hmac_sha256(i.app_key.as_bytes(), text.as_bytes()))
    }),
    ("key_first", |i| {
        hex(&i.hash(
            &[&i.app_key, &i.app_id, &i.timestamp, &i.nonce]
                .map(String::as_str)
                .concat(),
        ))
    }),
    ("key_omitted", |i| {
        hex(&i.hash(
            &[&i.app_id, &i.timestamp, &i.nonce]
                .map(String::as_str)
                .concat(),
        ))
    }),
    ("other_hash", |i| match i.sign_method {
        Some(_) => hex(&sha1(i.string_to_sign().as_bytes())),
        None => hex(&sha256(i.string_to_sign().as_bytes())),
    }),
    ("nonce_before_timestamp", |i| {
        hex(&i.hash(
            &[&i.app_id, &i.nonce, &i.timestamp, &i.app_key]
                .map(String::as_str)
                .concat(),
        ))
    }),
    ("parts_joined_with_ampersand", |i| {
        hex(&i.hash(
            &[&i.app_id, &i.timestamp, &i.nonce, &i.app_key]
                .map(String::as_str)
                .join("&"),
        ))
    }),
    ("signature_as_base64", |i| {
        base64(&i.hash(&i.string_to_sign()))
    }),
    ("signature_with_letters_outside_hexadecimal", |i| {
        i.signature().replace('a', "g")
    }),
];

/// The three spellings of the header that are in use; no official text was seen in the original.
const SPELLINGS: &[(&str, &str)] = &[
    ("unquoted", "OPEN-ACCESS-TOKEN AccessToken={access_token}"),
    (
        "quoted_with_app_id",
        r#"OPEN-ACCESS-TOKEN AccessToken="{access_token}", AppId="{app_id}""#,
    ),
    (
        "mixed_case",
        r#"Open-Access-Token accessToken="{access_token}""#,
    ),
];

fn header(action: &'static str, definition: &Definition<'_>, row: Row) -> Result<Case> {
    let Row {
        access_token,
        app_id,
        spelling,
        ..
    } = row;
    let (header, judged) = if action == "header" {
        let token = access_token.as_deref().unwrap_or_default();
        let id = app_id.as_deref().unwrap_or_default();
        let template = definition.word("spelling", spelling.as_deref(), SPELLINGS)?;
        let header = template
            .unwrap_or_default()
            .replace("{access_token}", token)
            .replace("{app_id}", id);
        let checked = match app_id {
            Some(_) => values::access_token(token).and_then(|()| values::app_id(id)),
            None => values::access_token(token),
        };
        (header, checked)
    } else {
        (row.header, Ok(()))
    };
    let judged = match judged.and_then(|()| read(&header)) {
        Ok((token, _)) if Some(token) != access_token.as_deref() => {
            let reason = format_args!("the header is read as the token {token:?}");
            return Err(definition.error("", reason));
        }
        read => read.map(|_| ()),
    };
    let mut values = vec![
        ("app_id", app_id.as_deref().into()),
        ("access_token", access_token.as_deref().into()),
        ("spelling", spelling.as_deref().into()),
    ];
    if action == "read" || judged.is_ok() {
        values.push(("authorization", header.as_str().into()));
    }
    Ok(Case {
        action,
        judged,
        values,
    })
}

/// The token of a header in any of the three spellings, and the AppId where there is one.
fn read(header: &str) -> Judged<(&str, Option<&str>)> {
    if header.len() > 2048 {
        return Err("header_too_long");
    }
    let (token, app_id) = if header.starts_with("Open-Access-Token") {
        (
            authorization::read(header, "Open-Access-Token", &["accessToken"])?[0],
            None,
        )
    } else if let Some(token) = header
        .strip_prefix("OPEN-ACCESS-TOKEN AccessToken=")
        .filter(|rest| !rest.starts_with('"'))
    {
        (token, None)
    } else {
        let read = authorization::read(header, "OPEN-ACCESS-TOKEN", &["AccessToken", "AppId"])?;
        (read[0], Some(read[1]))
    };
    values::access_token(token)?;
    if let Some(app_id) = app_id {
        values::app_id(app_id)?;
    }
    Ok((token, app_id))
}
