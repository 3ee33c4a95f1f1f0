//! Thousands of headers with one or two mistakes, known and rarer ones, and garbage: what `explain`
//! names was made, or it names nothing.
//!
//! `UMS_EXPLAIN_SEEDS=12000 cargo test -p ums-explain generated` goes through 12 000 of them.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use chrono::{NaiveDateTime, TimeDelta, Timelike};
use hmac::digest::block_api::EagerHash;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512, Sha512_256};
use ums_auth::{AppId, AppKey, NotifyKey};
use ums_explain::{Claim, Mistake, explain};

const ID: &str = "aB34567890123456789012345678901f";
const KEY: &str = "0A1b2C3d4E5f60718293a4B5c6D7e8F9";
const NOTIFY_KEY: &str = "NotifyMarkerNotifyMarker";
const OTHER_TIME: &str = "20170105070911";
const OTHER_NONCE: &str = "11112222333344445555666677778888";
const BODIES: [&str; 6] = [
    r#"{"merchantCode":"103290070111417","terminalCode":"12340511","remark":"测试","path":"a/b"}"#,
    r#"{"code":"a/b","remark":"测试 <x&y>","note":"x y","bizIdentifier":""}"#,
    r#"{"amount":1,"goods":[{"id":"1","name":"鸡蛋"}],"memo":null,"z":"x%20y"}"#,
    "{\r\n  \"a\": 1,\r\n  \"b\": \"é/测\"\r\n}",
    r#"{"merchantOrderId":"20200227163036011978864947"}"#,
    r#"{"b":"测试","a":{"y":1,"x":[true,false]},"path":"/v6/x","q":"a&b"}"#,
];

/// The same numbers on every machine (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % sides as u64) as usize
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }

    fn text(&mut self, length: usize, alphabet: &str) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..length).map(|_| self.pick(&alphabet)).collect()
    }
}

type Step<I, O> = Box<dyn Fn(I) -> O>;

/// A client that makes each step right until a mistake replaces one.
struct Client {
    /// AppId, timestamp and nonce.
    sent: [String; 3],
    signed: [String; 3],
    body: Vec<u8>,
    signed_body: Vec<u8>,
    digest: Step<Vec<u8>, Vec<u8>>,
    join: Step<[Vec<u8>; 4], Vec<u8>>,
    key: Vec<u8>,
    mac: Step<(Vec<u8>, Vec<u8>), Vec<u8>>,
    encode: Step<Vec<u8>, String>,
    layout: Step<String, String>,
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    let pairs = bytes.iter().map(|byte| format!("{byte:02x}"));
    pairs.collect::<String>().into_bytes()
}

fn hash<D: Digest>(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    D::digest(bytes).to_vec()
}

fn hmac<D: EagerHash>(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut hmac = Hmac::<D>::new_from_slice(key).unwrap();
    hmac.update(text);
    hmac.finalize().into_bytes().to_vec()
}

fn format_of(time: NaiveDateTime) -> String {
    time.format("%Y%m%d%H%M%S").to_string()
}

impl Client {
    fn new(dice: &mut Dice) -> Self {
        let day = NaiveDateTime::parse_from_str("20170101000000", "%Y%m%d%H%M%S").unwrap();
        let time = day + TimeDelta::seconds(dice.roll(300_000_000) as i64);
        let nonce = match dice.roll(3) {
            0 => dice.text(32, "0123456789abcdef"),
            1 => dice.text(19, "0123456789"),
            _ => dice.text(20, "abcdefghijABCDEFGHIJ0123456789"),
        };
        let sent = [ID.into(), format_of(time), nonce];
        let body = dice.pick(&BODIES).as_bytes().to_vec();
        Self {
            signed: sent.clone(),
            sent,
            signed_body: body.clone(),
            body,
            digest: Box::new(|body| hex(&hash::<Sha256>(body))),
            join: Box::new(|parts| parts.concat()),
            key: KEY.into(),
            mac: Box::new(|(key, text)| hmac::<Sha256>(&key, &text)),
            encode: Box::new(|mac| STANDARD.encode(mac)),
            layout: Box::new(|header| header),
        }
    }

