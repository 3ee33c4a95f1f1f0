//! OPEN-FORM-PARAM: a signed query string, for calls that a browser makes by being redirected.
//!
//! The scheme of netpay's cashier pages. POS通 does not use it.
//!
//! 1. digest = SHA-256 of the content (JSON text, UTF-8, *before* it is encoded for the URL), as
//!    lower-case hexadecimal;
//! 2. string to sign and signature as in [`open_body_sig`](crate::open_body_sig);
//! 3. query = `authorization=OPEN-FORM-PARAM&appId=…&timestamp=…&nonce=…&content=…&signature=…`,
//!    each value encoded as `java.net.URLEncoder` does it: a space is `+`.
//!
//! No complete official vector is published; the steps are those of official sample code and of
//! several community clients. That `%20` for a space is refused by the gateway was measured once,
//! by a third party.
//!
//! The answer to such a call is a redirect (302) to a cashier page; it is for the browser to
//! follow, not for a client.
//!
//! ```
//! use ums_auth::{AppId, AppKey, Nonce, Timestamp};
//! use ums_auth::open_form_param::{Query, Signer};
//!
//! let app_id = AppId::new("12345678901234567890123456789012")?;
//! let app_key = AppKey::new("67890123456789012345678901234567")?;
//! let signer = Signer::new(app_id, &app_key);
//!
//! let timestamp = Timestamp::parse("20170101120000")?;
//! let nonce = Nonce::new("09876543210987654321098765432109")?;
//! let query = signer.sign(r#"{"a":"x y"}"#, timestamp, &nonce);
//! assert!(query.encoded().contains("&content=%7B%22a%22%3A%22x+y%22%7D&"));
//!
//! let received = Query::parse(&query.encoded())?;
//! signer.verify(&received)?;
//! assert_eq!(received.content(), r#"{"a":"x y"}"#);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

use alloc::string::{String, ToString};
use core::fmt;

use crate::form::{self, FormProblem, InvalidForm};
use crate::refused::Refused;
use crate::secret::app_key::AppKey;
use crate::secret::prepared_key::PreparedKey;
use crate::value::app_id::AppId;
use crate::value::body_digest::BodyDigest;
use crate::value::nonce::Nonce;
use crate::value::signature::Signature;
use crate::value::string_to_sign::StringToSign;
use crate::value::timestamp::Timestamp;

/// The name of the scheme, which is the value of `authorization`.
pub const SCHEME: &str = "OPEN-FORM-PARAM";

/// Signs query strings, and verifies them.
///
/// Holds the key schedule of HMAC, computed once and in one place, and no key; a clone shares it.
/// It is wiped with the last clone and `Debug` does not show it.
#[derive(Clone)]
pub struct Signer {
    app_id: AppId,
    key: PreparedKey,
}

impl Signer {
    /// Prepares to sign with these credentials.
    pub fn new(app_id: AppId, app_key: &AppKey) -> Self {
        Self {
            app_id,
            key: PreparedKey::new(app_key.expose_secret().as_bytes()),
        }
    }

    /// In whose name this signs.
    pub fn app_id(&self) -> &AppId {
        &self.app_id
    }

    /// Signs a content: JSON text, not encoded in any way.
    pub fn sign(&self, content: impl Into<String>, timestamp: Timestamp, nonce: &Nonce) -> Query {
        let content = content.into();
        let digest = BodyDigest::of(content.as_bytes());
        let text = StringToSign::new(&self.app_id, timestamp, nonce, &digest);
        Query {
            app_id: self.app_id,
            timestamp,
            nonce: *nonce,
            content,
            signature: self.key.sign(text.as_bytes()),
        }
    }

