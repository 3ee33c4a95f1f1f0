//! The notifications that netpay posts to a merchant, and their signature.
//!
//! 1. Take every field received except `sign`; drop the empty ones.
//! 2. Sort by name, byte by byte; join as `name=value` with `&`, values raw, decoded exactly once.
//! 3. Append the 通讯密钥 and hash: MD5 or SHA-256, as the field `signType` says.
//! 4. The hexadecimal digits, in either case, are the field `sign`.
//!
//! The steps are official (C扫B and H5 documents), and proved by an official vector. When
//! `signType` is absent the documents contradict each other: the older one means MD5, the newer one
//! SHA-256. And `signType` comes from whoever sends: believed, it would let a sender choose the
//! weaker hash. So a verifier is pinned to the one hash that is agreed with the platform, refuses a
//! notification that names another, and takes one that names none to be signed with it. `signType`
//! itself is signed like any other field.
//!
//! # What a signature does not tell
//!
//! Values are not escaped: the field `memo` with the value `x&status=PAID` is signed exactly like
//! the two fields `memo` = `x` and `status` = `PAID`. Whoever chooses a text that comes back in a
//! notification, such as a memo, could have the platform sign fields of their choice. So
//! [`Signer::verify`] refuses every notification in which a value holds `&`, then one or more
//! characters that are neither `&` nor `=`, then `=`; or in which a name holds `&` or `=`. Of all
//! the readings of one signed text exactly one has none of these. `AT&T` and `a & b` are not
//! refused.
//!
//! * A genuine notification with such a memo, or with an address such as
//!   `https://example.com/?a=1&b=2`, is refused as well ([`Refused::Ambiguous`]). It is not forged
//!   by that: query the order, and go by the answer.
//! * What remains: where the platform signed such a text, the reading in which the text is split
//!   into fields may be accepted, if their names come in order and none is there twice. A verifier
//!   cannot see that. Hold order and amount against your own order, and pass no text of a
//!   customer's with a `&` to the platform.
//! * Empty fields are not signed: anyone on the way can add or drop them.
//!
//! POS通 answers at once and sends no notifications that are known of.
//!
//! Answer [`SUCCESS`] once the notification is dealt with; anything else is sent again, for 24
//! hours, with the same `notifyId`.
//!
//! ```
//! use ums_auth::NotifyKey;
//! use ums_auth::notify::{Fields, SignType, Signer};
//!
//! let signer = Signer::new(&NotifyKey::new("a-made-up-key")?, SignType::Sha256);
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

use crate::form::{self, FormProblem, InvalidForm};
use crate::invalid::excerpt;
use crate::refused::Refused;
use crate::secret::notify_key::NotifyKey;
use crate::secret::plain_digest;

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
    pub const fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "md5")]
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA256",
        }
    }
}

/// Verifies notifications, and signs them (for tests of a receiver).
///
/// Pinned to one hash. Holds the 通讯密钥, as the hash takes it last; a clone shares it. `Debug`
/// does not show it.
#[derive(Clone)]
pub struct Signer {
    key: NotifyKey,
    sign_type: SignType,
}

impl Signer {
    /// Prepares to verify with this key and this hash alone: ask the platform which one your
    /// product is signed with.
    pub fn new(key: &NotifyKey, sign_type: SignType) -> Self {
        Self {
            key: key.clone(),
            sign_type,
        }
    }

    /// The hash this is pinned to.
    pub fn sign_type(&self) -> SignType {
        self.sign_type
    }

    /// The value of `sign` for these fields: lower-case hexadecimal digits, 64 of SHA-256 or 32 of
    /// MD5.
    ///
    /// As the platform does, this signs what [`verify`](Self::verify) refuses as ambiguous.
    ///
    /// # Errors
    /// [`Refused::SignType`] when the field `signType` names anything but the hash this is pinned
    /// to.
    pub fn sign(&self, fields: &Fields) -> Result<String, Refused> {
        self.check_sign_type(fields)?;
        let text = fields.string_to_sign();
        let parts = self.parts(&text);
        Ok(match self.sign_type {
            #[cfg(feature = "md5")]
            SignType::Md5 => plain_digest::hex_of::<md5::Md5>(&parts),
            SignType::Sha256 => plain_digest::hex_of::<Sha256>(&parts),
        })
    }

    /// Whether these fields were signed by a holder of this key, and can be read in this one way
    /// only (see the [module](self)). The hashes are compared in constant time; the case of the
    /// digits does not matter.
    ///
    /// That it is your order, and its amount, is for the caller to see to.
    ///
    /// # Errors
    /// [`Refused::NoSignature`] without a `sign`; [`Refused::SignType`] when `signType` names
    /// anything but the hash this is pinned to, whatever this build could compute;
    /// [`Refused::Value`] when `sign` is not as many hexadecimal digits as the hash has;
    /// [`Refused::Signature`] when the hash is another; [`Refused::Ambiguous`] when it is this one,
    /// but also that of other fields.
    pub fn verify(&self, fields: &Fields) -> Result<(), Refused> {
        let sign = fields
            .value("sign")
            .filter(|sign| !sign.is_empty())
            .ok_or(Refused::NoSignature)?;
        self.check_sign_type(fields)?;
        let text = fields.string_to_sign();
        let parts = self.parts(&text);
        let same = match self.sign_type {
            #[cfg(feature = "md5")]
            SignType::Md5 => plain_digest::is_hex_of::<md5::Md5>(&parts, sign),
            SignType::Sha256 => plain_digest::is_hex_of::<Sha256>(&parts, sign),
        };
        match (same, fields.ambiguous()) {
            (Ok(true), None) => Ok(()),
            (Ok(true), Some(name)) => Err(Refused::Ambiguous(excerpt(name))),
            (Ok(false), _) => Err(Refused::Signature),
            (Err(error), _) => Err(Refused::Value(error)),
        }
    }

