//! OPEN-ACCESS-TOKEN: a token is fetched once and then stands in the header of each request in
//! place of a signature.
//!
//! 1. `POST` the fields of a [`TokenRequest`] as a JSON object to [`PATH`];
//! 2. read the fields of the reply with [`Token::from_reply`];
//! 3. put the token into the header of each request: [`Authorization`].
//!
//! A token lives one hour, at most ten live per AppId (a third party quoting the official
//! 认证流程.pdf): share it, and renew it before it expires. The caching is not done here, as that
//! takes a clock; this crate has no JSON either, so fields go in and out as pairs of text.
//!
//! Nothing of a request is signed under this scheme. Where there is a choice, take
//! [`open_body_sig`](crate::open_body_sig).
//!
//! ```
//! use ums_auth::{AppId, AppKey, Nonce, Timestamp};
//! use ums_auth::open_access_token::{Authorization, SignMethod, Signer, Spelling, Token};
//!
//! let app_id = AppId::new("12345678901234567890123456789012")?;
//! let app_key = AppKey::new("67890123456789012345678901234567")?;
//! let request = Signer::new(app_id, &app_key).sign(
//!     SignMethod::Sha256,
//!     Timestamp::parse("20170101120000")?,
//!     &Nonce::new("09876543210987654321098765432109")?,
//! );
//! let fields: Vec<_> = request.fields().collect();
//! assert_eq!(fields[3], ("signMethod", "SHA256"));
//!
//! let reply = [("errCode", "0000"), ("accessToken", "a1b2c3"), ("expiresIn", "3600")];
//! let token = Token::from_reply(reply)?;
//! let header = Authorization::new(token.access_token().clone(), Spelling::Bare).header();
//! assert_eq!(header, "OPEN-ACCESS-TOKEN AccessToken=a1b2c3");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use sha2::Sha256;

use crate::form::{self, InvalidForm};
use crate::invalid::{InvalidValue, ValueName, ValueRule, excerpt};
use crate::refused::Refused;
use crate::secret::access_token::AccessToken;
use crate::secret::app_key::AppKey;
use crate::secret::plain_digest;
use crate::text::header_text::{self, HeaderProblem, InvalidHeader};
use crate::value::app_id::AppId;
use crate::value::nonce::Nonce;
use crate::value::timestamp::Timestamp;

/// The name of the scheme, which begins the header.
pub const SCHEME: &str = "OPEN-ACCESS-TOKEN";

/// Where the token request is posted to (several community clients).
pub const PATH: &str = "/v1/token/access";

/// How a token request is signed: a hash, not an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignMethod {
    /// SHA-256, announced as `signMethod` = `SHA256`.
    Sha256,
    /// SHA-1, as it was before there was a `signMethod`: the field is absent.
    #[cfg(feature = "sha1")]
    Sha1,
}

impl SignMethod {
    /// The value of `signMethod`; `None` where the field is absent.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Sha256 => Some("SHA256"),
            #[cfg(feature = "sha1")]
            Self::Sha1 => None,
        }
    }

    fn of(name: Option<&str>) -> Result<Self, InvalidValue> {
        let refuse = |given| {
            Err(InvalidValue::with_given(
                ValueName::SignMethod,
                ValueRule::Choice,
                given,
            ))
        };
        match name {
            Some("SHA256") => Ok(Self::Sha256),
            Some(other) => refuse(other),
            #[cfg(feature = "sha1")]
            None => Ok(Self::Sha1),
            #[cfg(not(feature = "sha1"))]
            None => refuse(""),
        }
    }

    fn hex_of(self, parts: &[&[u8]]) -> String {
        match self {
            Self::Sha256 => plain_digest::hex_of::<Sha256>(parts),
            #[cfg(feature = "sha1")]
            Self::Sha1 => plain_digest::hex_of::<sha1::Sha1>(parts),
        }
    }

    fn is_hex_of(self, parts: &[&[u8]], text: &str) -> Result<bool, InvalidValue> {
        match self {
            Self::Sha256 => plain_digest::is_hex_of::<Sha256>(parts, text),
            #[cfg(feature = "sha1")]
            Self::Sha1 => plain_digest::is_hex_of::<sha1::Sha1>(parts, text),
        }
    }
}

