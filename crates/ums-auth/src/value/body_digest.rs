//! SHA-256 of the bytes that are signed.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::invalid::{InvalidValue, ValueName, ValueRule};
use crate::text::hex;

/// SHA-256 of a request body (or of a form's content): what is signed in its place.
///
/// It is taken over exactly the bytes that are sent. Written as 64 lower-case hexadecimal digits
/// (documented vector). Nothing official covers a body of no bytes; its digest is taken to be
/// SHA-256 of no bytes (inferred).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BodyDigest([u8; 32]);

impl BodyDigest {
    /// The digest of a body in memory.
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }

    /// Begins the digest of a body that comes piece by piece.
    pub fn hasher() -> BodyHasher {
        BodyHasher(Sha256::new())
    }

    /// A digest computed elsewhere.
    pub fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// A digest computed elsewhere, as 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// When it is anything else. Upper case is refused too, since that is not the text UMS signs.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let refuse = |rule| InvalidValue::with_given(ValueName::BodyDigest, rule, text);
        if text.len() != 64 {
            return Err(refuse(ValueRule::Length {
                exactly: 64,
                length: text.len(),
            }));
        }
        let mut digest = [0; 32];
        match hex::decode(text, &mut digest) {
            Some(()) if !text.bytes().any(|b| b.is_ascii_uppercase()) => Ok(Self(digest)),
            _ => Err(refuse(ValueRule::Hexadecimal)),
        }
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn hex(&self) -> [u8; 64] {
        hex::encode(&self.0)
    }
}

impl fmt::Debug for BodyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BodyDigest({self})")
    }
}

/// The 64 hexadecimal digits that go into the string to sign.
impl fmt::Display for BodyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.hex();
        f.pad(core::str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

/// The digest of a body that is not all in memory.
///
/// Give it each piece in order, then [`finish`](Self::finish). The result is that of
/// [`BodyDigest::of`] over all pieces together.
#[derive(Clone)]
pub struct BodyHasher(Sha256);

impl BodyHasher {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces.
    pub fn finish(self) -> BodyDigest {
        BodyDigest(self.0.finalize().into())
    }
}

impl fmt::Debug for BodyHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyHasher(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn digests_of_official_numbers() {
        // The official vector's body, and the official sandbox demo's (UTF-8).
        for (body, digest) in [
            (
                "A",
                "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd",
            ),
            (
                r#"{"merchantCode":"123456789900081","terminalCode":"00810001","merchantOrderId":"20123333644493200","transactionAmount":"1","merchantRemark":"测试","payMode":"CODE_SCAN","payCode":"285668667587422761","transactionCurrencyCode":"156"}"#,
                "d60bc3aedeb853e2a11c0c096baaf19954dd9b752e48dea8e919e5fb29a42a8d",
            ),
        ] {
            assert_eq!(BodyDigest::of(body.as_bytes()).to_string(), digest);
            assert_eq!(
                BodyDigest::parse(digest).unwrap(),
                BodyDigest::of(body.as_bytes())
            );
        }
    }

    #[test]
    fn refuses_what_is_not_64_lower_case_digits() {
        let digest = BodyDigest::of(b"A").to_string();
        for (text, code) in [
            ("", "wrong_length"),
            (&digest[1..], "wrong_length"),
            (digest.to_uppercase().as_str(), "not_hexadecimal"),
            (digest.replace('5', "g").as_str(), "not_hexadecimal"),
        ] {
            assert_eq!(BodyDigest::parse(text).unwrap_err().code(), code, "{text}");
        }
    }

    proptest! {
        #[test]
        fn pieces_give_the_digest_of_the_whole(pieces: Vec<Vec<u8>>) {
            let mut hasher = BodyDigest::hasher();
            pieces.iter().for_each(|piece| hasher.update(piece));
            prop_assert_eq!(hasher.finish(), BodyDigest::of(&pieces.concat()));
        }
    }
}