    fn header(&self) -> String {
        let digest = (self.digest)(self.signed_body.clone());
        let [app_id, time, nonce] = self.signed.clone().map(String::into_bytes);
        let text = (self.join)([app_id, time, nonce, digest]);
        let signature = (self.encode)((self.mac)((self.key.clone(), text)));
        let [app_id, time, nonce] = &self.sent;
        (self.layout)(format!(
            r#"OPEN-BODY-SIG AppId="{app_id}", Timestamp="{time}", Nonce="{nonce}", Signature="{signature}""#
        ))
    }

    fn time(&self) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(&self.sent[1], "%Y%m%d%H%M%S").unwrap()
    }

    /// Puts another timestamp into one of the two places.
    fn other_time(&mut self, text: String, dice: &mut Dice) {
        match dice.roll(2) {
            0 => self.sent[1] = text,
            _ => self.signed[1] = text,
        }
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// Signs or sends another body.
    fn other_body(&mut self, body: impl Into<Vec<u8>>, dice: &mut Dice) {
        match dice.roll(2) {
            0 => self.body = body.into(),
            _ => self.signed_body = body.into(),
        }
    }
}

type Make = fn(&mut Client, &mut Dice);

/// What can go wrong: the step it is in, its code (none for what `explain` does not know), and how
/// it is done. At most one for each step.
const MISTAKES: &[(&str, &str, Make)] = &[
    // AppId
    ("app_id", "app_id_other", |c, _| {
        c.sent[0] = "another-app".into()
    }),
    ("app_id", "app_id_case", |c, _| {
        c.signed[0] = ID.to_uppercase()
    }),
    ("app_id", "app_id_case", |c, _| {
        c.sent[0] = ID.to_lowercase()
    }),
    ("app_id", "app_id_white_space", |c, d| {
        c.signed[0] = ID.to_owned() + d.pick(&["\n", " ", "\r\n", "\t"]);
    }),
    ("app_id", "app_id_is_app_key", |c, _| {
        c.signed[0] = KEY.into()
    }),
    ("app_id", "", |c, _| {
        c.signed[0] = ID.chars().rev().collect()
    }),
    // Timestamp
    ("time", "timestamp_utc", |c, d| {
        let time = format_of(c.time() - TimeDelta::hours(8));
        c.other_time(time, d);
    }),
    ("time", "timestamp_zone", |c, d| {
        let minutes = d.pick(&[
            60, 120, 330, 345, 420, 540, 570, -180, -300, -480, -600, 780,
        ]);
        let time = format_of(c.time() + TimeDelta::minutes(minutes - 480));
        c.other_time(time, d);
    }),
    ("time", "timestamp_12_hour", |c, d| {
        let hour = (c.time().hour() + 11) % 12 + 1;
        let time = format_of(c.time().with_hour(hour).unwrap());
        c.other_time(time, d);
    }),
    ("time", "timestamp_epoch_ms", |c, d| {
        let seconds = (c.time() - TimeDelta::hours(8)).and_utc().timestamp();
        let time = (seconds * 1000 + d.roll(1000) as i64).to_string();
        c.other_time(time, d);
    }),
    ("time", "timestamp_epoch_seconds", |c, d| {
        let time = c.time() - TimeDelta::hours(8);
        c.other_time(time.and_utc().timestamp().to_string(), d);
    }),
    ("time", "timestamp_separators", |c, d| {
        let format = d.pick(&[
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%dT%H:%M:%S",
            "%Y/%m/%d %H:%M:%S",
        ]);
        let time = c.time().format(format).to_string();
        c.other_time(time, d);
    }),
    ("time", "timestamp_taken_twice", |c, d| {
        let time = c.time() + TimeDelta::seconds(1 + d.roll(9) as i64);
        c.signed[1] = format_of(time);
    }),
    ("time", "timestamp_of_other_call", |c, _| {
        c.signed[1] = OTHER_TIME.into()
    }),
    ("time", "", |c, d| {
        let minutes = d.pick(&[15, 28, 45, -15, -1440, 1440, -17, 480 + 15, -1500, 1260]);
        let time = format_of(c.time() + TimeDelta::minutes(minutes));
        c.other_time(time, d);
    }),
    ("time", "", |c, _| c.signed[1] = c.sent[1][..12].into()),
    // Nonce
    ("nonce", "nonce_of_other_call", |c, _| {
        c.signed[2] = OTHER_NONCE.into()
    }),
    ("nonce", "nonce_case", |c, _| {
        c.signed[2] = c.sent[2].to_uppercase()
    }),
    ("nonce", "nonce_dashes", |c, _| {
        if c.sent[2].len() == 32 {
            let n = c.sent[2].clone();
            c.signed[2] = [&n[..8], &n[8..12], &n[12..16], &n[16..20], &n[20..]].join("-");
        }
    }),
    ("nonce", "", |c, d| {
        c.signed[2] = d.text(32, "0123456789abcdef")
    }),
    ("nonce", "", |c, _| {
        c.signed[2] = c.sent[2].chars().rev().collect()
    }),
    // Body
    ("body", "body_spaces", |c, _| {
        c.signed_body = c
            .text()
            .replace("\":", "\": ")
            .replace(",\"", ", \"")
            .into();
    }),
    ("body", "body_key_order", |c, _| {
        let text = c.text();
        if let Some((first, rest)) = text.trim_matches(['{', '}']).split_once(",\"")
            && !first.contains(['{', '['])
            && !text.contains('\n')
        {
            c.signed_body = format!("{{\"{rest},{first}}}").into();
        }
    }),
    ("body", "body_unicode_escape", |c, d| {
        let body = c.text().replace("测试", "\\u6d4b\\u8bd5");
        c.other_body(body, d);
    }),
    ("body", "body_slash_escape", |c, d| {
        let body = c.text().replace('/', "\\/");
        c.other_body(body, d);
    }),
    ("body", "body_html_escape", |c, d| {
        let escape = |from, to| move |text: String| text.replace(from, to);
        let body = escape('&', "\\u0026")(c.text());
        let body = escape('>', "\\u003e")(escape('<', "\\u003c")(body));
        c.other_body(body, d);
    }),
    ("body", "body_trailing_newline", |c, d| {
        let body = c.text() + d.pick(&["\n", "\r\n"]);
        c.other_body(body, d);
    }),
    ("body", "body_two_newlines", |c, d| {
        let body = c.text() + d.pick(&["\n\n", "\r\n\r\n"]);
        c.other_body(body, d);
    }),
    ("body", "body_trimmed", |c, _| {
        c.body = format!(" {}  ", c.text()).into()
    }),
    ("body", "body_bom", |c, d| {
        let body = format!("\u{feff}{}", c.text());
        c.other_body(body, d);
    }),
    ("body", "body_line_endings", |c, d| {
        let body = c.text().replace('\r', "");
        c.other_body(body, d);
    }),
    ("body", "body_gbk", |c, d| {
        let text = c.text();
        let mut gbk = Vec::new();
        for character in text.chars() {
            match character {
                '测' => gbk.extend(b"\xb2\xe2"),
                '试' => gbk.extend(b"\xca\xd4"),
                '鸡' => gbk.extend(b"\xbc\xa6"),
                '蛋' => gbk.extend(b"\xb5\xb0"),
                'é' => gbk.extend(b"\xa8\xa6"),
                other => gbk.push(u8::try_from(u32::from(other)).unwrap()),
            }
        }
        c.other_body(gbk, d);
    }),
    ("body", "body_latin1", |c, _| {
        c.signed_body = c
            .body
            .iter()
            .map(|byte| char::from(*byte))
            .collect::<String>()
            .into();
    }),
    ("body", "body_empty", |c, _| c.signed_body = vec![]),
    ("body", "body_data_wrapper", |c, d| {
        let body = format!("{{\"data\":{}}}", c.text());
        c.other_body(body, d);
    }),
    ("body", "body_double_encoded", |c, _| {
        c.signed_body = serde_json::to_vec(&c.text()).unwrap();
    }),
    ("body", "body_url_encoded", |c, _| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-*_".contains(&byte);
        let bytes = c.body.iter().map(|byte| match *byte {
            b' ' => "+".into(),
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        });
        c.signed_body = bytes.collect::<String>().into();
    }),
    ("body", "body_url_decoded", |c, _| {
        c.signed_body = c.text().replace("%20", " ").replace('+', " ").into();
    }),
    ("body", "body_field_added", |c, d| {
        let fields = [
            "\"sign\":\"\"",
            "\"added\":1",
            "\"memo2\":null",
            "\"x\":{\"y\":[1,2]}",
        ];
        let text = c.text();
        if !text.contains('\n') {
            c.body = text
                .replacen('{', &format!("{{{},", d.pick(&fields)), 1)
                .into();
        }
    }),
    ("body", "body_field_dropped", |c, d| {
        let fields = ["\"storeId\":\"\"", "\"operatorId\":null", "\"sign\":\"\""];
        let text = c.text();
        if !text.contains('\n') {
            c.signed_body = text
                .replacen('{', &format!("{{{},", d.pick(&fields)), 1)
                .into();
        }
    }),
    ("body", "", |c, _| {
        c.signed_body = c.text().replace('1', "2").replace('a', "b").into()
    }),
    ("body", "", |c, _| {
        c.signed_body = STANDARD.encode(&c.body).into()
    }),
    ("body", "", |c, _| {
        c.signed_body = c.text().encode_utf16().flat_map(u16::to_le_bytes).collect();
    }),
    ("body", "", |c, _| c.signed_body.truncate(20)),
    // Digest
    ("digest", "digest_upper_case", |c, _| {
        c.digest = Box::new(|body| hex(&hash::<Sha256>(body)).to_ascii_uppercase());
    }),
    ("digest", "digest_raw_bytes", |c, _| {
        c.digest = Box::new(hash::<Sha256>)
    }),
    ("digest", "digest_of_digest", |c, _| {
        c.digest = Box::new(|body| hex(&hash::<Sha256>(hex(&hash::<Sha256>(body)))));
    }),
    ("digest", "digest_base64", |c, _| {
        c.digest = Box::new(|body| STANDARD.encode(hash::<Sha256>(body)).into());
    }),
    ("digest", "digest_separators", |c, _| {
        c.digest = Box::new(|body| {
            let digest = String::from_utf8(hex(&hash::<Sha256>(body))).unwrap();
            let pairs: Vec<_> = (0..64).step_by(2).map(|at| &digest[at..at + 2]).collect();
            pairs.join("-").to_uppercase().into()
        });
    }),
    ("digest", "digest_hex_unpadded", |c, _| {
        c.digest = Box::new(|body| {
            let pairs = hash::<Sha256>(body)
                .into_iter()
                .map(|byte| format!("{byte:x}"));
            pairs.collect::<String>().into()
        });
    }),
    ("digest", "digest_sha384", |c, _| {
        c.digest = Box::new(|body| hex(&hash::<Sha384>(body)));
    }),
    ("digest", "digest_sm3", |c, _| {
        c.digest = Box::new(|body| hex(&hash::<sm3::Sm3>(body)));
    }),
    ("digest", "digest_other_hash", |c, d| match d.roll(3) {
        0 => c.digest = Box::new(|body| hex(&hash::<md5::Md5>(body))),
        1 => c.digest = Box::new(|body| hex(&hash::<sha1::Sha1>(body))),
        _ => c.digest = Box::new(|body| hex(&hash::<Sha512>(body))),
    }),
    ("digest", "digest_is_body", |c, _| {
        c.digest = Box::new(|body| body)
    }),
    ("digest", "", |c, _| {
        c.digest = Box::new(|body| hex(&hash::<Sha256>(body)[..16]));
    }),
    ("digest", "", |c, _| {
        c.digest = Box::new(|body| hex(&hash::<Sha512_256>(body)));
    }),
    ("digest", "", |c, _| {
        c.digest = Box::new(|body| format!("{}", body.len()).into())
    }),
    // String to sign
    ("string", "string_separators", |c, d| {
        let separator = d.pick(&["&", ",", "|", "\n", ":", ";", " "]).as_bytes();
        c.join = Box::new(move |parts| parts.join(separator));
    }),
    ("string", "string_part_order", |c, d| {
        let [i, j] = d.pick(&[[0, 1], [1, 2], [2, 3], [0, 3]]);
        c.join = Box::new(move |mut parts| {
            parts.swap(i, j);
            parts.concat()
        });
    }),
    ("string", "string_part_missing", |c, d| {
        let part = d.roll(4);
        c.join = Box::new(move |mut parts| {
            parts[part].clear();
            parts.concat()
        });
    }),
    ("string", "string_named_parts", |c, _| {
        c.join = Box::new(|[a, t, n, d]| {
            let names: [&[u8]; 4] = [b"appId=", b"&timestamp=", b"&nonce=", b"&body="];
            [names[0], &a, names[1], &t, names[2], &n, names[3], &d].concat()
        });
    }),
    ("string", "string_with_path", |c, d| {
        let extra = d
            .pick(&["/v6/a/b", "POST", "POST\n/v6/a/b?c=d\n"])
            .as_bytes();
        c.join = Box::new(move |parts| [extra, &parts.concat()].concat());
    }),
    ("string", "string_with_key", |c, _| {
        c.join = Box::new(|parts| [&parts.concat(), KEY.as_bytes()].concat());
    }),
    ("string", "string_hashed", |c, _| {
        c.join = Box::new(|parts| hex(&hash::<Sha256>(parts.concat())));
    }),
    ("string", "string_trailing_newline", |c, _| {
        c.join = Box::new(|parts| [&parts.concat()[..], b"\n"].concat());
    }),
    ("string", "string_two_newlines", |c, _| {
        c.join = Box::new(|parts| [&parts.concat()[..], b"\n\n"].concat());
    }),
    ("string", "string_utf16", |c, _| {
        c.join = Box::new(|parts| parts.concat().into_iter().flat_map(|b| [b, 0]).collect());
    }),
    ("string", "", |c, _| {
        c.join = Box::new(|parts| parts.join(&b'#'))
    }),
    ("string", "", |c, _| {
        c.join = Box::new(|parts| parts.concat().repeat(2))
    }),
    ("string", "", |c, _| {
        c.join = Box::new(|parts| [&parts.concat()[..], b"\0"].concat())
    }),
    ("string", "", |c, _| {
        c.join = Box::new(|parts| parts.concat().into_iter().rev().collect());
    }),
    // Key
    ("key", "key_hex_decoded", |c, _| {
        c.key = (0..32)
            .step_by(2)
            .map(|at| u8::from_str_radix(&KEY[at..at + 2], 16).unwrap())
            .collect();
    }),
    ("key", "key_base64_decoded", |c, _| {
        c.key = STANDARD.decode(KEY).unwrap()
    }),
    ("key", "key_case", |c, d| {
        c.key = d.pick(&[KEY.to_uppercase(), KEY.to_lowercase()]).into();
    }),
    ("key", "key_white_space", |c, d| {
        c.key = (KEY.to_owned() + d.pick(&["\n", "\r\n", " ", "\t", "\u{3000}"])).into();
    }),
    ("key", "key_quoted", |c, _| {
        c.key = format!("\"{KEY}\"").into()
    }),
    ("key", "key_is_notify_key", |c, _| c.key = NOTIFY_KEY.into()),
    ("key", "key_is_app_id", |c, _| c.key = ID.into()),
    ("key", "key_hashed", |c, _| {
        c.key = hex(&hash::<Sha256>(KEY))
    }),
    ("key", "key_empty", |c, _| c.key = vec![]),
    ("key", "", |c, _| c.key = KEY.bytes().rev().collect()),
    ("key", "", |c, _| c.key.truncate(16)),
    ("key", "", |c, _| c.key = STANDARD.encode(KEY).into()),
    ("key", "", |c, d| {
        c.key = d.text(32, "0123456789abcdef").into()
    }),
    // Function
    ("mac", "mac_arguments_swapped", |c, _| {
        c.mac = Box::new(|(key, text)| hmac::<Sha256>(&text, &key));
    }),
    ("mac", "mac_plain_hash", |c, d| match d.roll(4) {
        3 => c.mac = Box::new(|(key, text)| hash::<sha1::Sha1>([key, text].concat())),
        0 => c.mac = Box::new(|(key, text)| hash::<Sha256>([text, key].concat())),
        1 => c.mac = Box::new(|(key, text)| hash::<Sha256>([key, text].concat())),
        _ => c.mac = Box::new(|(_, text)| hash::<Sha256>(text)),
    }),
    ("mac", "mac_other_hash", |c, d| match d.roll(4) {
        0 => c.mac = Box::new(|(key, text)| hmac::<Sha512>(&key, &text)),
        1 => c.mac = Box::new(|(key, text)| hmac::<sha1::Sha1>(&key, &text)),
        2 => c.mac = Box::new(|(key, text)| hmac::<md5::Md5>(&key, &text)),
        _ => c.mac = Box::new(|(key, text)| hmac::<Sha384>(&key, &text)),
    }),
    ("mac", "mac_sha224", |c, _| {
        c.mac = Box::new(|(key, text)| hmac::<Sha224>(&key, &text))
    }),
    ("mac", "mac_sm3", |c, _| {
        c.mac = Box::new(|(key, text)| hmac::<sm3::Sm3>(&key, &text))
    }),
    ("mac", "", |c, _| {
        c.mac = Box::new(|(key, text)| hmac::<Sha256>(&key, &hmac::<Sha256>(&key, &text)));
    }),
    ("mac", "", |c, _| {
        c.mac = Box::new(|(key, text)| hmac::<Sha512>(&key, &text)[..32].to_vec());
    }),
    ("mac", "", |c, _| {
        c.mac = Box::new(|(key, text)| hash::<Sha256>([&text[..], &key, &text].concat()));
    }),
    // Encoding
    ("encoding", "signature_hex", |c, d| {
        let upper = d.roll(2) == 0;
        c.encode = Box::new(move |mac| {
            let digits = String::from_utf8(hex(&mac)).unwrap();
            if upper { digits.to_uppercase() } else { digits }
        });
    }),
    ("encoding", "signature_base64_of_hex", |c, _| {
        c.encode = Box::new(|mac| STANDARD.encode(hex(&mac)));
    }),
    ("encoding", "signature_double_base64", |c, _| {
        c.encode = Box::new(|mac| STANDARD.encode(STANDARD.encode(mac)));
    }),
    ("encoding", "signature_url_safe", |c, _| {
        c.encode = Box::new(|mac| URL_SAFE.encode(mac))
    }),
    ("encoding", "signature_unpadded", |c, _| {
        c.encode = Box::new(|mac| STANDARD.encode(mac).trim_end_matches('=').into());
    }),
    ("encoding", "signature_url_encoded", |c, _| {
        c.encode = Box::new(|mac| {
            let text = STANDARD.encode(mac).replace('+', "%2B");
            text.replace('/', "%2F").replace('=', "%3D")
        });
    }),
    ("encoding", "signature_plus_lost", |c, _| {
        c.encode = Box::new(|mac| STANDARD.encode(mac).replace('+', " "));
    }),
    ("encoding", "signature_white_space", |c, _| {
        c.encode = Box::new(|mac| STANDARD.encode(mac) + "\n");
    }),
    ("encoding", "", |c, _| {
        c.encode = Box::new(|mac| STANDARD.encode(&mac[1..]))
    }),
    ("encoding", "", |c, _| {
        c.encode = Box::new(|mac| STANDARD.encode(mac.into_iter().rev().collect::<Vec<_>>()));
    }),
    ("encoding", "", |c, _| {
        c.encode = Box::new(|mac| STANDARD.encode(mac).to_lowercase())
    }),
    ("encoding", "", |c, _| {
        c.encode = Box::new(|mac| format!("{mac:?}"))
    }),
    // Header
    ("header", "scheme_spelling", |c, d| {
        let scheme = d.pick(&["open-body-sig", "Open-Body-Sig", "OPEN_BODY_SIG", "Bearer"]);
        c.layout = Box::new(move |header| header.replace("OPEN-BODY-SIG", scheme));
    }),
    ("header", "scheme_missing", |c, _| {
        c.layout = Box::new(|header| header.replace("OPEN-BODY-SIG ", ""));
    }),
    ("header", "header_white_space", |c, d| {
        let (before, after) = d.pick(&[(" ", ""), ("\t", ""), ("  ", " "), ("", " ")]);
        c.layout = Box::new(move |header| format!("{before}{header}{after}"));
    }),
    ("header", "header_quotes", |c, d| {
        let (open, close) = d.pick(&[("'", "'"), ("“", "”"), ("‘", "’"), ("＂", "＂")]);
        c.layout = Box::new(move |header| {
            header
                .replace("=\"", &format!("={open}"))
                .replace('"', close)
        });
    }),
    ("header", "header_colons", |c, d| {
        let colon = d.pick(&[":", ": ", "："]);
        c.layout = Box::new(move |header| header.replace("=\"", &format!("{colon}\"")));
    }),
    ("header", "app_id_missing", |c, _| c.layout = without(0)),
    ("header", "timestamp_missing", |c, _| c.layout = without(1)),
    ("header", "nonce_missing", |c, _| c.layout = without(2)),
    ("header", "signature_missing", |c, _| c.layout = without(3)),
    ("header", "header_layout", |c, d| match d.roll(5) {
        0 => c.layout = Box::new(|header| header.replace('"', "")),
        1 => c.layout = Box::new(|header| header.replace("Nonce", "nonce")),
        2 => c.layout = Box::new(|header| header.replace(", ", "; ")),
        3 => c.layout = Box::new(|header| header.replace('"', "\\\"")),
        _ => c.layout = Box::new(|header| header.replace(", ", " , ")),
    }),
];