/// Signs token requests, and verifies them.
///
/// Holds the AppKey, as the hash takes it last; a clone shares it. `Debug` does not show it.
#[derive(Clone)]
pub struct Signer {
    app_id: AppId,
    app_key: AppKey,
}

impl Signer {
    /// Prepares to sign with these credentials.
    pub fn new(app_id: AppId, app_key: &AppKey) -> Self {
        Self {
            app_id,
            app_key: app_key.clone(),
        }
    }

    /// In whose name this signs.
    pub fn app_id(&self) -> &AppId {
        &self.app_id
    }

    /// Makes a token request: the signature is the lower-case hexadecimal hash of AppId, Timestamp,
    /// Nonce and AppKey, with nothing between them.
    ///
    /// No vector for it is published; the rule is that of several community clients.
    pub fn sign(&self, method: SignMethod, timestamp: Timestamp, nonce: &Nonce) -> TokenRequest {
        TokenRequest {
            app_id: self.app_id,
            timestamp,
            nonce: *nonce,
            method,
            signature: method.hex_of(&self.parts(&timestamp, nonce)),
        }
    }

    /// Whether the request was made by a holder of this key in the name of this AppId. The
    /// signatures are compared in constant time. That the timestamp is recent and the nonce new is
    /// for the caller to see to.
    ///
    /// # Errors
    /// [`Refused::AppId`] when it is for another AppId, [`Refused::Signature`] when the signature
    /// is another.
    pub fn verify(&self, request: &TokenRequest) -> Result<(), Refused> {
        if request.app_id != self.app_id {
            return Err(Refused::AppId);
        }
        let parts = self.parts(&request.timestamp, &request.nonce);
        match request.method.is_hex_of(&parts, &request.signature) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refused::Signature),
            Err(error) => Err(Refused::Value(error)),
        }
    }

    fn parts<'a>(&'a self, timestamp: &'a Timestamp, nonce: &'a Nonce) -> [&'a [u8]; 4] {
        [
            self.app_id.as_bytes(),
            timestamp.as_bytes(),
            nonce.as_bytes(),
            self.app_key.expose_secret().as_bytes(),
        ]
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

/// A signed token request, in parts.
///
/// Made by [`Signer::sign`] or read by [`from_fields`](Self::from_fields).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    app_id: AppId,
    timestamp: Timestamp,
    nonce: Nonce,
    method: SignMethod,
    signature: String,
}

impl TokenRequest {
    /// Reads the fields of a request: `appId`, `timestamp`, `nonce`, `signature`, and `signMethod`
    /// unless it is of the old kind.
    ///
    /// # Errors
    /// When a field is missing, there twice, unknown or not allowed; without the feature `sha1`, a
    /// request of the old kind too.
    pub fn from_fields<'a>(
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, InvalidForm> {
        let ([app_id, timestamp, nonce, signature], [method]) = form::pick(
            fields,
            ["appId", "timestamp", "nonce", "signature"],
            ["signMethod"],
        )?;
        let method = form::value(SignMethod::of(method))?;
        Ok(Self {
            app_id: form::value(AppId::new(app_id))?,
            timestamp: form::value(Timestamp::parse(timestamp))?,
            nonce: form::value(Nonce::new(nonce))?,
            method,
            signature: form::value(check_signature(method, signature))?.into(),
        })
    }

    /// The fields of the JSON object to post, names as they are on the wire. No value needs
    /// escaping that a JSON writer would not give it.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        [
            ("appId", Some(self.app_id.as_str())),
            ("timestamp", Some(self.timestamp.as_str())),
            ("nonce", Some(self.nonce.as_str())),
            ("signMethod", self.method.name()),
            ("signature", Some(self.signature.as_str())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }

    /// In whose name the request is.
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

    /// How it was signed.
    pub fn sign_method(&self) -> SignMethod {
        self.method
    }

    /// The signature: lower-case hexadecimal digits, 64 of them for SHA-256 and 40 for SHA-1.
    pub fn signature(&self) -> &str {
        &self.signature
    }
}

