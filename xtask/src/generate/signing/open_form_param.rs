//! OPEN-FORM-PARAM: the query string of a call that a browser makes, signed over the content before
//! it is encoded.

use anyhow::Result;

use super::super::facts::Documented;
use super::case::{Case, Scheme};
use super::definition::Definition;
use super::form::{encode, pairs};
use super::open_body_sig::{Inputs, Task};
use super::values::Judged;

pub(super) const SCHEME: Scheme = Scheme {
    name: "open-form-param",
    case,
};

const QUERY: &str = "authorization=OPEN-FORM-PARAM&appId={app_id}&timestamp={timestamp}&nonce={nonce}&content={content}&signature={signature}";
const NAMES: [&str; 6] = [
    "authorization",
    "appId",
    "timestamp",
    "nonce",
    "content",
    "signature",
];

/// `sign`: a signer makes exactly this query of these inputs, or refuses them. `verify`: a verifier
/// that holds these credentials accepts or refuses this query.
fn case(facts: &Documented, definition: &Definition<'_>) -> Result<Case> {
    let task = Task::read(facts, definition, QUERY)?;
    let (inputs, products) = (&task.inputs, &task.products);
    let content = String::from_utf8(inputs.signed.clone())?;
    definition.agree(&[
        ("content_digest", &products.digest),
        ("content_encoded", &encode(&content)),
        ("signature", &products.signature),
    ])?;
    let query = task
        .template
        .replace("{app_id}", &encode(&inputs.app_id))
        .replace("{timestamp}", &encode(&inputs.timestamp))
        .replace("{nonce}", &encode(&inputs.nonce))
        .replace("{content}", &encode(&content))
        .replace("{signature}", &encode(&task.signature));
    let judged = task.checked.and_then(|()| judge(&query, inputs));
    let mut values = inputs.describe();
    values.push(("content", content.as_str().into()));
    // A signer that has to refuse its inputs makes nothing of them.
    if task.action == "verify" || judged.is_ok() {
        values.push(("content_digest", products.digest.as_str().into()));
        values.extend(products.describe());
        values.push(("query", query.as_str().into()));
    }
    Ok(Case {
        action: task.action,
        judged,
        values,
    })
}

/// The content that counts is the one in the query.
fn judge(query: &str, holder: &Inputs) -> Judged {
    let pairs = pairs(query)?;
    if pairs
        .iter()
        .any(|(name, _)| !NAMES.contains(&name.as_str()))
    {
        return Err("unknown_parameter");
    }
    let value = |wanted: &str| -> Judged<&str> {
        let found = pairs.iter().find(|(name, _)| name == wanted);
        found
            .map(|(_, value)| value.as_str())
            .ok_or("missing_parameter")
    };
    if value("authorization")? != "OPEN-FORM-PARAM" {
        return Err("scheme");
    }
    let received = Inputs {
        app_id: holder.app_id.clone(),
        app_key: holder.app_key.clone(),
        timestamp: String::new(),
        nonce: String::new(),
        signed: value("content")?.as_bytes().to_vec(),
    };
    received.judge(
        value("appId")?,
        value("timestamp")?,
        value("nonce")?,
        value("signature")?,
    )
}
