//! Goes through the signing suite in `fixtures/signing`, every case of it, each stage in order, so
//! that a failure names the stage.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use ums_auth::open_access_token::{SignMethod, Spelling};
use ums_auth::{
    AccessToken, AppId, AppKey, BodyDigest, InvalidForm, InvalidHeader, InvalidValue, Nonce,
    NotifyKey, Refused, StringToSign, Timestamp, notify, open_access_token, open_body_sig,
    open_form_param,
};

/// One case of the suite, which is the place where a failure is.
struct Case<'a> {
    scheme: &'a str,
    facts: &'a Value,
}

impl Case<'_> {
    fn text(&self, fact: &str) -> &str {
        self.facts[fact].as_str().unwrap_or_default()
    }

    fn is_null(&self, fact: &str) -> bool {
        self.facts[fact].is_null()
    }

    fn place(&self) -> String {
        format!("{}/{}", self.scheme, self.text("name"))
    }

    /// The body, which is text or, where it is not UTF-8, Base64.
    fn body(&self) -> Vec<u8> {
        match self.facts["body_base64"].as_str() {
            Some(base64) => STANDARD.decode(base64).unwrap(),
            None => self.facts["body"].as_str().unwrap().into(),
        }
    }

    fn request(&self) -> BTreeMap<String, String> {
        serde_json::from_value(self.facts["request"].clone()).unwrap()
    }

    /// The next stage: what is made here is what the suite has.
    fn stage(&self, name: &str, made: impl AsRef<str>) {
        let wanted = self.facts[name].as_str();
        assert_eq!(Some(made.as_ref()), wanted, "{}: {name}", self.place());
    }

    fn app_id(&self) -> Result<AppId, Code> {
        Ok(AppId::new(self.text("app_id"))?)
    }

    fn app_key(&self) -> Result<AppKey, Code> {
        Ok(AppKey::new(self.text("app_key"))?)
    }

    fn timestamp(&self) -> Result<Timestamp, Code> {
        Ok(Timestamp::parse(self.text("timestamp"))?)
    }

    fn nonce(&self) -> Result<Nonce, Code> {
        Ok(Nonce::new(self.text("nonce"))?)
    }
}

