//! What a journal keeps of a body.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use ums_model::every_field;

use crate::call::journal_key::JournalKey;
use crate::masked_json::{MaskedJson, named_members};

/// A body with a mark in the place of every value that nobody may read: what is data about a
/// person, a card or a secret by the description of its field, and every field that no description
/// names. Its hash, under the journal's key, is that of the body as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredBody {
    /// The body with its marks. `None` of one that is no JSON object, of which only the hash is
    /// kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked: Option<MaskedJson>,
    /// The hash of the body as it was sent.
    pub hash: String,
}

impl StoredBody {
    /// What is kept of a body.
    ///
    /// ```
    /// use ums_journal::{JournalKey, StoredBody};
    ///
    /// let key = JournalKey::new([7; 32]); // made up
    /// let body = br#"{"merchantOrderId":"M1","payCode":"280000000000000001","shoeSize":42}"#;
    /// let kept = StoredBody::new(&key, body);
    /// assert_eq!(
    ///     kept.marked.as_ref().map(|marked| marked.get()),
    ///     Some(r#"{"merchantOrderId":"M1","payCode":"******","shoeSize":"******"}"#),
    /// );
    /// assert!(kept.is_of(&key, body));
    /// ```
    pub fn new(key: &JournalKey, body: &[u8]) -> Self {
        let marked = std::str::from_utf8(body).ok().and_then(marked);
        Self {
            marked,
            hash: key.mac("body", body),
        }
    }

    /// Whether it is of exactly these bytes.
    pub fn is_of(&self, key: &JournalKey, body: &[u8]) -> bool {
        self.hash == key.mac("body", body)
    }

    /// Whether a value of it is marked, so that the request cannot be sent as it is kept.
    pub fn has_marks(&self) -> bool {
        let text = self.marked.as_ref().map(MaskedJson::get);
        text.is_none_or(|text| text.contains(MARK))
    }
}

const MARK: &str = "\"******\"";

/// Every name that a description has.
static NAMES: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| every_field().map(|field| field.name).collect());

fn marked(body: &str) -> Option<MaskedJson> {
    let members = named_members(body)?;
    let kept = members.into_iter().map(|(name, raw): (String, &RawValue)| {
        let value = match raw.get() {
            raw if NAMES.contains(name.as_str()) => raw,
            // That there is nothing may be seen.
            nothing @ ("null" | "\"\"") => nothing,
            _ => MARK,
        };
        format!("{}:{value}", serde_json::Value::from(name))
    });
    let kept = kept.collect::<Vec<_>>().join(",");
    MaskedJson::object(&format!("{{{kept}}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(body: &str) -> Option<String> {
        let kept = StoredBody::new(&JournalKey::new([7; 32]), body.as_bytes());
        kept.marked.map(|marked| marked.get().to_owned())
    }

    #[test]
    fn only_what_a_description_shows_is_kept() {
        let body =
            r#"{"originalOrderId":"U1","certNo":"4405","x":{"y":[1]},"z":null,"payCode":""}"#;
        let expected =
            r#"{"originalOrderId":"U1","certNo":"******","x":"******","z":null,"payCode":""}"#;
        assert_eq!(kept(body).as_deref(), Some(expected));
        assert_eq!(kept("<html>"), None);
        assert_eq!(kept("[1]"), None);
    }

    #[test]
    fn a_body_without_secrets_is_kept_as_it_was_sent() {
        let key = JournalKey::new([7; 32]);
        let body =
            r#"{"merchantCode":"103290070111417","originalOrderId":"20230718110248029165883554"}"#;
        let stored = StoredBody::new(&key, body.as_bytes());
        assert_eq!(stored.marked.as_ref().map(MaskedJson::get), Some(body));
        assert!(!stored.has_marks());
        assert!(stored.is_of(&key, body.as_bytes()));
        assert!(!stored.is_of(&key, b"{}"));
        assert!(StoredBody::new(&key, br#"{"payCode":"28"}"#).has_marks());
    }

    #[test]
    fn every_field_that_hides_its_value_is_marked() {
        for field in every_field().filter(|field| field.sensitivity.is_hidden()) {
            let body = format!("{{\"{}\":\"made-up-value\"}}", field.name);
            let kept = kept(&body).unwrap();
            assert!(!kept.contains("made-up"), "{}", field.name);
        }
    }
}
