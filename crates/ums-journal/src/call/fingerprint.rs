//! Whether two calls with one key ask for the same.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::call::canonical::{NotCanonical, canonical_v1};
use crate::call::journal_key::JournalKey;

/// What a caller wrote, before defaults: a hash under the journal's key, with the version of the
/// rule that it is made by, as `1:…`.
///
/// ```
/// use ums_journal::{Fingerprint, JournalKey};
///
/// let key = JournalKey::new([7; 32]); // made up; a journal's own is random
/// let one = Fingerprint::new(&key, "pay", r#"{"transactionAmount":1,"payCode":"28"}"#)?;
/// let same = Fingerprint::new(&key, "pay", r#"{"payCode":"28","transactionAmount":"1","storeId":""}"#)?;
/// let other = Fingerprint::new(&key, "pay", r#"{"transactionAmount":2,"payCode":"28"}"#)?;
/// assert_eq!(one, same);
/// assert_ne!(one, other);
/// # Ok::<(), ums_journal::NotCanonical>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The version of the rule that new ones are made by.
    pub const VERSION: u32 = 1;

    /// Of an operation and the body that the caller wrote.
    ///
    /// # Errors
    ///
    /// Returns an error if the body is no JSON object, or has a value that may be read as two.
    pub fn new(key: &JournalKey, operation: &str, body: &str) -> Result<Self, NotCanonical> {
        Self::by_version(key, Self::VERSION, operation, body)
    }

    /// The same by the rule of an older version, to be compared with one that was kept.
    ///
    /// # Errors
    ///
    /// Returns an error as [`new`](Self::new) does, and if the version is not known: a newer
    /// program has made it.
    pub fn by_version(
        key: &JournalKey,
        version: u32,
        operation: &str,
        body: &str,
    ) -> Result<Self, NotCanonical> {
        let canonical = match version {
            1 => canonical_v1(operation, body)?,
            _ => return Err(NotCanonical::of_version()),
        };
        let mac = key.mac("fingerprint", &canonical);
        Ok(Self(format!("{version}:{mac}")))
    }

    /// The version of the rule that it is made by.
    pub fn version(&self) -> u32 {
        let version = self.0.split(':').next().map(str::parse);
        version.and_then(Result::ok).unwrap_or_default()
    }

    /// The fingerprint as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({})", self.0)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (version, mac) = text.split_once(':').unwrap_or_default();
        if version.parse::<u32>().is_err() || mac.len() != 64 {
            return Err(serde::de::Error::custom("it is no fingerprint"));
        }
        Ok(Self(text))
    }
}

/// The fingerprints of one request by every version of the rule, so that it is compared with one of
/// any age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprints(Vec<Fingerprint>);

impl Fingerprints {
    /// Of an operation and the body that the caller wrote.
    ///
    /// # Errors
    ///
    /// Returns an error as [`Fingerprint::new`] does.
    pub fn new(key: &JournalKey, operation: &str, body: &str) -> Result<Self, NotCanonical> {
        let versions = (1..=Fingerprint::VERSION).rev();
        let all = versions.map(|version| Fingerprint::by_version(key, version, operation, body));
        all.collect::<Result<_, _>>().map(Self)
    }

    /// The same, and those under the key of another journal, whose calls may be in this one.
    ///
    /// # Errors
    ///
    /// Returns an error as [`Fingerprint::new`] does.
    pub fn and_under(
        mut self,
        key: &JournalKey,
        operation: &str,
        body: &str,
    ) -> Result<Self, NotCanonical> {
        self.0.extend(Self::new(key, operation, body)?.0);
        Ok(self)
    }

    /// The one that a new call is kept with. `None` never comes: there is one at least.
    pub fn newest(&self) -> Option<&Fingerprint> {
        self.0.first()
    }

    /// Whether a call that was kept with this one asked for the same. Of a version that this
    /// program does not know, it did not.
    pub fn match_kept(&self, kept: &Fingerprint) -> bool {
        self.0.contains(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Never change a line: calls that were kept are compared with these.
    const FROZEN: &[(u32, &str, &str, &str)] = &[
        (
            1,
            "void_payment",
            r#"{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"20230718110248029165883554"}"#,
            "1:84737cc3f5ecb1a4b2c4015a5b549aa8617ab1348ddc5f4175f8f257c16b5639",
        ),
        (
            1,
            "pay",
            r#"{"merchantCode":"1","transactionAmount":"4160","payCode":"280000000000000001","goods":[{"goodsName":"茶"}]}"#,
            "1:20fe1c04437f88b211cf571d9ed393b2b8767105b4a452217cad4812257b5e0c",
        ),
        (
            1,
            "api",
            r#"{"n":1.50,"b":true,"o":{"k":"é"}}"#,
            "1:410294c11894c633fa0f4f26af038761997f8fec3c6492c6b03eeabb1b27b4c8",
        ),
    ];

    #[test]
    fn kept_fingerprints_stay_what_they_were() {
        let key = JournalKey::new([7; 32]);
        for (version, operation, body, expected) in FROZEN {
            let made = Fingerprint::by_version(&key, *version, operation, body).unwrap();
            assert_eq!(made.as_str(), *expected, "{body}");
            assert_eq!(made.version(), *version);
            let all = Fingerprints::new(&key, operation, body).unwrap();
            assert!(all.match_kept(&made));
        }
    }

    #[test]
    fn a_call_from_another_journal_is_known_by_that_journals_key() {
        let (own, other) = (JournalKey::new([7; 32]), JournalKey::new([8; 32]));
        let kept = Fingerprint::new(&other, "pay", "{}").unwrap();
        let prints = Fingerprints::new(&own, "pay", "{}").unwrap();
        assert!(!prints.match_kept(&kept));
        let newest = prints.newest().cloned();
        let prints = prints.and_under(&other, "pay", "{}").unwrap();
        assert!(prints.match_kept(&kept));
        assert_eq!(
            prints.newest().cloned(),
            newest,
            "new calls are under its own"
        );
        assert!(!prints.match_kept(&Fingerprint::new(&other, "refund", "{}").unwrap()));
    }

    #[test]
    fn a_version_that_is_not_known_matches_nothing() {
        let key = JournalKey::new([7; 32]);
        assert!(Fingerprint::by_version(&key, 2, "pay", "{}").is_err());
        let newer: Fingerprint =
            serde_json::from_str(&format!("\"2:{}\"", "0".repeat(64))).unwrap();
        assert!(
            !Fingerprints::new(&key, "pay", "{}")
                .unwrap()
                .match_kept(&newer)
        );
        assert!(serde_json::from_str::<Fingerprint>("\"1:\"").is_err());
    }
}
