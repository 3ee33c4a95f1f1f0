//! The notifications that netpay posts to a merchant, and their signature.
//!
//! 1. Take every field received except `sign`; drop the empty ones.
//! 2. Sort by name, byte by byte; join as `name=value` with `&`, values raw,
//!    decoded exactly once.
//! 3. Append the 通讯密钥 and hash: MD5 or SHA-256, as the field `signType` says.
//! 4. The hexadecimal digits, in either case, are the field `sign`.
//!
//! The steps are official (C扫B and H5 documents), and proved by an official
//! vector. When `signType` is absent the documents contradict each other: the
//! older one means MD5, the newer one SHA-256. So the caller says which, and
//! there is no default. `signType` itself is signed like any other field.
//!
//! POS通 answers at once and sends no notifications that are known of.
//!
//! Answer [`SUCCESS`] once the notification is dealt with; anything else is
//! sent again, for 24 hours, with the same `notifyId`.
//!
//! ```
//! use ums_auth::NotifyKey;
//! use ums_auth::notify::{Fields, SignType, Signer};
//!
//! let signer = Signer::new(&NotifyKey::new("a-made-up-key")?, Some(SignType::Sha256));
//! # let unsigned = Fields::parse(b"totalAmount=1&memo=x+y&empty=&signType=SHA256")?;
//! # let sign = signer.sign(&unsigned)?;
//! # let body = format!("totalAmount=1&memo=x+y&empty=&signType=SHA256&sign={sign}");
//! // The body of the request, as it came:
//! let fields = Fields::parse(body.as_bytes())?;
//! signer.verify(&fields)?;
//! assert_eq!(fields.value("memo"), Some("x y"));
//! assert_eq!(fields.string_to_sign(), "memo=x y&signType=SHA256&totalAmount=1");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt;

use sha2::Sha256;

use crate::form_text::{self, FormProblem, InvalidForm};
use crate::invalid::excerpt;
use crate::notify_key::NotifyKey;
use crate::plain_digest;
use crate::refused::Refused;

/// The answer that ends a notification: plain text, nothing around it.
pub const SUCCESS: &str = "SUCCESS";

/// The answer that asks for the notification again.
pub const FAILED: &str = "FAILED";

/// The hash that signs a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignType {
    /// `MD5`, the meaning of no `signType` in the older document (C扫B).
    #[cfg(feature = "md5")]
    Md5,
    /// `SHA256`, the meaning of no `signType` in the newer one (H5, 2022).
    Sha256,
}

impl SignType {
    /// The value of `signType`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "md5")]
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA256",
        }
    }

    fn of(name: &str) -> Result<Self, Refused> {
        match name {
            #[cfg(feature = "md5")]
            "MD5" => Ok(Self::Md5),
            "SHA256" => Ok(Self::Sha256),
            _ => Err(Refused::SignType),
        }
    }
}

/// Verifies notifications, and signs them (for tests of a receiver).
///
/// Holds the 通讯密钥, as the hash takes it last; a clone shares it. `Debug`
/// does not show it.
#[derive(Clone)]
pub struct Signer {
    key: NotifyKey,
    when_absent: Option<SignType>,
}

impl Signer {
    /// Prepares to verify with this key. `when_absent` is what a notification
    /// without a `signType` is taken to be signed with: ask the platform which
    /// of the two documents your product follows. With `None` such a
    /// notification is refused.
    #[must_use]
    pub fn new(key: &NotifyKey, when_absent: Option<SignType>) -> Self {
        Self {
            key: key.clone(),
            when_absent,
        }
    }

    /// The value of `sign` for these fields: lower-case hexadecimal digits, 64
    /// of SHA-256 or 32 of MD5.
    ///
    /// # Errors
    /// [`Refused::SignType`] when the field `signType` is neither `SHA256` nor,
    /// with the feature `md5`, `MD5`; [`Refused::NoSignType`] when it is absent
    /// and there is no choice for that.
    pub fn sign(&self, fields: &Fields) -> Result<String, Refused> {
        let text = fields.string_to_sign();
        let parts = self.parts(&text);
        Ok(match self.sign_type(fields)? {
            #[cfg(feature = "md5")]
            SignType::Md5 => plain_digest::hex_of::<md5::Md5>(&parts),
            SignType::Sha256 => plain_digest::hex_of::<Sha256>(&parts),
        })
    }