    fn check_sign_type(&self, fields: &Fields) -> Result<(), Refused> {
        match fields.value("signType") {
            None | Some("") => Ok(()),
            Some(name) if name == self.sign_type.name() => Ok(()),
            Some(_) => Err(Refused::SignType),
        }
    }

    fn parts<'a>(&'a self, text: &'a str) -> [&'a [u8]; 2] {
        [text.as_bytes(), self.key.expose_secret().as_bytes()]
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("sign_type", &self.sign_type)
            .finish_non_exhaustive()
    }
}

/// The fields of a notification, all of them: unknown ones are signed too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads the body of a notification (`application/x-www-form-urlencoded`), or the query of a
    /// `returnUrl`, and decodes each name and value exactly once: what is encoded twice stays
    /// encoded once, as it was signed.
    ///
    /// # Errors
    /// When a name is empty or there twice, when the encoding is broken or not of UTF-8, or when
    /// the body is larger than 1 MiB.
    pub fn parse(form: &[u8]) -> Result<Self, InvalidForm> {
        Self::collect(form::decode_pairs(form)?)
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
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All fields, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first field, by name, whose name or value makes the text that is signed that of other
    /// fields too (see the [module](self)).
    pub fn ambiguous(&self) -> Option<&str> {
        self.signed()
            .find(|(name, value)| name.contains(['&', '=']) || holds_a_parameter(value))
            .map(|(name, _)| name)
    }

    /// The text that is signed, without the key that is appended to it.
    pub fn string_to_sign(&self) -> String {
        let mut text = String::new();
        for (name, value) in self.signed() {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(name);
            text.push('=');
            text.push_str(value);
        }
        text
    }

    fn signed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter()
            .filter(|(name, value)| *name != "sign" && !value.is_empty())
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

/// Whether `&`, a name and `=` stand in the value, as between two fields.
fn holds_a_parameter(value: &str) -> bool {
    let mut after_ampersands = value.split('&').skip(1);
    after_ampersands.any(|piece| piece.find('=').is_some_and(|length| length > 0))
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
        Signer::new(&NotifyKey::new(key).unwrap(), SignType::Sha256)
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
        let signer = Signer::new(&NotifyKey::new(KEY).unwrap(), SignType::Md5);
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

    /// Whatever features this was built with.
    #[test]
    fn a_verifier_takes_no_other_hash_than_its_own() {
        let with = |sign_type: &str| {
            Fields::from_pairs([("a", "1"), ("sign", "00"), ("signType", sign_type)]).unwrap()
        };
        for unsaid in [with(""), Fields::parse(b"a=1&sign=00").unwrap()] {
            assert_eq!(
                signer("k").verify(&unsaid).unwrap_err().code(),
                "wrong_length"
            );
            assert_eq!(signer("k").sign(&unsaid).unwrap().len(), 64);
        }
        assert_eq!(signer("k").sign(&with("SHA256")).unwrap().len(), 64);
        for other in ["MD5", "SHA1", "sha256", "SHA-256", "SHA256 ", "none"] {
            assert_eq!(signer("k").verify(&with(other)), Err(Refused::SignType));
            assert_eq!(signer("k").sign(&with(other)), Err(Refused::SignType));
        }
        assert_eq!(signer("k").sign_type(), SignType::Sha256);
    }

    /// The sender has an MD5 signature that is right, and says so.
    #[cfg(feature = "md5")]
    #[test]
    fn md5_is_refused_where_sha256_is_pinned_and_the_reverse() {
        let key = NotifyKey::new(KEY).unwrap();
        let [md5, sha256] = [SignType::Md5, SignType::Sha256].map(|t| Signer::new(&key, t));
        for (own, other) in [(&md5, &sha256), (&sha256, &md5)] {
            let name = own.sign_type().name();
            let unsigned = [("a", "1"), ("signType", name)];
            let sign = own.sign(&Fields::from_pairs(unsigned).unwrap()).unwrap();
            let fields = Fields::from_pairs([unsigned[0], unsigned[1], ("sign", &sign)]).unwrap();
            assert_eq!(own.verify(&fields), Ok(()), "{name}");
            assert_eq!(other.verify(&fields), Err(Refused::SignType), "{name}");
            // What is not said is taken to be the pinned one, and is then not this hash.
            let sign = own.sign(&Fields::parse(b"a=1").unwrap()).unwrap();
            let unsaid = Fields::from_pairs([("a", "1"), ("sign", &sign)]).unwrap();
            assert_eq!(own.verify(&unsaid), Ok(()), "{name}");
            assert_eq!(
                other.verify(&unsaid).unwrap_err().code(),
                "wrong_length",
                "{name}"
            );
        }
    }

    /// A customer's memo ends up as the fields that decide.
    #[test]
    fn a_field_from_inside_a_memo_is_not_believed() {
        let memo = "x&merOrderId=VICTIM&status=TRADE_SUCCESS&z=";
        let platform = Fields::from_pairs([
            ("attachedData", memo),
            ("merOrderId", "MINE"),
            ("status", "WAIT_BUYER_PAY"),
        ])
        .unwrap();
        let sign = signer(KEY).sign(&platform).unwrap();
        let with = |pairs: &[(&str, &str)]| {
            Fields::from_pairs(pairs.iter().copied().chain([("sign", sign.as_str())])).unwrap()
        };
        let forged = with(&[
            ("attachedData", "x"),
            ("merOrderId", "VICTIM"),
            ("status", "TRADE_SUCCESS"),
            ("z", "&merOrderId=MINE&status=WAIT_BUYER_PAY"),
        ]);
        assert_eq!(forged.string_to_sign(), platform.string_to_sign());
        assert_eq!(
            signer(KEY).verify(&forged),
            Err(Refused::Ambiguous("z".into()))
        );
        // The genuine one cannot be told from a forged one either.
        let genuine = with(&[
            ("attachedData", memo),
            ("merOrderId", "MINE"),
            ("status", "WAIT_BUYER_PAY"),
        ]);
        assert_eq!(
            signer(KEY).verify(&genuine),
            Err(Refused::Ambiguous("attachedData".into()))
        );
        assert_eq!(genuine.value("merOrderId"), Some("MINE"), "to query it by");
    }

    #[test]
    fn only_what_can_be_read_as_a_field_is_ambiguous() {
        for (name, value, ambiguous) in [
            ("a", "x&b=", true),
            ("a", "&b=1", true),
            ("a", "AT&T=1", true),
            ("a", "x&&b=1", true),
            ("a", "x=1&y&b=2", true),
            ("a", "x & y = z", true),
            ("a", "&备注=1", true),
            ("a", "{\"body\":\"x&b=1\"}", true),
            ("a=b", "1", true),
            ("a&b", "1", true),
            ("a", "AT&T", false),
            ("a", "a & b", false),
            ("a", "x=1", false),
            ("a", "x&=1", false),
            ("a", "x=1&", false),
            ("a", "x=1&&=", false),
            ("a", "&", false),
            ("sign", "x&b=1", false),
            ("a&b", "", false),
        ] {
            let fields = Fields::from_pairs([(name, value), ("c", "1")]).unwrap();
            assert_eq!(
                fields.ambiguous(),
                Some(name).filter(|_| ambiguous),
                "{name} {value}"
            );
        }
    }

    /// A signature that is wrong is no question of how to read it.
    #[test]
    fn an_ambiguous_text_with_a_wrong_signature_is_just_wrong() {
        let sign = "00".repeat(32);
        let fields = Fields::from_pairs([("a", "x&b=1"), ("sign", &sign)]).unwrap();
        assert_eq!(signer(KEY).verify(&fields), Err(Refused::Signature));
    }

    #[test]
    fn each_sign_type_has_its_name() {
        assert_eq!(SignType::Sha256.name(), "SHA256");
        #[cfg(feature = "md5")]
        assert_eq!(SignType::Md5.name(), "MD5");
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
            prop_assume!(unsigned.ambiguous().is_none());
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
                form::encode_into(name, &mut form);
                form.push('=');
                form::encode_into(value, &mut form);
            }
            prop_assert_eq!(Fields::parse(form.as_bytes()), Ok(fields));
        }

        /// Of the readings of one text at most one is not ambiguous.
        #[test]
        fn two_readings_of_one_text_are_not_both_taken(text in "[a-c]=([a-c=&]{1,12})(&[a-c]=[a-c=&]{1,6}){0,2}") {
            let pieces: Vec<&str> = text.split('&').collect();
            let mut taken = Vec::new();
            // Each way to cut the text at some of its ampersands, and each piece at some `=`.
            for cuts in 0..1_u32 << (pieces.len() - 1).min(10) {
                let mut fields = Vec::new();
                for (place, piece) in pieces.iter().enumerate() {
                    match fields.last_mut() {
                        Some(last) if place > 0 && cuts >> (place - 1) & 1 == 0 => {
                            *last = format!("{last}&{piece}");
                        }
                        _ => fields.push(String::from(*piece)),
                    }
                }
                let pairs: Option<Vec<_>> = fields.iter().map(|field| field.split_once('=')).collect();
                let Some(Ok(read)) = pairs.map(Fields::from_pairs) else { continue };
                if read.string_to_sign() == text && read.ambiguous().is_none() {
                    taken.push(read);
                }
            }
            prop_assert!(taken.len() <= 1, "{taken:?}");
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
