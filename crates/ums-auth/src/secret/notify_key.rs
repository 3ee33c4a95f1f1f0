//! 通讯密钥, the secret that signs notifications.

use alloc::string::String;
use core::fmt;

use crate::invalid::{InvalidValue, ValueName};
use crate::secret::kept::Secret;

/// 通讯密钥 (communication key): the secret that signs netpay's notifications.
///
/// It is another secret than the [`AppKey`](crate::AppKey); that the two are different types keeps
/// one from being used as the other. It is text, used as it is (documented vector).
///
/// Clones share one copy in memory, which is wiped when the last of them is dropped. `Debug` shows
/// nothing of it, not even its length; there is no `Display`, no comparison and no serialization.
#[derive(Clone)]
pub struct NotifyKey(Secret);

impl NotifyKey {
    /// Takes over the key. A `String` given by value leaves no copy behind; a `&str` is copied, and
    /// the original stays the caller's to wipe.
    ///
    /// # Errors
    /// When it is empty, has white space around it, or holds anything but printable ASCII without
    /// spaces. The error says nothing of the content, and a refused `String` is wiped. No document
    /// states a length, so none is asked for.
    pub fn new(key: impl Into<String>) -> Result<Self, InvalidValue> {
        Secret::new(ValueName::NotifyKey, key.into()).map(Self)
    }

    /// The key itself, for a computation that this crate does not have. Keep it out of logs, errors
    /// and arguments; a copy of it is yours to wipe.
    pub fn expose_secret(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for NotifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotifyKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn refusals_name_the_rule_and_nothing_of_the_key() {
        for (given, code) in [
            ("", "empty"),
            (" MARKER", "surrounding_space"),
            ("MARKER\n", "surrounding_space"),
            ("\u{3000}MARKER", "surrounding_space"),
            ("MAR KER", "character_not_allowed"),
            ("MARKER\u{feff}", "character_not_allowed"),
            ("密钥MARKER", "character_not_allowed"),
            ("MARKER\0", "character_not_allowed"),
        ] {
            let error = NotifyKey::new(given).unwrap_err();
            assert_eq!(error.code(), code, "{given:?}");
            let shown = format!("{error} {error:?} {error:#?}");
            assert!(!shown.contains("MAR"), "{shown}");
        }
    }

    #[test]
    fn debug_is_the_same_for_every_key() {
        let shown = |key: &str| format!("{0:?} {0:#?}", NotifyKey::new(key).unwrap());
        assert_eq!(shown("MARKER"), "NotifyKey(..) NotifyKey(..)");
        assert_eq!(
            shown("MARKER"),
            shown("another one".replace(' ', "-").as_str())
        );
    }
}