    /// Whether these fields were signed by a holder of this key. The hashes are
    /// compared in constant time; the case of the digits does not matter.
    ///
    /// The rule has a weakness that no verifier can mend: values are not
    /// escaped, so that `a` = `1&b=2` signs like `a` = `1`, `b` = `2`. Take the
    /// fields that decide (order, amount) and hold them against your own order.
    ///
    /// # Errors
    /// [`Refused::NoSignature`] without a `sign`, [`Refused::NoSignType`] or
    /// [`Refused::SignType`] as [`sign`](Self::sign), [`Refused::Value`] when
    /// `sign` is not as many hexadecimal digits as the hash has,
    /// [`Refused::Signature`] when the hash is another.
    pub fn verify(&self, fields: &Fields) -> Result<(), Refused> {
        let sign = fields
            .value("sign")
            .filter(|sign| !sign.is_empty())
            .ok_or(Refused::NoSignature)?;
        let text = fields.string_to_sign();
        let parts = self.parts(&text);
        let same = match self.sign_type(fields)? {
            #[cfg(feature = "md5")]
            SignType::Md5 => plain_digest::is_hex_of::<md5::Md5>(&parts, sign),
            SignType::Sha256 => plain_digest::is_hex_of::<Sha256>(&parts, sign),
        };
        match same {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refused::Signature),
            Err(error) => Err(Refused::Value(error)),
        }
    }

    fn sign_type(&self, fields: &Fields) -> Result<SignType, Refused> {
        match fields.value("signType") {
            None | Some("") => self.when_absent.ok_or(Refused::NoSignType),
            Some(name) => SignType::of(name),
        }
    }

    fn parts<'a>(&'a self, text: &'a str) -> [&'a [u8]; 2] {
        [text.as_bytes(), self.key.expose().as_bytes()]
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("when_absent", &self.when_absent)
            .finish_non_exhaustive()
    }
}