/// The value of one field of the token server's reply.
///
/// A token is a string. Whoever reads the reply says which values are, so that a `null` never
/// becomes a token of four letters.
#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "what the readers tell apart")]
pub enum ReplyValue<'a> {
    /// A JSON string, its escapes resolved.
    Text(&'a str),
    /// A JSON number, as it was written.
    Number(&'a str),
    /// `null`, as good as absent.
    Null,
    /// `true`, `false`, an object or an array.
    Other,
}

impl<'a> From<&'a str> for ReplyValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

/// The kind only: it may be the token.
impl fmt::Debug for ReplyValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(..)",
            Self::Number(_) => "Number(..)",
            Self::Null => "Null",
            Self::Other => "Other",
        })
    }
}

/// A token, and how long it is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    access_token: AccessToken,
    expires_in: Option<Duration>,
}

impl Token {
    /// Reads the fields of the token server's reply: `errCode` (`0000` is success), `errInfo`,
    /// `accessToken`, `expiresIn` (whole seconds, as a number or a string). Other fields are left
    /// alone.
    ///
    /// # Errors
    /// Returns an error if the server refused, or if the reply holds no usable token: `errCode` and
    /// `accessToken` must be strings.
    pub fn from_reply<'a, V: Into<ReplyValue<'a>>>(
        fields: impl IntoIterator<Item = (&'a str, V)>,
    ) -> Result<Self, NoToken> {
        let [mut code, mut info, mut token, mut seconds] = [None; 4];
        for (name, value) in fields {
            let place = match name {
                "errCode" => &mut code,
                "errInfo" => &mut info,
                "accessToken" => &mut token,
                "expiresIn" => &mut seconds,
                _ => continue,
            };
            if place.replace(value.into()).is_some() {
                return Err(NoToken::Duplicate(excerpt(name)));
            }
        }
        match text("errCode", code)? {
            "0000" => {}
            code => {
                let info = text("errInfo", info).unwrap_or_default();
                return Err(NoToken::Refused {
                    err_code: excerpt(code),
                    err_info: excerpt(info),
                });
            }
        }
        let token = text("accessToken", token)?;
        Ok(Self {
            access_token: AccessToken::new(token).map_err(NoToken::Value)?,
            expires_in: seconds.and_then(whole_seconds),
        })
    }

    /// The token.
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// How long it is good for from when it was given out; `None` when the reply does not say so in
    /// whole seconds. It is a hint for when to renew the token: whether a token is good, the
    /// gateway says.
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }
}

/// Why a reply of the token server gives no token. Texts of the reply are given as at most 32
/// characters, escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoToken {
    /// A field that decides is there twice.
    Duplicate(String),
    /// This field is not there, or `null`.
    Missing(&'static str),
    /// This field is a number, an object or the like, where a string belongs.
    NotText(&'static str),
    /// The server said no: any `errCode` but `0000`.
    Refused {
        /// `errCode` of the reply.
        err_code: String,
        /// `errInfo` of the reply, for people.
        err_info: String,
    },
    /// A field whose value breaks a rule.
    Value(InvalidValue),
}

impl NoToken {
    /// A stable name for programs, in `snake_case`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Duplicate(_) => "duplicate_parameter",
            Self::Missing(_) => "missing_parameter",
            Self::NotText(_) => "not_text",
            Self::Refused { .. } => "token_refused",
            Self::Value(value) => value.code(),
        }
    }
}

impl fmt::Display for NoToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(name) => write!(f, "token reply: {name} given twice"),
            Self::Missing(name) => write!(f, "token reply: no {name}"),
            Self::NotText(name) => write!(f, "token reply: {name} is not a string"),
            Self::Refused { err_code, err_info } => {
                write!(
                    f,
                    "no token given: errCode \"{err_code}\", errInfo \"{err_info}\""
                )
            }
            Self::Value(_) => f.write_str("token reply: a value that is not allowed"),
        }
    }
}

impl core::error::Error for NoToken {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// How the header is spelt. All three are in use; the official text was not to be had, so which of
/// them the gateway prefers is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Spelling {
    /// `OPEN-ACCESS-TOKEN AccessToken=…`, as code shaped after the official samples has it.
    Bare,
    /// `Open-Access-Token accessToken="…"`, as quoted from 认证流程.pdf.
    Camel,
    /// `OPEN-ACCESS-TOKEN AccessToken="…", AppId="…"`, as in community clients.
    WithAppId(AppId),
}