/// The header without one of its parameters.
fn without(number: usize) -> Step<String, String> {
    Box::new(move |header| {
        let (scheme, parameters) = header.split_once(' ').unwrap();
        let mut kept: Vec<_> = parameters.split(", ").collect();
        kept.remove(number);
        format!("{scheme} {}", kept.join(", "))
    })
}

fn named(header: &str, body: &[u8]) -> (bool, Vec<Mistake>) {
    let other = format!(
        r#"OPEN-BODY-SIG AppId="{ID}", Timestamp="{OTHER_TIME}", Nonce="{OTHER_NONCE}", Signature="IPmdGHYCcfN+mto0/02zkwoUF1NT3YqPKaUykMaec1Q=""#
    );
    let told = explain(
        &Claim::of_request(
            header,
            body,
            AppId::new(ID).unwrap(),
            &AppKey::new(KEY).unwrap(),
        )
        .with_notify_key(&NotifyKey::new(NOTIFY_KEY).unwrap())
        .with_request_line("POST", "/v6/a/b?c=d")
        .with_other_call(&other),
    );
    (told.is_match(), told.mistakes().to_vec())
}

/// What was counted, by how many known mistakes were made.
#[derive(Debug, Default)]
struct Tally {
    wrong: Vec<String>,
    /// (all, all of them named, some of them named)
    known: BTreeMap<usize, [usize; 3]>,
    /// By code, where it was made alone.
    unnamed: BTreeMap<&'static str, usize>,
    /// With at least one that is not known: (all, named in part).
    rare: [usize; 2],
    garbage: usize,
    /// The places in [`MISTAKES`] of those that made a difference.
    kinds: BTreeSet<usize>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.wrong.extend(other.wrong);
        for (count, numbers) in other.known {
            let sum = self.known.entry(count).or_default();
            for (sum, number) in sum.iter_mut().zip(numbers) {
                *sum += number;
            }
        }
        for (code, number) in other.unnamed {
            *self.unnamed.entry(code).or_default() += number;
        }
        for (sum, number) in self.rare.iter_mut().zip(other.rare) {
            *sum += number;
        }
        self.garbage += other.garbage;
        self.kinds.extend(other.kinds);
    }

    fn made(&mut self, seed: u64) {
        let mut dice = Dice(seed);
        let mut client = Client::new(&mut dice);
        // Each in turn, so that a short run has all of them too.
        let kind = (seed - seed / EACH) as usize % MISTAKES.len();
        let first = MISTAKES[kind];
        let mut made = vec![first];
        if dice.roll(2) == 0 {
            let second = dice.pick(MISTAKES);
            if second.0 != first.0 {
                made.push(second);
            }
        }
        for (_, _, make) in &made {
            make(&mut client, &mut dice);
        }
        let codes: Vec<&'static str> = made.iter().map(|(_, code, _)| *code).collect();
        let header = client.header();
        let (is_match, mistakes) = named(&header, &client.body);
        if is_match {
            // What was done made no difference, such as a nonce of digits in capitals.
            return;
        }
        self.kinds.insert(kind);
        let swapped = Mistake::AppIdAndAppKeySwapped;
        let is_made = |mistake: &Mistake| {
            codes.contains(&mistake.code())
                // A body that is nothing, in place of its digest, is a part that is missing.
                || *mistake == Mistake::StringPartMissing
                    && codes.contains(&"body_empty")
                    && codes.contains(&"digest_is_body")
                || *mistake == swapped
                    && codes.contains(&"app_id_is_app_key")
                    && codes.contains(&"key_is_app_id")
        };
        if !mistakes.iter().all(is_made) {
            let body = String::from_utf8_lossy(&client.body).into_owned();
            self.wrong.push(format!(
                "seed {seed}: made {codes:?}, named {mistakes:?}\n  {header}\n  {body:?}"
            ));
        }
        if codes.contains(&"") {
            self.rare[0] += 1;
            self.rare[1] += usize::from(!mistakes.is_empty());
        } else {
            let [all, whole, some] = self.known.entry(codes.len()).or_default();
            *all += 1;
            *whole += usize::from(mistakes.len() == codes.len() || mistakes == [swapped]);
            *some += usize::from(!mistakes.is_empty());
            if mistakes.is_empty() && codes.len() == 1 {
                *self.unnamed.entry(codes[0]).or_default() += 1;
            }
        }
    }

    fn garbage(&mut self, seed: u64) {
        let mut dice = Dice(seed);
        let client = Client::new(&mut dice);
        let right = client.header();
        let base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let any = "AppIdTimestampNonceSignature=\"',:; \t0123456789测“”%+/\\{}OPEN-BODY-SIG";
        let (before, _) = right.split_once("Signature").unwrap();
        let header = match dice.roll(6) {
            0 => format!("{before}Signature=\"{}=\"", dice.text(43, base64)),
            1 => format!(
                "{before}Signature=\"{}\"",
                dice.text(64, "0123456789abcdef")
            ),
            2 => {
                let length = dice.roll(200);
                dice.text(length, any)
            }
            3 => format!("OPEN-BODY-SIG {}", dice.text(120, any)),
            4 => right.replace(&client.sent[2], &dice.text(32, "0123456789abcdef")),
            _ => {
                // The signature is changed in one place: not at its end, where some bits are idle.
                let mut bytes = right.into_bytes();
                let at = bytes.len() - 4 - dice.roll(40);
                bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
                String::from_utf8(bytes).unwrap()
            }
        };
        let (is_match, mistakes) = named(&header, &client.body);
        if is_match || !mistakes.is_empty() {
            self.wrong.push(format!(
                "seed {seed}: garbage, named {mistakes:?}\n  {header}"
            ));
        }
        self.garbage += 1;
    }
}