/// The fields of a notification, all of them: unknown ones are signed too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads the body of a notification (`application/x-www-form-urlencoded`),
    /// or the query of a `returnUrl`, and decodes each name and value exactly
    /// once: what is encoded twice stays encoded once, as it was signed.
    ///
    /// # Errors
    /// When a name is empty or there twice, when the encoding is broken or not
    /// of UTF-8, or when the body is larger than 1 MiB.
    pub fn parse(form: &[u8]) -> Result<Self, InvalidForm> {
        Self::collect(form_text::decode(form)?)
    }

    /// Takes fields that something else has decoded. Decode no more than once.
    ///
    /// # Errors
    /// When a name is empty or there twice.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, InvalidForm>
    where
        N: Into<String>,
        V: Into<String>,
    {
        Self::collect(pairs.into_iter().map(|(n, v)| (n.into(), v.into())))
    }

    /// The value of a field; `Some("")` when it is there and empty.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All fields, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The text that is signed, without the key that is appended to it.
    #[must_use]
    pub fn string_to_sign(&self) -> String {
        let signed = self
            .iter()
            .filter(|(name, value)| *name != "sign" && !value.is_empty());
        let mut text = String::new();
        for (name, value) in signed {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(name);
            text.push('=');
            text.push_str(value);
        }
        text
    }

    fn collect(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, InvalidForm> {
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            if name.is_empty() {
                return Err(InvalidForm::new(FormProblem::Nameless));
            }
            if fields.contains_key(&name) {
                return Err(InvalidForm::new(FormProblem::Duplicate(excerpt(&name))));
            }
            fields.insert(name, value);
        }
        Ok(Self(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// The key of the official vector, published with it.
    const KEY: &str = "fcAmtnx7MwismjWNhNKdHC44mNXtnEQeJkRrhKJwyrW2ysRR";
    const TEXT: &str = r#"billDate=2017-06-26&billNo=31940000201700002&goods=[{"body":"微信二维码测试","price":"1","goodsName":"微信二维码测试","goodsId":"1","quantity":"1","goodsCategory":"TEST"}]&instMid=QRPAYDEFAULT&mid=898340149000005&msgSrc=WWW.TEST.COM&msgType=bills.getQRCode&requestTimestamp=2017-06-26 17:28:02&tid=88880001&totalAmount=1&walletOption=SINGLE"#;
    const SHA256: &str = "a9eced8dd8425d1fc4047cf94e672c69ed1073557ee831c51287341cfab0b21f";
    #[cfg(feature = "md5")]
    const MD5: &str = "57F81BAF8E3BAE1190B26D6C733038AF";

    fn signer(key: &str) -> Signer {
        Signer::new(&NotifyKey::new(key).unwrap(), Some(SignType::Sha256))
    }

    fn official(sign: &str) -> Fields {
        let pairs = TEXT.split('&').filter_map(|pair| pair.split_once('='));
        Fields::from_pairs(pairs.chain([("sign", sign)])).unwrap()
    }

    #[test]
    fn the_official_vector() {
        let fields = official(SHA256);
        assert_eq!(fields.string_to_sign(), TEXT);
        assert_eq!(signer(KEY).sign(&fields).unwrap(), SHA256);
        assert_eq!(signer(KEY).verify(&fields), Ok(()));
        assert_eq!(
            signer(KEY).verify(&official(&SHA256.to_uppercase())),
            Ok(())
        );
    }

    #[cfg(feature = "md5")]
    #[test]
    fn the_official_vector_under_md5() {
        let signer = Signer::new(&NotifyKey::new(KEY).unwrap(), Some(SignType::Md5));
        assert_eq!(signer.sign(&official("")).unwrap(), MD5.to_lowercase());
        assert_eq!(signer.verify(&official(MD5)), Ok(()));
        assert_eq!(
            signer.verify(&official(SHA256)).unwrap_err().code(),
            "wrong_length"
        );
        assert_eq!(
            self::signer(KEY).verify(&official(MD5)).unwrap_err().code(),
            "wrong_length"
        );
        assert_eq!(
            signer.verify(&official(&MD5.replace('5', "6"))),
            Err(Refused::Signature)
        );
    }

    #[test]
    fn empty_fields_are_dropped_and_sign_type_is_kept() {
        let fields = Fields::parse(b"b=2&sign=x&signType=SHA256&B=1&c=&a=%E6%B5%8B+%2525").unwrap();
        assert_eq!(fields.string_to_sign(), "B=1&a=测 %25&b=2&signType=SHA256");
        assert_eq!(fields.value("c"), Some(""));
        assert_eq!(fields.value("d"), None);
        assert_eq!(fields.iter().count(), 6);
    }

    #[test]
    fn sign_type_decides_and_an_unknown_one_is_refused() {
        let with = |sign_type: &str| {
            Fields::from_pairs([("a", "1"), ("sign", "00"), ("signType", sign_type)]).unwrap()
        };
        assert_eq!(
            signer("k").verify(&with("")).unwrap_err().code(),
            "wrong_length"
        );
        let without_choice = Signer::new(&NotifyKey::new("k").unwrap(), None);
        assert_eq!(without_choice.verify(&with("")), Err(Refused::NoSignType));
        assert_eq!(without_choice.sign(&with("SHA256")).unwrap().len(), 64);
        assert_eq!(signer("k").verify(&with("SHA1")), Err(Refused::SignType));
        assert_eq!(signer("k").verify(&with("sha256")), Err(Refused::SignType));
        assert_eq!(signer("k").sign(&with("none")), Err(Refused::SignType));
        assert_eq!(signer("k").sign(&with("SHA256")).unwrap().len(), 64);
        #[cfg(feature = "md5")]
        assert_eq!(signer("k").sign(&with("MD5")).unwrap().len(), 32);
        #[cfg(not(feature = "md5"))]
        assert_eq!(signer("k").sign(&with("MD5")), Err(Refused::SignType));
    }

    #[test]
    fn each_sign_type_is_read_by_its_name() {
        let check = |sign_type: SignType, name| {
            assert_eq!(sign_type.name(), name);
            assert_eq!(SignType::of(name), Ok(sign_type));
        };
        check(SignType::Sha256, "SHA256");
        #[cfg(feature = "md5")]
        check(SignType::Md5, "MD5");
    }

    #[test]
    fn no_signature_is_not_accepted() {
        for form in ["", "a=1", "a=1&sign=", "a=1&Sign=00"] {
            let fields = Fields::parse(form.as_bytes()).unwrap();
            assert_eq!(
                signer("k").verify(&fields),
                Err(Refused::NoSignature),
                "{form}"
            );
        }
    }

    #[test]
    fn refuses_forms_that_can_be_read_in_two_ways() {
        for (form, code) in [
            ("a=1&a=1", "duplicate_parameter"),
            ("a=1&%61=2", "duplicate_parameter"),
            ("sign=1&sign=2", "duplicate_parameter"),
            ("=1", "syntax"),
            ("a=%", "syntax"),
            ("a=1&b", "syntax"),
            ("a=%B2%E2", "not_utf8"),
        ] {
            assert_eq!(
                Fields::parse(form.as_bytes()).unwrap_err().code(),
                code,
                "{form}"
            );
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{0:?} {0:#?}", signer("MARKER"));
        assert!(!shown.contains("MARKER"), "{shown}");
    }

    proptest! {
        #[test]
        fn what_is_signed_is_verified_from_pairs_and_from_the_form(
            pairs in proptest::collection::btree_map("[a-zA-Z_]{1,8}", ".{0,20}", 0..8), key in "[!-~]{1,60}",
        ) {
            let mut pairs = pairs;
            pairs.remove("sign");
            let unsigned = Fields(pairs.clone());
            let sign = signer(&key).sign(&unsigned);
            prop_assume!(sign.is_ok());
            pairs.insert("sign".into(), sign.unwrap());
            let fields = Fields::from_pairs(pairs.clone()).unwrap();
            prop_assert_eq!(signer(&key).verify(&fields), Ok(()));

            let mut form = String::new();
            for (name, value) in &pairs {
                if !form.is_empty() {
                    form.push('&');
                }
                form_text::encode_into(name, &mut form);
                form.push('=');
                form_text::encode_into(value, &mut form);
            }
            prop_assert_eq!(Fields::parse(form.as_bytes()), Ok(fields));
        }

        #[test]
        fn any_changed_bit_is_refused(value in "[ -~]{1,30}", at: usize, bit in 0..7_u32) {
            let sign = signer("k").sign(&Fields::from_pairs([("a", value.as_str())]).unwrap()).unwrap();
            let mut bytes: Vec<u8> = value.into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let changed = String::from_utf8(bytes).unwrap();
            let fields = Fields::from_pairs([("a", changed), ("sign", sign)]).unwrap();
            prop_assert_eq!(signer("k").verify(&fields), Err(Refused::Signature));
        }

        #[test]
        fn any_bytes_are_read_or_refused(form: Vec<u8>) {
            if let Ok(fields) = Fields::parse(&form) {
                let _ = signer("k").verify(&fields);
            }
        }
    }
}
