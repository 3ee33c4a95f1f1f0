//! The caller's own key of an operation, and whom it belongs to.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::call::text::{InvalidText, visible_ascii};

/// The caller's own name for one operation, the same on each try.
///
/// ```
/// use ums_journal::Key;
///
/// assert_eq!(Key::new("shop-17/2023-07-18/42")?.as_str(), "shop-17/2023-07-18/42");
/// assert!(Key::new("").is_err() && Key::new("with a space").is_err());
/// # Ok::<(), ums_journal::InvalidText>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// The longest key, in characters.
    pub const MAX_LENGTH: usize = 255;

    /// A key of 1 to 255 visible ASCII characters.
    ///
    /// # Errors
    ///
    /// Returns an error if it is empty, longer, or has any other character.
    pub fn new(key: impl Into<String>) -> Result<Self, InvalidText> {
        let key = key.into();
        visible_ascii("key", &key, Self::MAX_LENGTH)?;
        Ok(Self(key))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        Self::new(key).map_err(<D::Error as serde::de::Error>::custom)
    }
}

/// Whom a key belongs to: never a profile's name, and never a token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeyScope {
    /// The gateway that the operation goes to.
    pub gateway: String,
    /// The AppId that it is signed for.
    pub app_id: String,
    /// The merchant code (商户号) in whose name it is.
    pub merchant: String,
}

impl KeyScope {
    /// The keys of one merchant, at one gateway, under one AppId.
    pub fn new(
        gateway: impl Into<String>,
        app_id: impl Into<String>,
        merchant: impl Into<String>,
    ) -> Self {
        Self {
            gateway: gateway.into(),
            app_id: app_id.into(),
            merchant: merchant.into(),
        }
    }

    /// This key of theirs.
    pub fn key(&self, key: Key) -> ScopedKey {
        ScopedKey {
            scope: self.clone(),
            key,
        }
    }
}

/// A key with whom it belongs to: one row, unique in the journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScopedKey {
    /// Whom it belongs to.
    pub scope: KeyScope,
    /// The key.
    pub key: Key,
}
