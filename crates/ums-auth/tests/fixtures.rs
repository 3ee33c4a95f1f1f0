//! Goes through the signing suite in `fixtures/signing`, every case of it, each
//! stage in order, so that a failure names the stage.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use ums_auth::open_access_token::{SignMethod, Spelling};
use ums_auth::{
    AccessToken, AppId, AppKey, BodyDigest, InvalidForm, InvalidHeader, InvalidValue, Nonce,
    NotifyKey, Refused, StringToSign, Timestamp, notify, open_access_token, open_body_sig,
    open_form_param,
};

/// One directory of the suite.
struct Case {
    path: PathBuf,
    facts: Value,
}

impl Case {
    fn text(&self, fact: &str) -> &str {
        self.facts[fact].as_str().unwrap_or_default()
    }

    fn is_null(&self, fact: &str) -> bool {
        self.facts[fact].is_null()
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).unwrap()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path.join(name)).unwrap()
    }

    /// The next stage: what is made here is what the suite has.
    fn stage(&self, name: &str, made: impl AsRef<str>) {
        let path = self.path.join(name);
        assert_eq!(
            made.as_ref(),
            fs::read_to_string(&path).unwrap(),
            "{}",
            path.display()
        );
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
    let body = case.bytes("body.bin");
    let signer = open_body_sig::Signer::new(case.app_id()?, &case.app_key()?);
    if case.text("action") == "verify" {
        let authorization = open_body_sig::Authorization::parse(&case.file("authorization.txt"))?;
        return Ok(signer.verify(&body, &authorization)?);
    }
    let (timestamp, nonce) = (case.timestamp()?, case.nonce()?);
    let digest = BodyDigest::of(&body);
    case.stage("body-digest.txt", digest.to_string());
    let string = StringToSign::new(signer.app_id(), timestamp, &nonce, &digest);
    case.stage("string-to-sign.txt", string.as_str());
    let authorization = signer.sign(&body, timestamp, &nonce);
    case.stage("signature.txt", authorization.signature().to_string());
    case.stage("authorization.txt", authorization.header());
    Ok(signer.verify(&body, &authorization)?)
}

fn open_form_param_case(case: &Case) -> Result<(), Code> {
    let signer = open_form_param::Signer::new(case.app_id()?, &case.app_key()?);
    if case.text("action") == "verify" {
        let query = open_form_param::Query::parse(&case.file("query.txt"))?;
        return Ok(signer.verify(&query)?);
    }
    let content = case.file("content.txt");
    let query = signer.sign(content.as_str(), case.timestamp()?, &case.nonce()?);
    case.stage(
        "content-digest.txt",
        BodyDigest::of(content.as_bytes()).to_string(),
    );
    case.stage("string-to-sign.txt", query.string_to_sign().as_str());
    case.stage("signature.txt", query.signature().to_string());
    case.stage("query.txt", query.encoded());
    let read = open_form_param::Query::parse(&query.encoded())?;
    assert_eq!(read, query);
    Ok(signer.verify(&read)?)
}

fn open_access_token_case(case: &Case) -> Result<(), Code> {
    match case.text("action") {
        "header" => {
            let authorization = token_header(case)?;
            case.stage("authorization.txt", authorization.header());
            Ok(())
        }
        "read" => {
            let read = open_access_token::Authorization::parse(&case.file("authorization.txt"))?;
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
    let object: BTreeMap<String, String> = match action {
        "sign" => BTreeMap::new(),
        _ => serde_json::from_str(&case.file("request.json")).unwrap(),
    };
    if action == "verify" {
        let fields = object
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        return Ok(signer.verify(&TokenRequest::from_fields(fields)?)?);
    }
    let request = signer.sign(method(case), case.timestamp()?, &case.nonce()?);
    let string = case.file("string-to-sign.txt");
    let parts = [
        case.text("app_id"),
        case.text("timestamp"),
        case.text("nonce"),
        case.text("app_key"),
    ];
    assert_eq!(string, parts.concat());
    case.stage("signature.txt", request.signature());
    let expected: BTreeMap<String, String> =
        serde_json::from_str(&case.file("request.json")).unwrap();
    let made: BTreeMap<String, String> = request
        .fields()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    assert_eq!(made, expected, "{}", case.path.display());
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
    let fields = notify::Fields::parse(&case.bytes("form.txt"))?;
    let signer = notify::Signer::new(&key, sign_type);
    if case.path.join("signature.txt").exists() {
        case.stage(
            "string-to-sign.txt",
            fields.string_to_sign() + case.text("communication_key"),
        );
        case.stage("signature.txt", signer.sign(&fields)?);
    }
    Ok(signer.verify(&fields)?)
}

/// Whether this build can compute the case: MD5 and SHA-1 are features.
fn is_in_this_build(case: &Case) -> bool {
    let md5 =
        cfg!(feature = "md5") || case.text("scheme") != "notify" || case.text("sign_type") != "MD5";
    let sha1 = cfg!(feature = "sha1") || case.facts.get("sign_method") != Some(&Value::Null);
    md5 && sha1
}

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/signing")
}

#[test]
fn every_case_of_the_suite() {
    let suite = suite();
    let index: Value =
        serde_json::from_str(&fs::read_to_string(suite.join("index.json")).unwrap()).unwrap();
    let mut ran: BTreeMap<String, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for entry in index["cases"].as_array().unwrap() {
        let path = suite.join(entry["path"].as_str().unwrap());
        let facts = serde_json::from_str(&fs::read_to_string(path.join("case.json")).unwrap());
        let case = Case {
            path,
            facts: facts.unwrap(),
        };
        if !is_in_this_build(&case) {
            *ran.entry("not in this build".into()).or_default() += 1;
            continue;
        }
        let outcome = match case.text("scheme") {
            "notify" => notify_case(&case),
            "open-access-token" => open_access_token_case(&case),
            "open-body-sig" => open_body_sig_case(&case),
            "open-form-param" => open_form_param_case(&case),
            other => panic!("unknown scheme {other:?}"),
        };
        let expected = case.facts["reason"].as_str();
        assert_eq!(case.text("expect") == "accept", expected.is_none());
        if outcome.as_ref().err().map(|code| code.0) != expected {
            failures.push(format!(
                "{}: {outcome:?}, expected {expected:?}",
                entry["path"]
            ));
        }
        *ran.entry(case.text("scheme").into()).or_default() += 1;
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert_eq!(
        ran.values().sum::<usize>(),
        directories(&suite),
        "a case the index lacks"
    );
    assert_eq!(index["total"], ran.values().sum::<usize>());
    if cfg!(all(feature = "md5", feature = "sha1")) {
        for (scheme, at_least) in [
            ("notify", 98),
            ("open-access-token", 68),
            ("open-body-sig", 190),
            ("open-form-param", 64),
        ] {
            assert!(
                ran.get(scheme) >= Some(&at_least),
                "{scheme} lost cases: {ran:?}"
            );
        }
    }
}

fn directories(suite: &Path) -> usize {
    let inside = |path: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    };
    inside(suite)
        .iter()
        .map(|scheme| inside(scheme).len())
        .sum()
}