/// The `Authorization` header of a request under this scheme.
///
/// Holds the token, so `Debug` shows nothing of it and there is no `Display`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    access_token: AccessToken,
    spelling: Spelling,
}

impl Authorization {
    /// A header with this token.
    pub fn new(access_token: AccessToken, spelling: Spelling) -> Self {
        Self {
            access_token,
            spelling,
        }
    }

    /// Reads a header in any of the three spellings.
    ///
    /// # Errors
    /// When the header is anything else: where, and what is wrong there. The error says nothing of
    /// the token.
    pub fn parse(header: &str) -> Result<Self, InvalidHeader> {
        let read = |(at, text): (usize, &str)| {
            AccessToken::new(text)
                .map_err(|error| InvalidHeader::new(at, HeaderProblem::Value(error)))
        };
        header_text::check_length(header)?;
        if header.starts_with(CAMEL_SCHEME) {
            let [token] = header_text::read(header, CAMEL_SCHEME, ["accessToken"])?;
            return Ok(Self::new(read(token)?, Spelling::Camel));
        }
        if let Some(token) = header
            .strip_prefix(BARE)
            .filter(|rest| !rest.starts_with('"'))
        {
            return Ok(Self::new(read((BARE.len(), token))?, Spelling::Bare));
        }
        let [token, (at, app_id)] = header_text::read(header, SCHEME, ["AccessToken", "AppId"])?;
        let app_id = AppId::new(app_id)
            .map_err(|error| InvalidHeader::new(at, HeaderProblem::Value(error)))?;
        Ok(Self::new(read(token)?, Spelling::WithAppId(app_id)))
    }

    /// The token.
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// How the header is spelt.
    pub fn spelling(&self) -> Spelling {
        self.spelling
    }

    /// The value of the `Authorization` header. It holds the token: keep it out of logs.
    pub fn header(&self) -> String {
        let token = self.access_token.expose_secret();
        match &self.spelling {
            Spelling::Bare => [BARE, token].concat(),
            Spelling::Camel => [CAMEL_SCHEME, " accessToken=\"", token, "\""].concat(),
            Spelling::WithAppId(app_id) => {
                [BARE, "\"", token, "\", AppId=\"", app_id.as_str(), "\""].concat()
            }
        }
    }

    /// The header as an [`http::HeaderValue`], marked as sensitive so that `Debug` and HPACK leave
    /// it alone.
    #[cfg(feature = "http")]
    pub fn header_value(&self) -> http::HeaderValue {
        let Ok(mut value) = http::HeaderValue::try_from(self.header()) else {
            unreachable!("each part is printable ASCII")
        };
        value.set_sensitive(true);
        value
    }
}

const BARE: &str = "OPEN-ACCESS-TOKEN AccessToken=";
const CAMEL_SCHEME: &str = "Open-Access-Token";

fn check_signature(method: SignMethod, signature: &str) -> Result<&str, InvalidValue> {
    let exactly = match method {
        SignMethod::Sha256 => 64,
        #[cfg(feature = "sha1")]
        SignMethod::Sha1 => 40,
    };
    let rule = if signature.len() != exactly {
        ValueRule::Length {
            exactly,
            length: signature.len(),
        }
    } else if !signature
        .bytes()
        .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    {
        ValueRule::Hexadecimal
    } else {
        return Ok(signature);
    };
    Err(InvalidValue::with_given(
        ValueName::Signature,
        rule,
        signature,
    ))
}

fn text<'a>(name: &'static str, value: Option<ReplyValue<'a>>) -> Result<&'a str, NoToken> {
    match value {
        Some(ReplyValue::Text(text)) => Ok(text),
        None | Some(ReplyValue::Null) => Err(NoToken::Missing(name)),
        Some(ReplyValue::Number(_) | ReplyValue::Other) => Err(NoToken::NotText(name)),
    }
}

