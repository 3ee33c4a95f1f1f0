//! The text that is signed.

use core::fmt;

use crate::text::inline_text::InlineText;
use crate::value::app_id::AppId;
use crate::value::body_digest::BodyDigest;
use crate::value::nonce::Nonce;
use crate::value::timestamp::Timestamp;

/// AppId, Timestamp, Nonce and the hexadecimal body digest, one after another with nothing between
/// them (documented vector). At most 238 bytes.
///
/// An intermediate product: useful to see where two implementations part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StringToSign(InlineText<LENGTH>);

impl StringToSign {
    /// Puts the four parts together.
    #[inline]
    pub fn new(app_id: &AppId, timestamp: Timestamp, nonce: &Nonce, digest: &BodyDigest) -> Self {
        let mut text = InlineText::new();
        text.push(app_id.as_bytes());
        text.push(timestamp.as_bytes());
        text.push(nonce.as_bytes());
        text.push(&digest.hex());
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for StringToSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

const LENGTH: usize = AppId::MAX_LENGTH + Timestamp::LENGTH + Nonce::MAX_LENGTH + 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_text_fits_and_leaves_no_room() {
        let app_id = "a".repeat(AppId::MAX_LENGTH);
        let nonce = "n".repeat(Nonce::MAX_LENGTH);
        let text = StringToSign::new(
            &AppId::new(&app_id).unwrap(),
            Timestamp::parse("20170101120000").unwrap(),
            &Nonce::new(&nonce).unwrap(),
            &BodyDigest::of(b"A"),
        );
        assert_eq!((text.as_str().len(), LENGTH), (238, 238));
        assert_eq!(text.as_bytes(), text.as_str().as_bytes());
    }
}