    /// Whether the content was signed by a holder of this key in the name of this AppId. The
    /// signatures are compared in constant time. That the timestamp is recent and the nonce new is
    /// for the caller to see to.
    ///
    /// # Errors
    /// [`Refused::AppId`] when it is signed for another AppId, [`Refused::Signature`] when the
    /// signature is not that of the content.
    pub fn verify(&self, query: &Query) -> Result<(), Refused> {
        if query.app_id != self.app_id {
            return Err(Refused::AppId);
        }
        let text = query.string_to_sign();
        if self.key.verify(text.as_bytes(), &query.signature) {
            Ok(())
        } else {
            Err(Refused::Signature)
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

/// A signed query, in parts.
///
/// Made by [`Signer::sign`] or read by [`parse`](Self::parse); reading one says nothing about
/// whether the signature is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    app_id: AppId,
    timestamp: Timestamp,
    nonce: Nonce,
    content: String,
    signature: Signature,
}

impl Query {
    /// Reads a query string, without the `?`, and decodes each value once.
    ///
    /// The parameters may stand in any order, as nothing that reads a query string gives them one.
    /// `%20` is read as a space too.
    ///
    /// # Errors
    /// When one of the six is missing, there twice or not allowed, when there is another, when
    /// `authorization` is another scheme, or when the encoding is broken or not of UTF-8.
    pub fn parse(query: &str) -> Result<Self, InvalidForm> {
        let pairs = form::decode_pairs(query.as_bytes())?;
        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let ([scheme, app_id, timestamp, nonce, content, signature], []) =
            form::pick(pairs, NAMES, [])?;
        if scheme != SCHEME {
            return Err(InvalidForm::new(FormProblem::Scheme(SCHEME)));
        }
        Ok(Self {
            app_id: form::value(AppId::new(app_id))?,
            timestamp: form::value(Timestamp::parse(timestamp))?,
            nonce: form::value(Nonce::new(nonce))?,
            content: content.into(),
            signature: form::value(Signature::parse(signature))?,
        })
    }

    /// In whose name the query is signed.
    pub fn app_id(&self) -> &AppId {
        &self.app_id
    }

    /// When it was signed.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The nonce it was signed with.
    pub fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// The content, not encoded.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// The signature.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The text that is signed.
    pub fn string_to_sign(&self) -> StringToSign {
        let digest = BodyDigest::of(self.content.as_bytes());
        StringToSign::new(&self.app_id, self.timestamp, &self.nonce, &digest)
    }

    /// The query string, without the `?`.
    pub fn encoded(&self) -> String {
        let signature = self.signature.to_string();
        let values = [
            SCHEME,
            self.app_id.as_str(),
            self.timestamp.as_str(),
            self.nonce.as_str(),
            &self.content,
            &signature,
        ];
        let mut query = String::new();
        for (name, value) in NAMES.iter().zip(values) {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(name);
            query.push('=');
            form::encode_into(value, &mut query);
        }
        query
    }
}

/// The query string, without the `?`: [`Query::encoded`].
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.encoded())
    }
}