/// What is anything else is not said: a negative number, a fraction, words.
fn whole_seconds(value: ReplyValue<'_>) -> Option<Duration> {
    let (ReplyValue::Text(text) | ReplyValue::Number(text)) = value else {
        return None;
    };
    // `parse` takes a sign too.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = digits.then(|| text.parse().ok()).flatten()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn signer() -> Signer {
        Signer::new(
            AppId::new("12345678901234567890123456789012").unwrap(),
            &AppKey::new("67890123456789012345678901234567").unwrap(),
        )
    }

    fn sign(method: SignMethod) -> TokenRequest {
        signer().sign(
            method,
            Timestamp::parse("20170101120000").unwrap(),
            &Nonce::new("09876543210987654321098765432109").unwrap(),
        )
    }

    fn methods() -> Vec<(SignMethod, &'static str)> {
        alloc::vec![
            (
                SignMethod::Sha256,
                "d373659c51c1767d0ce2674ee6367823f6cc7339c0411f7772d30765ed70a942",
            ),
            #[cfg(feature = "sha1")]
            (SignMethod::Sha1, "3657048573452d73ed938d65dae37825fe788d12"),
        ]
    }

    #[test]
    fn computed_signatures_stay_what_they_were() {
        for (method, signature) in methods() {
            let request = sign(method);
            assert_eq!(request.signature(), signature);
            assert_eq!(signer().verify(&request), Ok(()));
            assert_eq!(
                TokenRequest::from_fields(request.fields()).unwrap(),
                request
            );
        }
    }

    #[test]
    fn the_fields_are_those_of_the_wire() {
        let names = |method| {
            let request = sign(method);
            request
                .fields()
                .map(|(name, _)| name.into())
                .collect::<Vec<String>>()
        };
        assert_eq!(
            names(SignMethod::Sha256),
            ["appId", "timestamp", "nonce", "signMethod", "signature"]
        );
        #[cfg(feature = "sha1")]
        assert_eq!(
            names(SignMethod::Sha1),
            ["appId", "timestamp", "nonce", "signature"]
        );
    }

    #[test]
    fn refuses_other_requests() {
        let request = sign(SignMethod::Sha256);
        let good: Vec<_> = request.fields().collect();
        let with = |name: &str, value: &'static str| -> Vec<(&str, &str)> {
            good.iter()
                .map(|(n, v)| (*n, if *n == name { value } else { *v }))
                .collect()
        };
        let mut more = good.clone();
        more.push(("x", "1"));
        let mut twice = good.clone();
        twice.push(("nonce", "1"));
        for (fields, code) in [
            (Vec::new(), "missing_parameter"),
            (more, "unknown_parameter"),
            (twice, "duplicate_parameter"),
            (with("signMethod", "MD5"), "not_a_choice"),
            (with("signMethod", "sha256"), "not_a_choice"),
            (with("appId", ""), "empty"),
            (with("timestamp", "1483243200000"), "wrong_length"),
            (with("signature", "00"), "wrong_length"),
            (
                with(
                    "signature",
                    "D373659C51C1767D0CE2674EE6367823F6CC7339C0411F7772D30765ED70A942",
                ),
                "not_hexadecimal",
            ),
        ] {
            let error = TokenRequest::from_fields(fields).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
        }
    }

    #[test]
    fn verify_says_what_differs() {
        let request = sign(SignMethod::Sha256);
        let other = TokenRequest {
            nonce: Nonce::new("1").unwrap(),
            ..request.clone()
        };
        assert_eq!(signer().verify(&other), Err(Refused::Signature));
        let other = TokenRequest {
            app_id: AppId::new("1").unwrap(),
            ..request
        };
        assert_eq!(signer().verify(&other), Err(Refused::AppId));
    }

    #[test]
    fn a_reply_gives_a_token_or_says_why_not() {
        let good = [
            ("errCode", "0000"),
            ("accessToken", "t"),
            ("expiresIn", "3600"),
        ];
        let token = Token::from_reply(good).unwrap();
        assert_eq!(token.access_token().expose_secret(), "t");
        assert_eq!(token.expires_in(), Some(Duration::from_secs(3600)));
        assert_eq!(
            Token::from_reply(good[..2].to_vec()).unwrap().expires_in(),
            None
        );

        for (fields, code) in [
            (&[][..], "missing_parameter"),
            (&[("accessToken", "t")], "missing_parameter"),
            (&[("errCode", "0000")], "missing_parameter"),
            (
                &[("errCode", "1000"), ("errInfo", "认证失败")],
                "token_refused",
            ),
            (&[("errCode", "00"), ("accessToken", "t")], "token_refused"),
            (
                &[("errCode", "0000"), ("errCode", "1000")],
                "duplicate_parameter",
            ),
            (
                &[("errCode", "0000"), ("accessToken", "t t")],
                "character_not_allowed",
            ),
            (&[("errCode", "0000"), ("accessToken", "")], "empty"),
        ] {
            let error = Token::from_reply(fields.iter().copied()).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
        }
    }

    #[test]
    fn only_a_string_is_a_token_or_a_code() {
        use ReplyValue::{Null, Number, Other, Text};
        let read = |code, token| {
            let fields = [("errCode", code), ("accessToken", token)];
            Token::from_reply(fields).map_err(|error| error.code())
        };
        for (value, code) in [
            (Null, "missing_parameter"),
            (Number("1"), "not_text"),
            (Other, "not_text"),
        ] {
            assert_eq!(read(Text("0000"), value), Err(code), "{value:?}");
            assert_eq!(read(value, Text("t")), Err(code), "{value:?}");
        }
        assert!(read(Text("0000"), Text("null")).is_ok());
        // What the server says for people does not decide.
        let refused = [("errCode", Text("1")), ("errInfo", Other)];
        assert_eq!(
            Token::from_reply(refused).map_err(|error| error.code()),
            Err("token_refused")
        );
    }

    #[test]
    fn a_lifetime_is_said_in_whole_seconds_or_not_at_all() {
        use ReplyValue::{Null, Number, Other, Text};
        for (value, seconds) in [
            (Number("3600"), Some(3600)),
            (Text("3600"), Some(3600)),
            (Number("0"), Some(0)),
            (Number("18446744073709551615"), Some(u64::MAX)),
            (Number("18446744073709551616"), None),
            (Number("-1"), None),
            (Number("3600.0"), None),
            (Number("1e99"), None),
            (Text("+1"), None),
            (Text(" 1"), None),
            (Text("1h"), None),
            (Text(""), None),
            (Null, None),
            (Other, None),
        ] {
            let reply = [
                ("errCode", Text("0000")),
                ("accessToken", Text("t")),
                ("expiresIn", value),
            ];
            let said = Token::from_reply(reply).unwrap().expires_in();
            assert_eq!(said, seconds.map(Duration::from_secs), "{value:?}");
        }
    }

    #[test]
    fn a_value_shows_its_kind_alone() {
        use ReplyValue::{Null, Number, Other, Text};
        let shown = format!("{:?}", [Text("MARKER"), Number("1234"), Null, Other]);
        assert_eq!(shown, "[Text(..), Number(..), Null, Other]");
    }

    #[test]
    fn the_three_spellings() {
        let token = AccessToken::new("a1/b2+c3==").unwrap();
        let app_id = AppId::new("app").unwrap();
        for (spelling, header) in [
            (Spelling::Bare, "OPEN-ACCESS-TOKEN AccessToken=a1/b2+c3=="),
            (
                Spelling::Camel,
                "Open-Access-Token accessToken=\"a1/b2+c3==\"",
            ),
            (
                Spelling::WithAppId(app_id),
                "OPEN-ACCESS-TOKEN AccessToken=\"a1/b2+c3==\", AppId=\"app\"",
            ),
        ] {
            let authorization = Authorization::new(token.clone(), spelling);
            assert_eq!(authorization.header(), header);
            assert_eq!(Authorization::parse(header).unwrap(), authorization);
            #[cfg(feature = "http")]
            {
                assert_eq!(authorization.header_value().to_str().unwrap(), header);
                assert!(authorization.header_value().is_sensitive());
            }
        }
    }

    #[test]
    fn refuses_other_headers() {
        for (header, code) in [
            ("", "scheme"),
            ("OPEN-BODY-SIG AccessToken=t", "scheme"),
            ("OPEN-ACCESS-TOKEN", "syntax"),
            ("OPEN-ACCESS-TOKEN accessToken=t", "unknown_parameter"),
            ("OPEN-ACCESS-TOKEN AccessToken=", "empty"),
            ("OPEN-ACCESS-TOKEN AccessToken=t t", "character_not_allowed"),
            (
                "OPEN-ACCESS-TOKEN AccessToken=t, AppId=a",
                "character_not_allowed",
            ),
            ("OPEN-ACCESS-TOKEN AccessToken=\"t\"", "missing_parameter"),
            ("OPEN-ACCESS-TOKEN AccessToken=\"t\", AppId=\"\"", "empty"),
            (
                "OPEN-ACCESS-TOKEN AppId=\"a\", AccessToken=\"t\"",
                "parameter_order",
            ),
            ("Open-Access-Token AccessToken=\"t\"", "unknown_parameter"),
            ("Open-Access-Token accessToken=t", "syntax"),
            (
                "Open-Access-Token accessToken=\"t\", AppId=\"a\"",
                "unknown_parameter",
            ),
        ] {
            let error = Authorization::parse(header).unwrap_err();
            assert_eq!(error.code(), code, "{header}: {error}");
        }
    }

    #[test]
    fn nothing_shows_key_or_token() {
        let signer = Signer::new(AppId::new("app").unwrap(), &AppKey::new("MARKER").unwrap());
        let token = Token::from_reply([
            ("errCode", "0000"),
            ("accessToken", "MARKER"),
            ("expiresIn", "1"),
        ])
        .unwrap();
        let header = Authorization::new(token.access_token().clone(), Spelling::Bare);
        let refused = Authorization::parse("OPEN-ACCESS-TOKEN AccessToken=MARKER MARKER");
        let refused_reply = Token::from_reply([("errCode", "0000"), ("accessToken", "MARKER \"")]);
        let shown = format!("{signer:?} {token:#?} {header:?} {refused:?} {refused_reply:?}");
        assert!(!shown.contains("MARKER"), "{shown}");
    }

    proptest! {
        #[test]
        fn what_is_signed_is_read_back_and_verified(
            key in "[!-~]{1,80}", nonce in "[!#-&(-+\\--\\[\\]-~]{1,128}",
        ) {
            let signer = Signer::new(AppId::new("app").unwrap(), &AppKey::new(key).unwrap());
            for (method, _) in methods() {
                let request = signer.sign(
                    method,
                    Timestamp::parse("20170101120000").unwrap(),
                    &Nonce::new(&nonce).unwrap(),
                );
                let read = TokenRequest::from_fields(request.fields()).unwrap();
                prop_assert_eq!(&read, &request);
                prop_assert_eq!(signer.verify(&read), Ok(()));
            }
        }

        #[test]
        fn any_other_key_or_signature_is_refused(at in 0..64_usize, digit in "[0-9a-f]", key in "[!-~]{1,40}") {
            let request = sign(SignMethod::Sha256);
            let mut signature = request.signature.clone();
            signature.replace_range(at..=at, &digit);
            let same = signature == request.signature;
            let changed = TokenRequest { signature, ..request.clone() };
            prop_assert_eq!(signer().verify(&changed).is_ok(), same);
            let other = Signer::new(*request.app_id(), &AppKey::new(key).unwrap());
            prop_assert_eq!(other.verify(&request), Err(Refused::Signature));
        }

        #[test]
        fn a_header_is_read_back(token in "[!#-&(-+\\--\\[\\]-~]{1,200}", app_id in "[A-Za-z0-9._-]{1,32}") {
            let token = AccessToken::new(token).unwrap();
            let app_id = AppId::new(&app_id).unwrap();
            for spelling in [Spelling::Bare, Spelling::Camel, Spelling::WithAppId(app_id)] {
                let authorization = Authorization::new(token.clone(), spelling);
                prop_assert_eq!(Authorization::parse(&authorization.header()), Ok(authorization));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(
            text in ".{0,100}|(OPEN-ACCESS-TOKEN|Open-Access-Token) ([Aa]ccessToken=\"?[!-~]{0,9}\"?,? ?(AppId=\"[a-z]{0,3}\")?)"
        ) {
            if let Ok(read) = Authorization::parse(&text) {
                prop_assert_eq!(Authorization::parse(&read.header()), Ok(read));
            }
        }
    }
}