/// One of so many is garbage.
const EACH: u64 = 8;

#[test]
fn nothing_is_named_that_was_not_made() {
    #[expect(clippy::disallowed_methods, reason = "a longer run is asked for so")]
    let seeds: u64 = std::env::var("UMS_EXPLAIN_SEEDS")
        .ok()
        .map_or(1_200, |seeds| seeds.parse().unwrap());
    let threads = 4;
    let workers: Vec<_> = (0..threads)
        .map(|worker| {
            thread::spawn(move || {
                let mut tally = Tally::default();
                for seed in (worker..seeds).step_by(threads as usize) {
                    match seed % EACH + 1 {
                        EACH => tally.garbage(seed),
                        _ => tally.made(seed),
                    }
                }
                tally
            })
        })
        .collect();
    let mut tally = Tally::default();
    for worker in workers {
        tally.add(worker.join().unwrap());
    }
    let Tally {
        wrong,
        known,
        unnamed,
        rare,
        garbage,
        kinds,
    } = &tally;
    println!("known, by count: [all, wholly named, named in part or wholly]: {known:?}");
    println!(
        "alone and not named: {unnamed:?}; with a rare one: [all, named]: {rare:?}; garbage: {garbage}"
    );
    assert!(
        wrong.is_empty(),
        "{} wrong guesses:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let made = known.values().map(|[all, ..]| all).sum::<usize>() + rare[0] + garbage;
    assert!(made as u64 * 6 >= seeds * 5, "{made} of {seeds}");
    let without: Vec<_> = (0..MISTAKES.len())
        .filter(|kind| !kinds.contains(kind))
        .map(|kind| (kind, MISTAKES[kind].1))
        .collect();
    assert!(without.is_empty(), "never made: {without:?}");
    // One known mistake is named nearly always, two often.
    let [all, whole, _] = known[&1];
    assert!(whole * 100 >= all * 97, "{whole} of {all}");
    let [all, whole, _] = known[&2];
    assert!(whole * 100 >= all * 50, "{whole} of {all}");
}
