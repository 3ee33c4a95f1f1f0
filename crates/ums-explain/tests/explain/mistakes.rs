//! Makes each mistake that `explain` knows, by means that are not `explain`'s, and has it
//! recognised.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use ums_auth::{AppId, AppKey, NotifyKey, Timestamp};
use ums_explain::{CapturedRequest, Claim, Explanation, Mistake, Part, explain};

const ID: &str = "aB34567890123456789012345678901f";
/// Made up; hexadecimal and Base64 at once, so that both can be decoded.
const KEY: &str = "0A1b2C3d4E5f60718293a4B5c6D7e8F9";
const NOTIFY_KEY: &str = "NotifyMarkerNotifyMarker";
const TIME: &str = "20170101120000";
const NONCE: &str = "be46cd581c9f46ecbd71b9858311ea12";
const BODY: &str = r#"{"code":"a/b","remark":"测试","note":"x&y"}"#;
const OTHER: &str = r#"OPEN-BODY-SIG AppId="aB34567890123456789012345678901f", Timestamp="20170101110000", Nonce="other", Signature="IPmdGHYCcfN+mto0/02zkwoUF1NT3YqPKaUykMaec1Q=""#;

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    hmac.update(text);
    hmac.finalize().into_bytes().to_vec()
}

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn header(app_id: &str, time: &str, nonce: &str, signature: &str) -> String {
    format!(
        r#"OPEN-BODY-SIG AppId="{app_id}", Timestamp="{time}", Nonce="{nonce}", Signature="{signature}""#
    )
}

/// The header of a client that does all right but signs this string.
fn string(text: impl AsRef<[u8]>) -> String {
    header(
        ID,
        TIME,
        NONCE,
        &base64(&hmac(KEY.as_bytes(), text.as_ref())),
    )
}

/// The header of a client that puts this in place of the digest.
fn digest(text: impl AsRef<[u8]>) -> String {
    string(
        [
            ID.as_bytes(),
            TIME.as_bytes(),
            NONCE.as_bytes(),
            text.as_ref(),
        ]
        .concat(),
    )
}

/// The header of a client that signs this body.
fn body(body: impl AsRef<[u8]>) -> String {
    digest(hex(&sha256(body.as_ref())))
}

/// The header of a client that uses this key.
fn key(key: impl AsRef<[u8]>) -> String {
    header(
        ID,
        TIME,
        NONCE,
        &base64(&hmac(key.as_ref(), right_string().as_bytes())),
    )
}

/// The header of a client that signs these values, but sends the right ones.
fn values(app_id: &str, time: &str, nonce: &str) -> String {
    string([app_id, time, nonce, &hex(&sha256(BODY.as_bytes()))].concat())
}

/// The header of a client that signs right and writes the signature so.
fn written(signature: &str) -> String {
    header(ID, TIME, NONCE, signature)
}

fn right_string() -> String {
    [ID, TIME, NONCE, &hex(&sha256(BODY.as_bytes()))].concat()
}

fn right() -> Vec<u8> {
    hmac(KEY.as_bytes(), right_string().as_bytes())
}

fn told(header: &str, body: &[u8]) -> Explanation {
    let claim = Claim::of_request(
        header,
        body,
        AppId::new(ID).unwrap(),
        &AppKey::new(KEY).unwrap(),
    )
    .with_notify_key(&NotifyKey::new(NOTIFY_KEY).unwrap())
    .with_request_line("POST", "/v6/a/b?c=d")
    .with_other_call(OTHER);
    let explanation = explain(&claim);
    let shown = format!("{explanation:?} {explanation:#?} {claim:?}").to_lowercase();
    for secret in [KEY, NOTIFY_KEY] {
        assert!(!shown.contains(&secret.to_lowercase()), "{shown}");
    }
    explanation
}

/// A nonce whose signature has both `+` and `/` in it, and that signature.
fn nonce_for_plus_and_slash() -> (String, String) {
    (0..1000)
        .map(|number| {
            let nonce = number.to_string();
            let text = [ID, TIME, &nonce, &hex(&sha256(BODY.as_bytes()))].concat();
            (nonce, base64(&hmac(KEY.as_bytes(), text.as_bytes())))
        })
        .find(|(_, signature)| signature.contains('+') && signature.contains('/'))
        .unwrap()
}

