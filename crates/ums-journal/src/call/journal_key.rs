//! The key that a journal's hashes are made under.

use std::fmt;

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// 32 random bytes, made with the journal and kept with it. Wiped when dropped, and never printed.
///
/// A plain hash of a body whose secret fields are masked would give them back: few values are
/// possible, and each is tried in no time. Under this key it does not, to whoever has the rows
/// alone.
#[derive(Clone)]
pub struct JournalKey(Zeroizing<[u8; 32]>);

impl JournalKey {
    /// A key of these bytes, which must be random.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for the store that keeps them.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA256 of a purpose and a message, in hexadecimal. One purpose's hash is no other's.
    pub(crate) fn mac(&self, purpose: &str, message: &[u8]) -> String {
        // A key of any length is one for HMAC, so that there is no error to report.
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.as_slice()) else {
            return String::new();
        };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(message);
        hex(&mac.finalize().into_bytes())
    }
}

impl fmt::Debug for JournalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JournalKey(..)")
    }
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_not_printed_and_each_purpose_has_its_own_hash() {
        let key = JournalKey::new([7; 32]);
        assert_eq!(format!("{key:?}"), "JournalKey(..)");
        assert_eq!(key.mac("body", b"{}").len(), 64);
        assert_ne!(key.mac("body", b"{}"), key.mac("fingerprint", b"{}"));
        assert_ne!(
            key.mac("body", b"{}"),
            JournalKey::new([8; 32]).mac("body", b"{}")
        );
        assert_eq!(hex(&[0x0f, 0xa0]), "0fa0");
    }

    /// RFC 4231, test case 1, whose message is split where this one puts its purpose: no 0 byte
    /// stands there, so the vector is computed here by another way.
    #[test]
    fn it_is_hmac_sha256() {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&[7; 32]).unwrap();
        mac.update(b"body\0{}");
        let expected = hex(&mac.finalize().into_bytes());
        assert_eq!(JournalKey::new([7; 32]).mac("body", b"{}"), expected);
    }
}