/// The stable name of a refusal.
#[derive(Debug, PartialEq)]
struct Code(&'static str);

macro_rules! coded {
    ($($error:ty)*) => {
        $(impl From<$error> for Code {
            fn from(error: $error) -> Self {
                Self(error.code())
            }
        })*
    };
}

coded!(InvalidForm InvalidHeader InvalidValue Refused);

fn open_body_sig_case(case: &Case) -> Result<(), Code> {
    let body = case.body();
    let signer = open_body_sig::Signer::new(case.app_id()?, &case.app_key()?);
    if case.text("action") == "verify" {
        let authorization = open_body_sig::Authorization::parse(case.text("authorization"))?;
        return Ok(signer.verify(&body, &authorization)?);
    }
    let (timestamp, nonce) = (case.timestamp()?, case.nonce()?);
    let digest = BodyDigest::of(&body);
    case.stage("body_digest", digest.to_string());
    let string = StringToSign::new(signer.app_id(), timestamp, &nonce, &digest);
    case.stage("string_to_sign", string.as_str());
    let authorization = signer.sign(&body, timestamp, &nonce);
    case.stage("signature", authorization.signature().to_string());
    case.stage("authorization", authorization.header());
    Ok(signer.verify(&body, &authorization)?)
}

fn open_form_param_case(case: &Case) -> Result<(), Code> {
    let signer = open_form_param::Signer::new(case.app_id()?, &case.app_key()?);
    if case.text("action") == "verify" {
        let query = open_form_param::Query::parse(case.text("query"))?;
        return Ok(signer.verify(&query)?);
    }
    let content = case.text("content");
    let query = signer.sign(content, case.timestamp()?, &case.nonce()?);
    case.stage(
        "content_digest",
        BodyDigest::of(content.as_bytes()).to_string(),
    );
    case.stage("string_to_sign", query.string_to_sign().as_str());
    case.stage("signature", query.signature().to_string());
    case.stage("query", query.encoded());
    let read = open_form_param::Query::parse(&query.encoded())?;
    assert_eq!(read, query);
    Ok(signer.verify(&read)?)
}

fn open_access_token_case(case: &Case) -> Result<(), Code> {
    match case.text("action") {
        "header" => {
            let authorization = token_header(case)?;
            case.stage("authorization", authorization.header());
            Ok(())
        }
        "read" => {
            let read = open_access_token::Authorization::parse(case.text("authorization"))?;
            let app_id = match read.spelling() {
                Spelling::WithAppId(app_id) => Value::from(app_id.as_str()),
                _ => Value::Null,
            };
            if case.text("expect") == "accept" {
                assert_eq!(
                    read.access_token().expose_secret(),
                    case.text("access_token")
                );
                assert_eq!(app_id, case.facts["app_id"]);
            }
            Ok(())
        }
        action => token_request(case, action),
    }
}

fn token_header(case: &Case) -> Result<open_access_token::Authorization, Code> {
    let spelling = match case.text("spelling") {
        "unquoted" => Spelling::Bare,
        "mixed_case" => Spelling::Camel,
        "quoted_with_app_id" => Spelling::WithAppId(case.app_id()?),
        other => panic!("unknown spelling {other:?}"),
    };
    let token = AccessToken::new(case.text("access_token"))?;
    Ok(open_access_token::Authorization::new(token, spelling))
}

fn token_request(case: &Case, action: &str) -> Result<(), Code> {
    use open_access_token::TokenRequest;
    let signer = open_access_token::Signer::new(case.app_id()?, &case.app_key()?);
    if action == "verify" {
        let object = case.request();
        let fields = object
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        return Ok(signer.verify(&TokenRequest::from_fields(fields)?)?);
    }
    let request = signer.sign(method(case), case.timestamp()?, &case.nonce()?);
    let parts = [
        case.text("app_id"),
        case.text("timestamp"),
        case.text("nonce"),
        case.text("app_key"),
    ];
    case.stage("string_to_sign", parts.concat());
    case.stage("signature", request.signature());
    let made: BTreeMap<String, String> = request
        .fields()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    assert_eq!(made, case.request(), "{}", case.place());
    Ok(signer.verify(&request)?)
}

fn method(case: &Case) -> SignMethod {
    match case.is_null("sign_method") {
        false => SignMethod::Sha256,
        #[cfg(feature = "sha1")]
        true => SignMethod::Sha1,
        #[cfg(not(feature = "sha1"))]
        true => panic!("such cases are left out"),
    }
}

fn notify_case(case: &Case) -> Result<(), Code> {
    let key = NotifyKey::new(case.text("communication_key"))?;
    let sign_type = match case.text("sign_type") {
        "SHA256" => notify::SignType::Sha256,
        #[cfg(feature = "md5")]
        "MD5" => notify::SignType::Md5,
        other => panic!("unknown sign type {other:?}"),
    };
    let fields = notify::Fields::parse(case.text("form").as_bytes())?;
    let signer = notify::Signer::new(&key, sign_type);
    if !case.is_null("signature") {
        case.stage(
            "string_to_sign",
            fields.string_to_sign() + case.text("communication_key"),
        );
        case.stage("signature", signer.sign(&fields)?);
    }
    Ok(signer.verify(&fields)?)
}

/// Whether this build can compute the case: MD5 and SHA-1 are features.
fn is_in_this_build(case: &Case) -> bool {
    let md5 = cfg!(feature = "md5") || case.scheme != "notify" || case.text("sign_type") != "MD5";
    let sha1 = cfg!(feature = "sha1") || case.facts.get("sign_method") != Some(&Value::Null);
    md5 && sha1
}

type Run = fn(&Case) -> Result<(), Code>;

/// Each scheme with the number of cases that it does not fall below.
const SCHEMES: [(&str, usize, Run); 4] = [
    ("notify", 98, notify_case),
    ("open-access-token", 68, open_access_token_case),
    ("open-body-sig", 190, open_body_sig_case),
    ("open-form-param", 64, open_form_param_case),
];

#[test]
fn every_case_of_the_suite() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/signing");
    let mut failures = Vec::new();
    for (scheme, at_least, run) in SCHEMES {
        let text = fs::read_to_string(suite.join(format!("{scheme}.json"))).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        let cases = file["cases"].as_array().unwrap();
        assert!(cases.len() >= at_least, "{scheme} lost cases");
        let cases = cases.iter().map(|facts| Case { scheme, facts });
        for case in cases.filter(is_in_this_build) {
            let outcome = run(&case);
            let expected = case.facts["reason"].as_str();
            assert_eq!(case.text("expect") == "accept", expected.is_none());
            if outcome.as_ref().err().map(|code| code.0) != expected {
                let place = case.place();
                failures.push(format!("{place}: {outcome:?}, expected {expected:?}"));
            }
        }
    }
    let count = failures.len();
    assert!(count == 0, "{count} failures:\n{}", failures.join("\n"));
}