const NAMES: [&str; 6] = [
    "authorization",
    "appId",
    "timestamp",
    "nonce",
    "content",
    "signature",
];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    const CONTENT: &str = r#"{"merOrderId":"31940001","a":"x y+z%/="}"#;

    fn signer() -> Signer {
        Signer::new(
            AppId::new("12345678901234567890123456789012").unwrap(),
            &AppKey::new("67890123456789012345678901234567").unwrap(),
        )
    }

    fn sign(content: &str) -> Query {
        signer().sign(
            content,
            Timestamp::parse("20170101120000").unwrap(),
            &Nonce::new("09876543210987654321098765432109").unwrap(),
        )
    }

    #[test]
    fn computed_stages_stay_what_they_were() {
        let query = sign(CONTENT);
        assert_eq!(query.content(), CONTENT);
        assert!(
            query
                .string_to_sign()
                .as_str()
                .ends_with("6d5654c8c0741f82deca92b5e5c3202310ec550916a90f92f3945a88ae2aa8fd")
        );
        assert_eq!(
            query.signature().to_string(),
            "hdzWYr43ZWuPnjrySknuE2XYy47OiusBXEwFLY67974="
        );
        insta::assert_snapshot!(
            query.encoded(),
            @"authorization=OPEN-FORM-PARAM&appId=12345678901234567890123456789012&timestamp=20170101120000&nonce=09876543210987654321098765432109&content=%7B%22merOrderId%22%3A%2231940001%22%2C%22a%22%3A%22x+y%2Bz%25%2F%3D%22%7D&signature=hdzWYr43ZWuPnjrySknuE2XYy47OiusBXEwFLY67974%3D"
        );
    }

    #[test]
    fn reads_any_order_and_percent_20() {
        let query = sign(CONTENT);
        let encoded = query.encoded();
        let mut pieces: alloc::vec::Vec<_> = encoded.split('&').collect();
        pieces.reverse();
        assert_eq!(Query::parse(&pieces.join("&")).unwrap(), query);
        assert_eq!(Query::parse(&encoded.replace('+', "%20")).unwrap(), query);
    }

    #[test]
    fn refuses_other_queries() {
        let good = sign(CONTENT).encoded();
        for (name, query, code) in [
            ("empty", String::new(), "missing_parameter"),
            ("question mark", format!("?{good}"), "unknown_parameter"),
            ("scheme", good.replace(SCHEME, "OPEN-BODY-SIG"), "scheme"),
            (
                "no content",
                good.replace("content=", "contents="),
                "unknown_parameter",
            ),
            ("twice", format!("{good}&nonce=1"), "duplicate_parameter"),
            ("more", format!("{good}&x=1"), "unknown_parameter"),
            (
                "timestamp",
                good.replace("20170101120000", "2017-01-01+12:00:00"),
                "character_not_allowed",
            ),
            (
                "bare plus",
                good.replace("hdzWYr43Z", "hdzWYr43+"),
                "not_base64",
            ),
            ("escape", good.replace("%7B", "%7"), "syntax"),
            ("utf-8", good.replace("%7B", "%FF"), "not_utf8"),
        ] {
            let error = Query::parse(&query).unwrap_err();
            assert_eq!(error.code(), code, "{name}: {error}");
        }
        for missing in good.split('&') {
            let pieces: alloc::vec::Vec<_> = good.split('&').filter(|p| *p != missing).collect();
            let query = pieces.join("&");
            assert_eq!(
                Query::parse(&query).unwrap_err().code(),
                "missing_parameter"
            );
        }
    }

    #[test]
    fn verify_says_what_differs() {
        let query = sign(CONTENT);
        assert_eq!(signer().verify(&query), Ok(()));
        let other = Query {
            content: "{}".into(),
            ..query.clone()
        };
        assert_eq!(signer().verify(&other), Err(Refused::Signature));
        let other = Query {
            app_id: AppId::new("other").unwrap(),
            ..query
        };
        assert_eq!(signer().verify(&other), Err(Refused::AppId));
    }

    #[test]
    fn debug_shows_no_key() {
        let signer = Signer::new(AppId::new("app").unwrap(), &AppKey::new("MARKER").unwrap());
        assert!(!format!("{signer:?} {signer:#?}").contains("MARKER"));
    }

    proptest! {
        #[test]
        fn what_is_signed_is_read_back_and_verified(content in ".{0,100}", nonce in "[!#-&(-+\\--\\[\\]-~]{1,128}") {
            let timestamp = Timestamp::parse("20170101120000").unwrap();
            let query = signer().sign(content, timestamp, &Nonce::new(&nonce).unwrap());
            let read = Query::parse(&query.encoded()).unwrap();
            prop_assert_eq!(&read, &query);
            prop_assert_eq!(signer().verify(&read), Ok(()));
        }

        #[test]
        fn any_changed_bit_is_refused(content in "[ -~]{1,60}", at: usize, bit in 0..8_u32) {
            let query = sign(&content);
            let mut bytes = content.into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            if let Ok(content) = String::from_utf8(bytes) {
                let changed = Query { content, ..query };
                prop_assert_eq!(signer().verify(&changed), Err(Refused::Signature));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(
            text in ".{0,100}|((authorization=OPEN-FORM-PARAM|appId=a|timestamp=20170101120000|nonce=1|content=%7B|signature=)&?){0,7}"
        ) {
            let _ = Query::parse(&text);
        }
    }
}