/// The mistake, the header it leads to, and the body that was sent.
fn cases() -> Vec<(Mistake, String, Vec<u8>)> {
    use Mistake as M;
    let sent = |mistake, header: String| (mistake, header, BODY.as_bytes().to_vec());
    let bare = hex(&sha256(BODY.as_bytes()));
    let raw = sha256(BODY.as_bytes());
    let (nonce, signature) = nonce_for_plus_and_slash();
    let noted = |text: &str| header(ID, TIME, &nonce, text);
    let crlf = "{\r\n\"a\":1\r\n}";
    vec![
        sent(
            M::SchemeSpelling,
            written(&base64(&right())).replace("OPEN-BODY-SIG", "open-body-sig"),
        ),
        sent(
            M::SchemeSpelling,
            written(&base64(&right())).replace("OPEN-BODY-SIG", "Bearer"),
        ),
        sent(
            M::SchemeMissing,
            written(&base64(&right())).replace("OPEN-BODY-SIG ", ""),
        ),
        sent(
            M::HeaderWhiteSpace,
            format!(" {}", written(&base64(&right()))),
        ),
        sent(
            M::HeaderWhiteSpace,
            format!("{}\t", written(&base64(&right()))),
        ),
        sent(
            M::HeaderQuotes,
            written(&base64(&right())).replace('"', "'"),
        ),
        sent(
            M::HeaderQuotes,
            written(&base64(&right()))
                .replace("=\"", "=“")
                .replace('"', "”"),
        ),
        sent(
            M::HeaderQuotes,
            written(&base64(&right())).replace('"', "＂"),
        ),
        sent(
            M::HeaderColons,
            written(&base64(&right())).replace("=\"", ":\""),
        ),
        sent(
            M::HeaderColons,
            written(&base64(&right())).replace("=\"", ": \""),
        ),
        sent(
            M::AppIdMissing,
            written(&base64(&right())).replace(&format!("AppId=\"{ID}\", "), ""),
        ),
        sent(M::AppIdMissing, written(&base64(&right())).replace(ID, "")),
        sent(
            M::TimestampMissing,
            written(&base64(&right())).replace(&format!("Timestamp=\"{TIME}\", "), ""),
        ),
        sent(
            M::NonceMissing,
            written(&base64(&right())).replace(&format!("Nonce=\"{NONCE}\", "), ""),
        ),
        sent(M::NonceMissing, values(ID, TIME, "").replace(NONCE, "")),
        sent(M::NonceMissing, key("some other key").replace(NONCE, "")),
        sent(
            M::SignatureMissing,
            written("").replace(", Signature=\"\"", ""),
        ),
        sent(M::SignatureMissing, written("")),
        sent(M::HeaderLayout, written(&base64(&right())).replace('"', "")),
        sent(
            M::HeaderLayout,
            written(&base64(&right())).replace('"', "\\\""),
        ),
        sent(
            M::HeaderLayout,
            written(&base64(&right())).replace("Nonce", "nonce"),
        ),
        sent(
            M::AppIdOther,
            values(ID, TIME, NONCE).replacen(ID, "other", 1),
        ),
        sent(M::AppIdCase, values(&ID.to_uppercase(), TIME, NONCE)),
        sent(
            M::AppIdCase,
            values(ID, TIME, NONCE).replacen(ID, &ID.to_lowercase(), 1),
        ),
        sent(M::AppIdWhiteSpace, values(&format!("{ID}\n"), TIME, NONCE)),
        sent(
            M::AppIdWhiteSpace,
            values(ID, TIME, NONCE).replacen(ID, &format!("{ID} "), 1),
        ),
        sent(
            M::AppIdWhiteSpace,
            values(&format!(" {ID}"), TIME, NONCE).replacen(ID, &format!(" {ID}"), 1),
        ),
        sent(
            M::AppIdAndAppKeySwapped,
            header(
                KEY,
                TIME,
                NONCE,
                &base64(&hmac(
                    ID.as_bytes(),
                    [KEY, TIME, NONCE, &bare].concat().as_bytes(),
                )),
            ),
        ),
        sent(
            M::AppIdAndAppKeySwapped,
            header(
                ID,
                TIME,
                NONCE,
                &base64(&hmac(
                    ID.as_bytes(),
                    [KEY, TIME, NONCE, &bare].concat().as_bytes(),
                )),
            ),
        ),
        sent(M::AppIdIsAppKey, values(KEY, TIME, NONCE)),
        sent(M::TimestampUtc, values(ID, "20170101040000", NONCE)),
        sent(M::TimestampUtc, values(ID, "20170101200000", NONCE)),
        sent(M::TimestampZone, values(ID, "20170101093000", NONCE)),
        // The first zone and the last, signed and sent.
        sent(M::TimestampZone, values(ID, "20161231160000", NONCE)),
        sent(M::TimestampZone, values(ID, "20170101180000", NONCE)),
        sent(M::TimestampZone, values(ID, "20170102080000", NONCE)),
        sent(M::TimestampZone, values(ID, "20170101060000", NONCE)),
        sent(M::Timestamp12Hour, values(ID, "20170101000000", NONCE)),
        sent(
            M::Timestamp12Hour,
            values(ID, "20170101210000", NONCE).replacen(TIME, "20170101090000", 1),
        ),
        sent(
            M::Timestamp12Hour,
            values(ID, "20170101093000", NONCE).replacen(TIME, "20170101213000", 1),
        ),
        sent(
            M::TimestampEpochMilliseconds,
            values(ID, "1483243200000", NONCE),
        ),
        sent(
            M::TimestampEpochMilliseconds,
            values(ID, "1483243200789", NONCE),
        ),
        sent(
            M::TimestampEpochMilliseconds,
            values(ID, "1483243200789", NONCE).replacen(TIME, "1483243200789", 1),
        ),
        sent(
            M::TimestampEpochMilliseconds,
            values(ID, TIME, NONCE).replacen(TIME, "1483243200789", 1),
        ),
        sent(M::TimestampEpochSeconds, values(ID, "1483243200", NONCE)),
        sent(
            M::TimestampEpochSeconds,
            values(ID, TIME, NONCE).replacen(TIME, "1483243200", 1),
        ),
        sent(
            M::TimestampSeparators,
            values(ID, "2017-01-01 12:00:00", NONCE),
        ),
        sent(
            M::TimestampSeparators,
            values(ID, "2017-01-01T12:00:00+08:00", NONCE),
        ),
        sent(
            M::TimestampSeparators,
            values(ID, "2017/01/01 12:00:00", NONCE),
        ),
        sent(
            M::TimestampSeparators,
            values(ID, "2017-01-01T04:00:00Z", NONCE),
        ),
        sent(
            M::TimestampSeparators,
            values(ID, "2017-01-01 12:00:00", NONCE).replacen(TIME, "2017-01-01 12:00:00", 1),
        ),
        sent(M::TimestampTakenTwice, values(ID, "20170101120001", NONCE)),
        sent(M::TimestampOfOtherCall, values(ID, "20170101110000", NONCE)),
        sent(M::NonceOfOtherCall, values(ID, TIME, "other")),
        sent(M::NonceCase, values(ID, TIME, &NONCE.to_uppercase())),
        sent(
            M::NonceDashes,
            values(ID, TIME, "be46cd58-1c9f-46ec-bd71-b9858311ea12"),
        ),
        sent(
            M::NonceDashes,
            values(ID, TIME, NONCE).replace(NONCE, "be46cd58-1c9f-46ec-bd71-b9858311ea12"),
        ),
        sent(
            M::BodySpaces,
            body(r#"{"code": "a/b", "remark": "测试", "note": "x&y"}"#),
        ),
        sent(
            M::BodySpaces,
            body("{\n  \"code\": \"a/b\",\n  \"remark\": \"测试\",\n  \"note\": \"x&y\"\n}"),
        ),
        (
            M::BodySpaces,
            body(BODY),
            r#"{ "code" : "a/b",  "remark" : "测试",  "note":"x&y"}"#.into(),
        ),
        sent(
            M::BodyKeyOrder,
            body(r#"{"code":"a/b","note":"x&y","remark":"测试"}"#),
        ),
        sent(
            M::BodyKeyOrder,
            body(r#"{"remark":"测试","note":"x&y","code":"a/b"}"#),
        ),
        sent(
            M::BodyUnicodeEscape,
            body(r#"{"code":"a/b","remark":"\u6d4b\u8bd5","note":"x&y"}"#),
        ),
        sent(
            M::BodyUnicodeEscape,
            body(r#"{"code":"a/b","remark":"\u6D4B\u8BD5","note":"x&y"}"#),
        ),
        (
            M::BodyUnicodeEscape,
            body(BODY),
            br#"{"code":"a/b","remark":"\u6d4b\u8bd5","note":"x&y"}"#.to_vec(),
        ),
        sent(
            M::BodySlashEscape,
            body(r#"{"code":"a\/b","remark":"测试","note":"x&y"}"#),
        ),
        (
            M::BodySlashEscape,
            body(BODY),
            r#"{"code":"a\/b","remark":"测试","note":"x&y"}"#.into(),
        ),
        sent(
            M::BodyHtmlEscape,
            body(r#"{"code":"a/b","remark":"测试","note":"x\u0026y"}"#),
        ),
        sent(M::BodyTrailingNewline, body(format!("{BODY}\n"))),
        sent(M::BodyTrailingNewline, body(format!("{BODY}\r\n"))),
        (
            M::BodyTrailingNewline,
            body(BODY),
            format!("{BODY}\n").into(),
        ),
        sent(M::BodyTwoNewlines, body(format!("{BODY}\n\n"))),
        sent(M::BodyTwoNewlines, body(format!("{BODY}\r\n\r\n"))),
        (M::BodyTwoNewlines, body(BODY), format!("{BODY}\n\n").into()),
        (M::BodyTrimmed, body(BODY), format!(" {BODY}\t").into()),
        sent(M::BodyBom, body(format!("\u{feff}{BODY}"))),
        (M::BodyBom, body(BODY), format!("\u{feff}{BODY}").into()),
        (
            M::BodyLineEndings,
            body(crlf),
            crlf.replace('\r', "").into(),
        ),
        (
            M::BodyLineEndings,
            body(crlf.replace('\r', "")),
            crlf.into(),
        ),
        #[cfg(feature = "gbk")]
        sent(M::BodyGbk, body(BODY.as_bytes().escape_gbk())),
        #[cfg(feature = "gbk")]
        (M::BodyGbk, body(BODY), BODY.as_bytes().escape_gbk()),
        sent(M::BodyLatin1, body(BODY.replace("测试", "??"))),
        sent(
            M::BodyLatin1,
            body(BODY.bytes().map(char::from).collect::<String>()),
        ),
        sent(M::BodyEmpty, body("")),
        sent(M::BodyDataWrapper, body(format!("{{\"data\":{BODY}}}"))),
        (
            M::BodyDataWrapper,
            body(BODY),
            format!("{{\"data\":{BODY}}}").into(),
        ),
        sent(
            M::BodyDoubleEncoded,
            body(serde_json::to_string(&BODY).unwrap()),
        ),
        (
            M::BodyDoubleEncoded,
            body(serde_json::to_string("{\r\n\t\"a\":\"\\u00e9\"}").unwrap()),
            b"{\r\n\t\"a\":\"\\u00e9\"}".to_vec(),
        ),
        sent(
            M::BodyUrlEncoded,
            body(
                "%7B%22code%22%3A%22a%2Fb%22%2C%22remark%22%3A%22%E6%B5%8B%E8%AF%95%22%2C%22note%22%3A%22x%26y%22%7D",
            ),
        ),
        (
            M::BodyUrlDecoded,
            body(r#"{"a":"x y+z"}"#),
            br#"{"a":"x%20y%2Bz"}"#.to_vec(),
        ),
        sent(M::BodyFieldAdded, body(r#"{"code":"a/b","remark":"测试"}"#)),
        sent(M::BodyFieldAdded, body(r#"{"remark":"测试","note":"x&y"}"#)),
        (
            M::BodyFieldAdded,
            body("{\n  \"a\": 1\n}"),
            b"{\n  \"a\": 1,\n  \"b\": 2\n}".to_vec(),
        ),
        (
            M::BodyFieldAdded,
            body(r#"{"a":1}"#),
            br#"{"x":"","a":1,"y":null,"z":""}"#.to_vec(),
        ),
        sent(
            M::BodyFieldDropped,
            body(BODY.replace('}', r#","bizIdentifier":""}"#)),
        ),
        sent(
            M::BodyFieldDropped,
            body(BODY.replace('{', r#"{"merchantRemark":null,"#)),
        ),
        sent(
            M::BodyFieldDropped,
            body(BODY.replace('{', &format!(r#"{{"appId":"{ID}","#))),
        ),
        sent(M::DigestUpperCase, digest(bare.to_uppercase())),
        sent(
            M::DigestSeparators,
            digest(hex_pairs(&raw, "-").to_uppercase()),
        ),
        sent(M::DigestSeparators, digest(hex_pairs(&raw, ":"))),
        (
            M::DigestHexUnpadded,
            digest(hex_unpadded(&sha256(b"5"))),
            b"5".to_vec(),
        ),
        // Only a digest that begins with a zero shows it: as a number.
        (
            M::DigestHexUnpadded,
            digest(hex(&sha256(b"39")).trim_start_matches('0')),
            b"39".to_vec(),
        ),
        sent(M::DigestSha384, digest(hex(&Sha384::digest(BODY)))),
        sent(M::DigestSm3, digest(hex(&sm3::Sm3::digest(BODY)))),
        sent(M::DigestRawBytes, digest(raw)),
        sent(M::DigestOfDigest, digest(hex(&sha256(&raw)))),
        sent(M::DigestOfDigest, digest(hex(&sha256(bare.as_bytes())))),
        sent(M::DigestBase64, digest(base64(&raw))),
        sent(M::DigestOtherHash, digest(hex(&Sha512::digest(BODY)))),
        sent(M::DigestOtherHash, digest(hex(&md5::Md5::digest(BODY)))),
        sent(M::DigestOtherHash, digest(hex(&sha1::Sha1::digest(BODY)))),
        sent(M::DigestIsBody, digest(BODY)),
        sent(
            M::StringSeparators,
            string([ID, TIME, NONCE, &bare].join("&")),
        ),
        sent(
            M::StringSeparators,
            string([ID, TIME, NONCE, &bare].join("\n")),
        ),
        sent(
            M::StringPartOrder,
            string([ID, NONCE, TIME, &bare].concat()),
        ),
        sent(
            M::StringPartOrder,
            string([&bare, ID, TIME, NONCE].concat()),
        ),
        sent(M::StringPartMissing, string([ID, TIME, &bare].concat())),
        sent(M::StringPartMissing, string([ID, TIME, NONCE].concat())),
        sent(
            M::StringNamedParts,
            string(format!(
                "appId={ID}&timestamp={TIME}&nonce={NONCE}&content={bare}"
            )),
        ),
        sent(
            M::StringWithPath,
            string(format!("/v6/a/b{}", right_string())),
        ),
        sent(
            M::StringWithPath,
            string(format!("POST\n/v6/a/b?c=d\n{}", right_string())),
        ),
        sent(M::StringWithPath, string(format!("{}POST", right_string()))),
        sent(M::StringWithKey, string(right_string() + KEY)),
        sent(
            M::StringHashed,
            string(hex(&sha256(right_string().as_bytes()))),
        ),
        sent(M::StringTrailingNewline, string(right_string() + "\n")),
        sent(M::StringTwoNewlines, string(right_string() + "\n\n")),
        sent(
            M::StringUtf16,
            string(
                right_string()
                    .bytes()
                    .flat_map(|byte| [byte, 0])
                    .collect::<Vec<_>>(),
            ),
        ),
        sent(M::KeyHexDecoded, key(hex_decoded(KEY))),
        sent(M::KeyBase64Decoded, key(STANDARD.decode(KEY).unwrap())),
        sent(M::KeyCase, key(KEY.to_lowercase())),
        sent(M::KeyWhiteSpace, key(format!("{KEY}\n"))),
        sent(M::KeyWhiteSpace, key(format!(" {KEY}"))),
        sent(M::KeyWhiteSpace, key(format!("\u{feff}{KEY}"))),
        sent(M::KeyQuoted, key(format!("\"{KEY}\""))),
        sent(M::KeyIsNotifyKey, key(NOTIFY_KEY)),
        sent(M::KeyIsAppId, key(ID)),
        sent(M::KeyHashed, key(hex(&sha256(KEY.as_bytes())))),
        sent(M::KeyEmpty, key("")),
        sent(
            M::MacArgumentsSwapped,
            written(&base64(&hmac(right_string().as_bytes(), KEY.as_bytes()))),
        ),
        sent(
            M::MacPlainHash,
            written(&base64(&sha256(right_string().as_bytes()))),
        ),
        sent(
            M::MacPlainHash,
            written(&base64(&sha256((right_string() + KEY).as_bytes()))),
        ),
        sent(
            M::MacOtherHash,
            written(&base64(
                &Hmac::<Sha512>::new_from_slice(KEY.as_bytes())
                    .unwrap()
                    .chain_update(right_string())
                    .finalize()
                    .into_bytes(),
            )),
        ),
        // 48 bytes: Base64 that ends without "=", and needs none.
        sent(
            M::MacOtherHash,
            written(&base64(
                &Hmac::<Sha384>::new_from_slice(KEY.as_bytes())
                    .unwrap()
                    .chain_update(right_string())
                    .finalize()
                    .into_bytes(),
            )),
        ),
        sent(
            M::MacSha224,
            written(&base64(
                &Hmac::<Sha224>::new_from_slice(KEY.as_bytes())
                    .unwrap()
                    .chain_update(right_string())
                    .finalize()
                    .into_bytes(),
            )),
        ),
        sent(
            M::MacSm3,
            written(&base64(
                &Hmac::<sm3::Sm3>::new_from_slice(KEY.as_bytes())
                    .unwrap()
                    .chain_update(right_string())
                    .finalize()
                    .into_bytes(),
            )),
        ),
        sent(
            M::MacPlainHash,
            written(&base64(&sha1::Sha1::digest(format!(
                "{KEY}{}",
                right_string()
            )))),
        ),
        sent(
            M::SignatureDoubleBase64,
            written(&base64(base64(&right()).as_bytes())),
        ),
        sent(M::SignatureHex, written(&hex(&right()))),
        sent(M::SignatureHex, written(&hex(&right()).to_uppercase())),
        sent(
            M::SignatureBase64OfHex,
            written(&base64(hex(&right()).as_bytes())),
        ),
        sent(
            M::SignatureUrlSafe,
            noted(&URL_SAFE.encode(STANDARD.decode(&signature).unwrap())),
        ),
        sent(M::SignatureUnpadded, noted(signature.trim_end_matches('='))),
        sent(
            M::SignatureUrlEncoded,
            noted(
                &signature
                    .replace('+', "%2B")
                    .replace('/', "%2F")
                    .replace('=', "%3D"),
            ),
        ),
        sent(M::SignaturePlusLost, noted(&signature.replace('+', " "))),
        sent(M::SignatureWhiteSpace, noted(&format!("{signature}\n"))),
        sent(
            M::SignatureOfOtherCall,
            written("IPmdGHYCcfN+mto0/02zkwoUF1NT3YqPKaUykMaec1Q="),
        ),
    ]
}

fn hex_pairs(bytes: &[u8], separator: &str) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(separator)
}

fn hex_unpadded(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:x}")).collect()
}

fn hex_decoded(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// GBK of the two Chinese characters in use here, from its published table.
#[cfg(feature = "gbk")]
trait EscapeGbk {
    fn escape_gbk(&self) -> Vec<u8>;
}

#[cfg(feature = "gbk")]
impl EscapeGbk for [u8] {
    fn escape_gbk(&self) -> Vec<u8> {
        let text = std::str::from_utf8(self).unwrap();
        let (before, after) = text.split_once("测试").unwrap();
        [before.as_bytes(), b"\xb2\xe2\xca\xd4", after.as_bytes()].concat()
    }
}

#[test]
fn each_mistake_is_recognised() {
    let cases = cases();
    for (number, (mistake, header, body)) in cases.iter().enumerate() {
        let told = told(header, body);
        assert_eq!(
            told.mistakes(),
            [*mistake],
            "case {number}: {mistake}: {header}"
        );
        assert_eq!(
            told.first_difference(),
            Some(mistake.part()),
            "case {number}: {mistake}"
        );
        assert!(!told.is_match(), "case {number}: {mistake}");
    }
    let seen: BTreeSet<_> = cases.iter().map(|(mistake, ..)| *mistake).collect();
    let untried: Vec<_> = Mistake::ALL
        .iter()
        .filter(|mistake| !seen.contains(mistake))
        .filter(|mistake| match mistake {
            Mistake::BodyGbk => cfg!(feature = "gbk"),
            // Those of the other schemes: `schemes.rs`.
            other => {
                let code = other.code();
                !code.starts_with("notify_")
                    && !code.starts_with("hash_")
                    && !["signature_base64", "signature_upper_case", "key_is_app_key"]
                        .contains(&code)
            }
        })
        .collect();
    assert_eq!(untried, [&Mistake::BodyBom; 0], "mistakes without a case");
    if cfg!(feature = "gbk") {
        assert_eq!(cases.len(), 156);
    }
}

#[test]
fn two_mistakes_at_once_are_recognised() {
    use Mistake as M;
    let bare = hex(&sha256(BODY.as_bytes()));
    let joined = [ID, TIME, NONCE, &bare].join("&");
    let with_newline = format!("{KEY}\n");
    for (header, mistakes) in [
        (
            written(&hex(&hmac(
                with_newline.as_bytes(),
                right_string().as_bytes(),
            ))),
            &[M::KeyWhiteSpace, M::SignatureHex][..],
        ),
        (
            written(&base64(&hmac(with_newline.as_bytes(), joined.as_bytes()))),
            &[M::StringSeparators, M::KeyWhiteSpace],
        ),
        (
            string([ID, "2017-01-01 12:00:00", NONCE, &bare.to_uppercase()].concat()),
            &[M::TimestampSeparators, M::DigestUpperCase],
        ),
        (
            body(r#"{"code": "a/b", "note": "x&y", "remark": "测试"}"#),
            &[M::BodySpaces, M::BodyKeyOrder],
        ),
        (
            body(r#"{"code":"a\/b","remark":"\u6d4b\u8bd5","note":"x&y"}"#),
            &[M::BodyUnicodeEscape, M::BodySlashEscape],
        ),
    ] {
        let told = told(&header, BODY.as_bytes());
        assert_eq!(told.mistakes(), mistakes, "{header}");
        assert_eq!(told.first_difference(), Some(mistakes[0].part()));
        for step in told.steps() {
            let wrong = mistakes.iter().any(|mistake| mistake.part() == step.part());
            let signature = step.part() == Part::Signature;
            assert_eq!(step.agrees(), Some(!wrong && !signature), "{step:?}");
        }
    }
}

/// What is common is tried together with a second mistake, what is rare only alone.
#[test]
fn rare_mistakes_are_tried_alone() {
    use Mistake as M;
    let bare = hex(&sha256(BODY.as_bytes()));
    let joined = |separator: &str| {
        let text = [ID, TIME, NONCE, &bare].join(separator);
        written(&base64(&hmac(
            format!("{KEY}\n").as_bytes(),
            text.as_bytes(),
        )))
    };
    let upper =
        |app_id: &str, time: &str| string([app_id, time, NONCE, &bare.to_uppercase()].concat());
    let key_too = |text: String| {
        written(&base64(&hmac(
            format!("{KEY}\n").as_bytes(),
            text.as_bytes(),
        )))
    };
    for (header, mistakes) in [
        (joined("\n"), &[M::StringSeparators, M::KeyWhiteSpace][..]),
        (joined(" "), &[]),
        (key_too([ID, NONCE, TIME, &bare].concat()), &[]),
        (
            upper(&format!(" {ID}"), TIME),
            &[M::AppIdWhiteSpace, M::DigestUpperCase],
        ),
        (upper(&format!("{ID}  "), TIME), &[]),
        (
            upper(ID, "1483243200000"),
            &[M::TimestampEpochMilliseconds, M::DigestUpperCase],
        ),
        (upper(ID, "1483243200789"), &[]),
    ] {
        assert_eq!(told(&header, BODY.as_bytes()).mistakes(), mistakes);
    }
}

/// The clock is named only where the signature is right as it was sent.
#[test]
fn a_wrong_signature_is_not_the_fault_of_the_zone() {
    let app_key = AppKey::new(KEY).unwrap();
    for (header, mistakes) in [
        (key("some other key"), &[][..]),
        (body("{}"), &[]),
        (written("AAAA"), &[]),
        (key(format!("{KEY}\n")), &[Mistake::KeyWhiteSpace]),
        (written(&hex(&right())), &[Mistake::SignatureHex]),
        (written(""), &[Mistake::SignatureMissing]),
        (
            written(&base64(&right())).replace(TIME, ""),
            &[Mistake::TimestampMissing],
        ),
    ] {
        for sent_at in ["20170101200000", "20170101110000", "20170101000000"] {
            let claim =
                Claim::of_request(&header, BODY.as_bytes(), AppId::new(ID).unwrap(), &app_key)
                    .with_sent_at(Timestamp::parse(sent_at).unwrap());
            let told = explain(&claim);
            assert_eq!(told.mistakes(), mistakes, "{header}");
            assert!(!told.is_match());
        }
    }
}

/// Someone would copy it.
#[test]
fn nothing_is_computed_over_what_is_missing() {
    let right = written(&base64(&right()));
    let expected = |header: &str| {
        let told = told(header, BODY.as_bytes());
        let steps = told.steps().iter();
        let computed = [Part::StringToSign, Part::Mac, Part::Signature];
        let steps = steps.filter(|step| computed.contains(&step.part()));
        let texts: Vec<_> = steps
            .map(|step| step.expected().map(String::from))
            .collect();
        assert_eq!(texts.len(), 3);
        texts
    };
    for header in [
        right.replace(NONCE, ""),
        right.replace(&format!("Nonce=\"{NONCE}\", "), ""),
        right.replace(TIME, ""),
        right.replace(&format!("Timestamp=\"{TIME}\", "), ""),
        right.replace(TIME, "yesterday"),
        right.replace(NONCE, "a b"),
        "OPEN-BODY-SIG".into(),
        String::new(),
    ] {
        assert_eq!(expected(&header), [None, None, None], "{header}");
    }
    // An AppId that is missing or another is known: the right one is taken.
    let all = expected(&right);
    assert_eq!(all[2].as_deref(), Some(base64(&self::right()).as_str()));
    for header in [
        format!(" {right}"),
        right.replace("OPEN-BODY-SIG ", ""),
        right.replace(&format!("AppId=\"{ID}\", "), ""),
        right.replace(ID, ""),
        right.replace(ID, "other"),
        written(""),
    ] {
        assert_eq!(expected(&header), all, "{header}");
    }
}

/// What is there to be seen is said, and that it is not all.
#[test]
fn what_is_seen_is_named_though_the_signature_is_unexplained() {
    use Mistake as M;
    let wrong = key("some other key");
    for (header, mistakes) in [
        (format!(" {wrong}"), &[M::HeaderWhiteSpace][..]),
        (wrong.replace("OPEN-BODY-SIG ", ""), &[M::SchemeMissing]),
        (wrong.replace('"', "'"), &[M::HeaderQuotes]),
        (wrong.replace("=\"", ":\""), &[M::HeaderColons]),
        (
            wrong.replace(&format!("AppId=\"{ID}\", "), ""),
            &[M::AppIdMissing],
        ),
        (
            wrong
                .replace(&format!("AppId=\"{ID}\", "), "")
                .replace('"', "'"),
            &[M::HeaderQuotes, M::AppIdMissing],
        ),
        // Of another's header, or of no header, nothing.
        (format!(" {wrong}").replace(ID, "other"), &[]),
        (" OPEN-BODY-SIG".into(), &[]),
        (format!("AppId='{ID}'"), &[]),
    ] {
        let told = told(&header, BODY.as_bytes());
        assert_eq!(told.mistakes(), mistakes, "{header}");
        assert!(!told.is_explained(), "{header}");
        assert!(!told.is_match(), "{header}");
        let parts = mistakes.iter().map(|mistake| mistake.part());
        if let Some(first) = parts.min() {
            assert_eq!(told.first_difference(), Some(first), "{header}");
        }
    }
    assert!(told(&format!(" {}", written(&base64(&right()))), BODY.as_bytes()).is_explained());
}

/// Only 10 and 13 digits are taken to count from 1970.
#[test]
fn a_timestamp_without_its_seconds_is_no_count_of_them() {
    let short = "201701011200";
    let told = told(
        &values(ID, short, NONCE).replace(TIME, short),
        BODY.as_bytes(),
    );
    assert_eq!(told.mistakes(), []);
    assert_eq!(told.first_difference(), Some(Part::Timestamp));
}

#[test]
fn what_is_right_matches() {
    for header in [
        written(&base64(&right())),
        written(&base64(&right())).replace(", ", ","),
        format!("Authorization: {}\r\n", written(&base64(&right()))),
    ] {
        let told = told(&header, BODY.as_bytes());
        assert!(told.is_match(), "{header}");
        assert_eq!(told.first_difference(), None);
        assert_eq!(told.mistakes(), []);
        assert!(
            told.steps().iter().all(|step| step.agrees() == Some(true)),
            "{told:#?}"
        );
    }
}

#[test]
fn an_unknown_mistake_is_not_guessed() {
    for (header, part) in [
        (key("some other key"), Part::Signature),
        (body("some other body"), Part::Signature),
        (written("AAAA"), Part::Encoding),
        (
            key("some other key").replace(NONCE, "").replace(ID, "x"),
            Part::AppId,
        ),
        (written("").replace(NONCE, ""), Part::Nonce),
        (
            key("some other key").replace(TIME, "yesterday"),
            Part::Timestamp,
        ),
        (key("some other key").replace(ID, "other"), Part::AppId),
        (key("some other key").replace(ID, "a b"), Part::AppId),
        ("Basic YTpi".into(), Part::Scheme),
        (String::new(), Part::Scheme),
        (
            key("some other key").replace(", Nonce", " Nonce"),
            Part::Header,
        ),
    ] {
        let told = told(&header, BODY.as_bytes());
        assert_eq!(told.mistakes(), [], "{header}");
        assert_eq!(told.first_difference(), Some(part), "{header}");
        assert!(!told.is_match());
    }
}

#[test]
fn a_right_signature_may_still_be_of_another_zone() {
    let header = written(&base64(&right()));
    let app_key = AppKey::new(KEY).unwrap();
    for (sent_at, mistake) in [
        ("20170101120100", None),
        ("20170101122459", None),
        ("20170101200030", Some(Mistake::TimestampUtc)),
        ("20170101195930", Some(Mistake::TimestampUtc)),
        ("20170101120530", None),
        ("20170101110000", Some(Mistake::TimestampZone)),
        ("20170101143000", Some(Mistake::TimestampZone)),
        ("20170101000200", Some(Mistake::Timestamp12Hour)),
        ("20170101114500", None),
        ("20170101113200", None),
        ("20170101173000", None),
        ("20170102120000", None),
        ("20161231120000", None),
        ("20180101120000", None),
    ] {
        let claim = Claim::of_request(&header, BODY.as_bytes(), AppId::new(ID).unwrap(), &app_key)
            .with_sent_at(Timestamp::parse(sent_at).unwrap());
        let told = explain(&claim);
        assert!(told.is_match());
        assert_eq!(told.mistakes().first().copied(), mistake, "{sent_at}");
        assert_eq!(
            told.first_difference(),
            mistake.map(Mistake::part),
            "{sent_at}"
        );
    }
}

#[test]
fn two_headers_are_compared() {
    let right_header = written(&base64(&right()));
    for (header, part, mistakes) in [
        (right_header.clone(), None, &[][..]),
        (right_header.replace(ID, "other"), Some(Part::AppId), &[]),
        (
            right_header.replace(TIME, "20170101120001"),
            Some(Part::Timestamp),
            &[],
        ),
        (right_header.replace(NONCE, "other"), Some(Part::Nonce), &[]),
        (key("other"), Some(Part::Signature), &[]),
        (
            right_header.replace("OPEN-BODY", "OPEN-FORM"),
            Some(Part::Scheme),
            &[],
        ),
        (
            written(&hex(&right())),
            Some(Part::Encoding),
            &[Mistake::SignatureHex],
        ),
    ] {
        let told = explain(&Claim::of_headers(&header, &right_header));
        assert_eq!(told.first_difference(), part, "{header}");
        assert_eq!(told.mistakes(), mistakes, "{header}");
        assert_eq!(told.is_match(), part.is_none(), "{header}");
        assert_eq!(told.steps().len(), 5);
    }
}

/// Two headers that say the same, and both in a form that no gateway takes.
#[test]
fn two_headers_with_one_fault_are_not_right() {
    let right_header = written(&base64(&right()));
    for (header, part) in [
        (right_header.replace("OPEN-BODY", "open-body"), Part::Scheme),
        (right_header.replace('"', ""), Part::Header),
        (right_header.replace(ID, "a b"), Part::AppId),
        (right_header.replace(TIME, "yesterday"), Part::Timestamp),
        (right_header.replace(NONCE, ""), Part::Nonce),
        (written("AAAA"), Part::Encoding),
    ] {
        let told = explain(&Claim::of_headers(&header, &header));
        assert_eq!(told.first_difference(), Some(part), "{header}");
        assert!(!told.is_match());
    }
}

/// However often it is there, and in whatever letter case.
#[test]
fn a_secret_in_the_header_is_shown_as_one() {
    let nonce = format!("a{KEY}bc{}def{NOTIFY_KEY}", KEY.to_lowercase());
    let told = told(&header(ID, TIME, &nonce, ""), BODY.as_bytes());
    let step = told.steps().iter().find(|step| step.part() == Part::Nonce);
    assert_eq!(
        step.and_then(|step| step.sent()),
        Some("a<secret>bc<secret>def<secret>")
    );
}

#[test]
fn a_captured_request_is_taken_as_it_is() {
    let request = format!(
        "POST /v6/x HTTP/1.1\r\nAuthorization: {}\r\nContent-Length: {}\r\n\r\n{BODY}",
        written(&base64(&right())),
        BODY.len(),
    );
    let captured = CapturedRequest::parse(request.as_bytes()).unwrap();
    assert!(told(captured.authorization(), captured.body()).is_match());
}

#[test]
fn every_mistake_speaks_both_languages() {
    for mistake in Mistake::ALL {
        assert!(mistake.english().ends_with('.'), "{mistake}");
        assert!(mistake.chinese().ends_with('。'), "{mistake}");
        assert_ne!(mistake.english(), mistake.chinese());
    }
}

#[test]
fn the_steps_read_well() {
    let told = told(&body(r#"{"code": "a/b"}"#), br#"{"code":"a/b"}"#);
    let lines: Vec<String> = told
        .steps()
        .iter()
        .map(|step| {
            format!(
                "{}: expected {}, sent {}, agrees {}",
                step.part(),
                step.expected().unwrap_or("-"),
                step.sent().unwrap_or("-"),
                step.agrees()
                    .map_or("?", |agrees| if agrees { "yes" } else { "no" }),
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    scheme: expected OPEN-BODY-SIG, sent OPEN-BODY-SIG, agrees yes
    app_id: expected aB34567890123456789012345678901f, sent aB34567890123456789012345678901f, agrees yes
    timestamp: expected -, sent 20170101120000, agrees yes
    nonce: expected -, sent be46cd581c9f46ecbd71b9858311ea12, agrees yes
    body_digest: expected d962c871358a2a2b39790feaca45e7dde00da2165b1d8c6600ef148cd27e0e5a, sent -, agrees no
    string_to_sign: expected aB34567890123456789012345678901f20170101120000be46cd581c9f46ecbd71b9858311ea12d962c871358a2a2b39790feaca45e7dde00da2165b1d8c6600ef148cd27e0e5a, sent -, agrees yes
    key: expected -, sent -, agrees yes
    mac: expected e9d1634c008035a2ed37696e1d7181112e3275889e9e40b9c896f49ca24cf438, sent -, agrees yes
    signature: expected 6dFjTACANaLtN2luHXGBES4ydYienkC5yJb0nKJM9Dg=, sent BGThyV789cOjItz69L0ITSHQgeuQBHieGPIbggjkFgw=, agrees no
    ");
}

proptest! {
    // A search that finds nothing is thousands of HMACs; fuzzing does it more often.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn anything_is_gone_through_without_a_wrong_guess(
        header in r#".{0,80}|OPEN-BODY-SIG ((AppId|Timestamp|Nonce|Signature)="?[0-9A-Za-z+/=%_ -]{0,44}"?,? ?){0,5}"#,
        body: Vec<u8>,
    ) {
        let told = told(&header, &body);
        prop_assert!(!told.is_match());
        prop_assert_eq!(told.mistakes(), []);
        prop_assert!(told.first_difference().is_some());
    }

    #[test]
    fn the_right_signature_of_any_body_matches(body: Vec<u8>) {
        prop_assert!(told(&self::body(&body), &body).is_match());
    }
}
