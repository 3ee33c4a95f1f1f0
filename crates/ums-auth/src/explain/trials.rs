//! Makes each known mistake again and sees whether the signature that was sent
//! comes out.
//!
//! A computation has five choices: what stands for the body, which values,
//! how they are put together, which key, which function. Each has a list of
//! candidates of which the first is right. First all are right, then one is
//! wrong, then two. How the signature is written costs nothing to try: every
//! reading of it is compared with each result.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use chrono::{DateTime, NaiveDateTime, TimeDelta};
use hmac::{Hmac, KeyInit, Mac, digest::block_api::EagerHash};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::bodies;
use super::mistake::Mistake;
use super::readings::Reading;
use super::zones;
use crate::{BodyDigest, Timestamp, hex};

/// What is known of a request that was signed in an unknown way.
pub(super) struct Known<'a> {
    /// AppId, Timestamp and Nonce as they stand in the header.
    pub(super) sent: [&'a str; 3],
    pub(super) readings: &'a [Reading],
    pub(super) body: &'a [u8],
    pub(super) app_id: &'a str,
    pub(super) app_key: &'a str,
    pub(super) notify_key: Option<&'a str>,
    pub(super) method_and_target: Option<(&'a str, &'a str)>,
    /// Timestamp and Nonce of the other call.
    pub(super) other: [Option<&'a str>; 2],
}

/// The fewest mistakes that lead to the signature: none when it is right;
/// `None` when nothing that is known does.
pub(super) fn find(known: &Known<'_>) -> Option<Vec<Mistake>> {
    let choices = Choices {
        bodies: body_candidates(known),
        values: value_candidates(known),
        joins: join_candidates(known),
        keys: key_candidates(known),
        macs: mac_candidates(),
    };
    choices.find(known.readings, || any_order(known))
}

/// What was computed, one choice after the other; the first of each is right.
pub(super) struct Choices<'a> {
    pub(super) bodies: Vec<Candidate<Secret>>,
    pub(super) values: Vec<Candidate<[Secret; 3]>>,
    pub(super) joins: Vec<Candidate<Join<'a>>>,
    pub(super) keys: Vec<Candidate<Secret>>,
    pub(super) macs: Vec<Candidate<MacOf>>,
}

impl Choices<'_> {
    /// The fewest mistakes that lead to one of the readings. `last_alone` is
    /// tried between one mistake and two.
    pub(super) fn find(
        &self,
        readings: &[Reading],
        last_alone: impl FnOnce() -> Option<Vec<Mistake>>,
    ) -> Option<Vec<Mistake>> {
        let lengths = [
            self.bodies.len(),
            self.values.len(),
            self.joins.len(),
            self.keys.len(),
            self.macs.len(),
        ];
        let narrow = [
            narrow(&self.bodies),
            narrow(&self.values),
            narrow(&self.joins),
            narrow(&self.keys),
            narrow(&self.macs),
        ];
        let attempt = |choices| self.attempt(choices, readings);

        let right = [0; 5];
        if let Some(found) = attempt(right) {
            return Some(found);
        }
        for (choice, length) in lengths.into_iter().enumerate() {
            for wrong in 1..length {
                if let Some(found) = attempt(with(right, choice, wrong)) {
                    return Some(found);
                }
            }
        }
        if let Some(found) = last_alone() {
            return Some(found);
        }
        for (first, one) in narrow.iter().enumerate() {
            for (second, other) in narrow.iter().enumerate().skip(first + 1) {
                for wrong in one {
                    for too in other {
                        let choices = with(with(right, first, *wrong), second, *too);
                        if let Some(found) = attempt(choices) {
                            return Some(found);
                        }
                    }
                }
            }
        }
        None
    }

    fn attempt(&self, [b, v, j, k, m]: [usize; 5], readings: &[Reading]) -> Option<Vec<Mistake>> {
        let (body, values, join) = (self.bodies.get(b)?, self.values.get(v)?, self.joins.get(j)?);
        let (key, mac) = (self.keys.get(k)?, self.macs.get(m)?);
        let [app_id, timestamp, nonce] = &values.value;
        let text = (join.value)([app_id, timestamp, nonce, &body.value]);
        let result = (mac.value)(&key.value, &text);
        let reading = readings.iter().find(|reading| reading.bytes == result)?;
        let mut mistakes = [
            &body.mistakes,
            &values.mistakes,
            &join.mistakes,
            &key.mistakes,
            &mac.mistakes,
            &reading.mistakes,
        ]
        .map(Vec::as_slice)
        .concat();
        mistakes.sort();
        mistakes.dedup();
        Some(mistakes)
    }
}

/// One way to make a choice, and the mistakes in it.
pub(super) struct Candidate<T> {
    pub(super) mistakes: Vec<Mistake>,
    pub(super) value: T,
    /// One of very many, or rare: tried alone, not together with another mistake.
    wide: bool,
}

impl<T> Candidate<T> {
    pub(super) fn wide(self) -> Self {
        Self { wide: true, ..self }
    }
}

pub(super) type Secret = Zeroizing<Vec<u8>>;
pub(super) type Join<'a> = Box<dyn Fn([&[u8]; 4]) -> Secret + 'a>;
pub(super) type MacOf = fn(&[u8], &[u8]) -> Vec<u8>;

pub(super) fn candidate<T>(mistakes: &[Mistake], value: T) -> Candidate<T> {
    Candidate {
        mistakes: mistakes.to_vec(),
        value,
        wide: false,
    }
}

/// The places of the wrong candidates that are tried in pairs.
fn narrow<T>(candidates: &[Candidate<T>]) -> Vec<usize> {
    let numbered = candidates.iter().enumerate().skip(1);
    numbered
        .filter(|(_, candidate)| !candidate.wide && candidate.mistakes.len() == 1)
        .map(|(place, _)| place)
        .collect()
}

fn with(mut choices: [usize; 5], choice: usize, wrong: usize) -> [usize; 5] {
    if let Some(place) = choices.get_mut(choice) {
        *place = wrong;
    }
    choices
}

/// What may stand for the body, fewest mistakes first and nothing twice.
fn body_candidates(known: &Known<'_>) -> Vec<Candidate<Secret>> {
    let body = known.body;
    let digest = BodyDigest::of(body);
    let bytes = digest.as_bytes();
    let lower = digest.hex();
    let mut all = vec![candidate(&[], lower.to_vec())];
    bodies::for_each(body, |mistakes, other| {
        all.push(candidate(mistakes, BodyDigest::of(other).hex().to_vec()));
    });
    let [app_id, timestamp, nonce] = known.sent;
    let header = [
        ("appId", app_id),
        ("timestamp", timestamp),
        ("nonce", nonce),
    ];
    bodies::with_other_fields(body, header, |mistake, other| {
        all.push(candidate(&[mistake], BodyDigest::of(other).hex().to_vec()).wide());
    });
    let pairs = |upper: bool| {
        let digits = hex_text(bytes);
        let digits = if upper {
            digits.to_ascii_uppercase()
        } else {
            digits
        };
        digits.chunks(2).map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    for upper in [true, false] {
        for separator in [&b"-"[..], b":", b" "] {
            let value = pairs(upper).join(separator);
            let separated = candidate(&[Mistake::DigestSeparators], value);
            let is_common = upper && separator == b"-";
            all.push(if is_common {
                separated
            } else {
                separated.wide()
            });
        }
        let unpadded = |pair: &[u8]| pair.strip_prefix(b"0").unwrap_or(pair).to_vec();
        let each: Vec<u8> = pairs(upper)
            .iter()
            .flat_map(|pair| unpadded(pair))
            .collect();
        let whole = pairs(upper).concat();
        let zeros = whole.iter().take_while(|digit| **digit == b'0').count();
        let whole = whole.into_iter().skip(zeros).collect();
        let made = match upper {
            true => &[Mistake::DigestUpperCase, Mistake::DigestHexUnpadded][..],
            false => &[Mistake::DigestHexUnpadded],
        };
        all.push(candidate(made, each));
        all.push(candidate(made, whole).wide());
    }
    let mut form = |mistake, value| all.push(candidate(&[mistake], value));
    form(Mistake::DigestUpperCase, lower.to_ascii_uppercase());
    form(Mistake::DigestRawBytes, bytes.to_vec());
    form(
        Mistake::DigestOfDigest,
        BodyDigest::of(bytes).hex().to_vec(),
    );
    form(
        Mistake::DigestOfDigest,
        BodyDigest::of(&lower).hex().to_vec(),
    );
    form(Mistake::DigestBase64, STANDARD.encode(bytes).into());
    form(Mistake::DigestOtherHash, hex_text(&Sha512::digest(body)));
    form(Mistake::DigestSha384, hex_text(&Sha384::digest(body)));
    #[cfg(feature = "sm3")]
    form(Mistake::DigestSm3, hex_text(&sm3::Sm3::digest(body)));
    #[cfg(feature = "sha1")]
    form(
        Mistake::DigestOtherHash,
        hex_text(&sha1::Sha1::digest(body)),
    );
    #[cfg(feature = "md5")]
    {
        let digest = hex_text(&md5::Md5::digest(body));
        form(Mistake::DigestOtherHash, digest.to_ascii_uppercase());
        form(Mistake::DigestOtherHash, digest);
    }
    if body.len() <= 4096 {
        form(Mistake::DigestIsBody, body.to_vec());
    }
    all.sort_by_key(|candidate| candidate.mistakes.len());
    let mut seen = BTreeSet::new();
    all.retain(|candidate| seen.insert(candidate.value.clone()));
    let secret = |candidate: Candidate<Vec<u8>>| Candidate {
        mistakes: candidate.mistakes,
        value: Zeroizing::new(candidate.value),
        wide: candidate.wide,
    };
    all.into_iter().map(secret).collect()
}

/// Which AppId, Timestamp and Nonce may have been signed.
pub(super) fn value_candidates(known: &Known<'_>) -> Vec<Candidate<[Secret; 3]>> {
    let mut texts: Vec<Candidate<[String; 3]>> = vec![candidate(&[], known.sent.map(String::from))];
    let sent = known.sent;
    let mut push = |place: usize, mistake, wide, text: String| {
        let mut values = sent.map(String::from);
        if let Some(value) = values.get_mut(place) {
            *value = text;
        }
        texts.push(Candidate {
            mistakes: vec![mistake],
            value: values,
            wide,
        });
    };
    let [app_id, timestamp, nonce] = sent;

    push(
        0,
        other_app_id(app_id, known.app_id),
        false,
        known.app_id.into(),
    );
    for (place, text) in spaced(known.app_id).into_iter().enumerate() {
        push(0, Mistake::AppIdWhiteSpace, place >= COMMONLY_SPACED, text);
    }
    push(0, Mistake::AppIdCase, false, app_id.to_ascii_uppercase());
    push(0, Mistake::AppIdCase, false, app_id.to_ascii_lowercase());
    push(0, Mistake::AppIdIsAppKey, false, known.app_key.into());

    let [other_timestamp, other_nonce] = known.other;
    if let Some(other) = other_timestamp {
        push(1, Mistake::TimestampOfOtherCall, false, other.into());
    }
    timestamps(timestamp, |mistake, wide, text| {
        push(1, mistake, wide, text)
    });

    if let Some(other) = other_nonce {
        push(2, Mistake::NonceOfOtherCall, false, other.into());
    }
    push(2, Mistake::NonceCase, false, nonce.to_ascii_uppercase());
    push(2, Mistake::NonceCase, false, nonce.to_ascii_lowercase());
    push(2, Mistake::NonceDashes, false, nonce.replace('-', ""));
    if let Some(dashed) = dashed(nonce) {
        push(2, Mistake::NonceDashes, false, dashed);
    }

    let mut seen = BTreeSet::new();
    let secret = |text: String| Zeroizing::new(text.into_bytes());
    texts
        .into_iter()
        .filter(|candidate| seen.insert(candidate.value.clone()))
        .map(|candidate| Candidate {
            mistakes: candidate.mistakes,
            value: candidate.value.map(secret),
            wide: candidate.wide,
        })
        .collect()
}

/// What the other AppId than the one that was sent shows of the mistake.
pub(super) fn other_app_id(sent: &str, right: &str) -> Mistake {
    if sent.trim() == right {
        Mistake::AppIdWhiteSpace
    } else if sent.eq_ignore_ascii_case(right) {
        Mistake::AppIdCase
    } else {
        Mistake::AppIdOther
    }
}

/// The moment that a timestamp in another format stands for, and the mistake.
pub(super) fn other_format(text: &str) -> Option<(Mistake, Timestamp)> {
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits && matches!(text.len(), 10 | 13) {
        let number = text.parse().ok()?;
        let (mistake, moment) = match text.len() {
            13 => (
                Mistake::TimestampEpochMilliseconds,
                DateTime::from_timestamp_millis(number)?,
            ),
            _ => (
                Mistake::TimestampEpochSeconds,
                DateTime::from_timestamp(number, 0)?,
            ),
        };
        return Some((mistake, Timestamp::at(&moment).ok()?));
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).take(14).collect();
    let timestamp = Timestamp::parse(&digits).ok()?;
    (!all_digits).then_some((Mistake::TimestampSeparators, timestamp))
}

/// What may have been signed in place of this timestamp.
fn timestamps(sent: &str, mut push: impl FnMut(Mistake, bool, String)) {
    let timestamp = match (Timestamp::parse(sent), other_format(sent)) {
        (Ok(timestamp), _) => timestamp,
        (Err(_), Some((mistake, timestamp))) => {
            push(mistake, false, timestamp.to_string());
            timestamp
        }
        (Err(_), None) => return,
    };
    let moment = timestamp.to_datetime();
    let mut shift = |mistake, wide, delta| {
        let shifted = moment
            .checked_add_signed(delta)
            .map(|moment| Timestamp::at(&moment));
        if let Some(Ok(shifted)) = shifted {
            push(mistake, wide, shifted.to_string());
        }
    };
    let local = moment.naive_local();
    // Written on a clock of twelve hours, in one of the two places.
    let written = [
        zones::on_twelve_hours(local),
        zones::on_twenty_four_hours(local),
    ];
    for written in written.into_iter().flatten() {
        shift(Mistake::Timestamp12Hour, false, written - local);
    }
    // In another zone, in one of the two places.
    for (mistake, ahead) in zones::shifts() {
        let wide = mistake != Mistake::TimestampUtc;
        shift(mistake, wide, ahead);
        shift(mistake, wide, -ahead);
    }
    for seconds in (-10..=10).filter(|seconds| *seconds != 0) {
        shift(
            Mistake::TimestampTakenTwice,
            true,
            TimeDelta::seconds(seconds),
        );
    }

    let seconds = moment.timestamp();
    push(Mistake::TimestampEpochSeconds, false, seconds.to_string());
    for milliseconds in 0..1000 {
        let text = (seconds * 1000 + milliseconds).to_string();
        push(Mistake::TimestampEpochMilliseconds, milliseconds > 0, text);
    }
    for text in separated(moment.naive_local()) {
        push(Mistake::TimestampSeparators, false, text);
    }
    let utc = moment.naive_utc().to_string().replace(' ', "T");
    push(Mistake::TimestampSeparators, false, utc + "Z");
}

/// The same time with separators, as it is often written.
fn separated(local: NaiveDateTime) -> [String; 6] {
    let plain = local.to_string();
    [
        plain.replace(' ', "T"),
        plain.replace(' ', "T") + "+08:00",
        plain.replace(['-', ':'], "").replace(' ', "T"),
        plain.replace(['-', ':'], ""),
        plain.replace('-', "/"),
        plain,
    ]
}

fn dashed(nonce: &str) -> Option<String> {
    let mut rest = nonce;
    let mut parts = Vec::new();
    for length in [8, 4, 4, 4, 12] {
        let (part, after) = rest.split_at_checked(length)?;
        parts.push(part);
        rest = after;
    }
    rest.is_empty().then(|| parts.join("-"))
}

/// How the four parts may have been put together.
pub(super) fn join_candidates<'a>(known: &Known<'a>) -> Vec<Candidate<Join<'a>>> {
    let mut all: Vec<Candidate<Join<'a>>> = vec![candidate(&[], Box::new(plain))];
    // The first four separators are the common ones.
    const SEPARATORS: [&str; 15] = [
        "&", ",", "|", "\n", " ", ":", ";", "-", "_", "+", ".", "/", ", ", "\r\n", "\t",
    ];
    for (place, separator) in SEPARATORS.into_iter().enumerate() {
        let join: Join<'a> = Box::new(move |parts| secret(&[&parts.join(separator.as_bytes())]));
        let candidate = candidate(&[Mistake::StringSeparators], join);
        all.push(if place < 4 {
            candidate
        } else {
            candidate.wide()
        });
    }
    let mut push_wide = |mistake, join: Join<'a>| all.push(candidate(&[mistake], join).wide());
    for [a, b, c, d] in orders() {
        push_wide(
            Mistake::StringPartOrder,
            Box::new(move |parts| {
                let part = |place: usize| parts.get(place).copied().unwrap_or_default();
                secret(&[part(a), part(b), part(c), part(d)])
            }),
        );
    }
    for missing in 0..4 {
        push_wide(
            Mistake::StringPartMissing,
            Box::new(move |mut parts| {
                if let Some(part) = parts.get_mut(missing) {
                    *part = b"";
                }
                plain(parts)
            }),
        );
    }
    for names in NAMES {
        for (separator, quote) in [("&", ""), (",", ""), (", ", "\""), (",", "\"")] {
            push_wide(
                Mistake::StringNamedParts,
                Box::new(move |parts| named(names, parts, separator, quote)),
            );
        }
    }
    let method_and_target = known.method_and_target;
    if let Some((method, target)) = method_and_target {
        let path = target.split('?').next().unwrap_or_default();
        let extras = [
            [target, ""],
            [path, ""],
            [method, ""],
            [method, path],
            [method, target],
        ];
        for extra in extras {
            for separator in ["", "\n", "&", " "] {
                let extra = move || -> Vec<u8> {
                    let parts = extra.iter().filter(|part| !part.is_empty());
                    parts.copied().collect::<Vec<_>>().join(separator).into()
                };
                push_wide(
                    Mistake::StringWithPath,
                    Box::new(move |parts| secret(&[&extra(), separator.as_bytes(), &plain(parts)])),
                );
                push_wide(
                    Mistake::StringWithPath,
                    Box::new(move |parts| secret(&[&plain(parts), separator.as_bytes(), &extra()])),
                );
            }
        }
    }
    let mut push = |mistake, join: Join<'a>| all.push(candidate(&[mistake], join));
    let key = known.app_key.as_bytes();
    push(
        Mistake::StringWithKey,
        Box::new(move |parts| secret(&[&plain(parts), key])),
    );
    push(
        Mistake::StringWithKey,
        Box::new(move |parts| secret(&[key, &plain(parts)])),
    );
    push(
        Mistake::StringWithKey,
        Box::new(move |[id, time, nonce, digest]| secret(&[id, time, nonce, key, digest])),
    );
    push(
        Mistake::StringHashed,
        Box::new(|parts| secret(&[&BodyDigest::of(&plain(parts)).hex()])),
    );
    push(
        Mistake::StringHashed,
        Box::new(|parts| secret(&[BodyDigest::of(&plain(parts)).as_bytes()])),
    );
    push(
        Mistake::StringTrailingNewline,
        Box::new(|parts| secret(&[&plain(parts), b"\n"])),
    );
    push(
        Mistake::StringTrailingNewline,
        Box::new(|parts| secret(&[&plain(parts), b"\r\n"])),
    );
    for end in [&b"\n\n"[..], b"\r\n\r\n"] {
        let join: Join<'a> = Box::new(|parts| secret(&[&plain(parts), end]));
        all.push(candidate(&[Mistake::StringTwoNewlines], join).wide());
    }
    let mut push = |mistake, join: Join<'a>| all.push(candidate(&[mistake], join));
    push(
        Mistake::StringUtf16,
        Box::new(|parts| utf16(&plain(parts), u16::to_le_bytes)),
    );
    push(
        Mistake::StringUtf16,
        Box::new(|parts| utf16(&plain(parts), u16::to_be_bytes)),
    );
    all
}

/// The names that the parts of the string are seen with.
const NAMES: [[&str; 4]; 6] = [
    ["AppId", "Timestamp", "Nonce", "Digest"],
    ["appId", "timestamp", "nonce", "digest"],
    ["AppId", "Timestamp", "Nonce", "Body"],
    ["appId", "timestamp", "nonce", "body"],
    ["appId", "timestamp", "nonce", "content"],
    ["appId", "timestamp", "nonce", ""],
];

fn named(names: [&str; 4], parts: [&[u8]; 4], separator: &str, quote: &str) -> Secret {
    let quote = quote.as_bytes();
    let pairs: Vec<Vec<u8>> = names
        .iter()
        .zip(parts)
        .map(|(name, part)| match *name {
            "" => part.to_vec(),
            name => [name.as_bytes(), b"=", quote, part, quote].concat(),
        })
        .collect();
    Zeroizing::new(pairs.join(separator.as_bytes()))
}

fn secret(parts: &[&[u8]]) -> Secret {
    Zeroizing::new(parts.concat())
}

fn plain(parts: [&[u8]; 4]) -> Secret {
    secret(&parts)
}

fn utf16(text: &[u8], bytes: fn(u16) -> [u8; 2]) -> Secret {
    let text = String::from_utf8_lossy(text);
    Zeroizing::new(text.encode_utf16().flat_map(bytes).collect())
}

/// Every order of four but the right one.
fn orders() -> impl Iterator<Item = [usize; 4]> {
    (0..256).filter_map(|number| {
        let order = [number / 64, number / 16 % 4, number / 4 % 4, number % 4];
        let distinct: BTreeSet<_> = order.iter().collect();
        (distinct.len() == 4 && !order.is_sorted()).then_some(order)
    })
}

/// Which key may have been used.
pub(super) fn key_candidates(known: &Known<'_>) -> Vec<Candidate<Secret>> {
    let key = known.app_key;
    let mut all = vec![candidate(&[], secret(&[key.as_bytes()]))];
    let mut push = |mistake, bytes: Vec<u8>| all.push(candidate(&[mistake], Zeroizing::new(bytes)));
    if let Some(notify_key) = known.notify_key {
        push(Mistake::KeyIsNotifyKey, notify_key.into());
    }
    push(Mistake::KeyIsAppId, known.app_id.into());
    let mut decoded = vec![0; key.len() / 2];
    if hex::decode(key, &mut decoded).is_some() {
        push(Mistake::KeyHexDecoded, decoded);
    }
    for engine in [&STANDARD, &STANDARD_NO_PAD] {
        if let Ok(decoded) = engine.decode(key) {
            push(Mistake::KeyBase64Decoded, decoded);
        }
    }
    push(Mistake::KeyCase, key.to_ascii_uppercase().into());
    push(Mistake::KeyCase, key.to_ascii_lowercase().into());
    let mut spaced_keys = spaced(key).into_iter();
    for text in spaced_keys.by_ref().take(COMMONLY_SPACED) {
        push(Mistake::KeyWhiteSpace, text.into());
    }
    for quote in ["\"", "'"] {
        push(Mistake::KeyQuoted, [quote, key, quote].concat().into());
    }
    let digest = Sha256::digest(key.as_bytes());
    push(Mistake::KeyHashed, digest.to_vec());
    push(Mistake::KeyHashed, hex_text(&digest));
    #[cfg(feature = "md5")]
    {
        let digest = hex_text(&md5::Md5::digest(key.as_bytes()));
        push(Mistake::KeyHashed, digest.to_ascii_uppercase());
        push(Mistake::KeyHashed, digest);
    }
    push(Mistake::KeyEmpty, vec![]);
    all.extend(spaced_keys.map(|text| {
        candidate(&[Mistake::KeyWhiteSpace], Zeroizing::new(text.into_bytes())).wide()
    }));
    // Not a set: it would keep copies that are not wiped.
    let mut seen: Vec<Secret> = Vec::new();
    all.retain(|candidate| {
        let new = !seen.contains(&candidate.value);
        seen.extend(new.then(|| candidate.value.clone()));
        new
    });
    all
}

/// How many of the spaced texts are common.
const COMMONLY_SPACED: usize = 4;

/// A text as it may come from a page or a file, with something around it; the
/// common ways first.
fn spaced(text: &str) -> Vec<String> {
    const SPACES: [&str; 9] = [
        "\n", "\r\n", " ", "  ", "\t", "\u{feff}", "\u{a0}", "\u{3000}", "\u{200b}",
    ];
    let after = SPACES.iter().map(|space| [text, space].concat());
    let before = SPACES.iter().rev().map(|space| [space, text].concat());
    let around = SPACES.iter().map(|space| [space, text, space].concat());
    let (common, rare) = (after.clone().take(3), after.skip(3));
    common
        .chain([[" ", text].concat()])
        .chain(rare)
        .chain(before)
        .chain(around)
        .collect()
}

/// Which function may have taken key and string.
fn mac_candidates() -> Vec<Candidate<MacOf>> {
    let all: [(&[Mistake], MacOf); _] = [
        (&[], hmac::<Sha256>),
        (&[Mistake::MacArgumentsSwapped], |key, text| {
            hmac::<Sha256>(text, key)
        }),
        (&[Mistake::MacPlainHash], |key, text| {
            Sha256::new()
                .chain_update(text)
                .chain_update(key)
                .finalize()
                .to_vec()
        }),
        (&[Mistake::MacPlainHash], |key, text| {
            Sha256::new()
                .chain_update(key)
                .chain_update(text)
                .finalize()
                .to_vec()
        }),
        (&[Mistake::MacPlainHash], |_, text| {
            Sha256::digest(text).to_vec()
        }),
        (&[Mistake::MacOtherHash], hmac::<Sha512>),
        (&[Mistake::MacOtherHash], hmac::<Sha384>),
        #[cfg(feature = "sha1")]
        (&[Mistake::MacOtherHash], hmac::<sha1::Sha1>),
        #[cfg(feature = "md5")]
        (&[Mistake::MacOtherHash], hmac::<md5::Md5>),
        #[cfg(feature = "sha1")]
        (&[Mistake::MacPlainHash], |key, text| {
            sha1::Sha1::new()
                .chain_update(text)
                .chain_update(key)
                .finalize()
                .to_vec()
        }),
        #[cfg(feature = "md5")]
        (&[Mistake::MacPlainHash], |key, text| {
            md5::Md5::new()
                .chain_update(text)
                .chain_update(key)
                .finalize()
                .to_vec()
        }),
    ];
    let rare: [(Mistake, MacOf); _] = [
        #[cfg(feature = "sha1")]
        (Mistake::MacPlainHash, |key, text| {
            sha1::Sha1::new()
                .chain_update(key)
                .chain_update(text)
                .finalize()
                .to_vec()
        }),
        (Mistake::MacSha224, hmac::<Sha224>),
        #[cfg(feature = "sm3")]
        (Mistake::MacSm3, hmac::<sm3::Sm3>),
    ];
    let common = all.into_iter();
    let common = common.map(|(mistakes, mac)| candidate(mistakes, mac));
    let rare = rare.into_iter();
    let rare = rare.map(|(mistake, mac)| candidate(&[mistake], mac).wide());
    common.chain(rare).collect()
}

pub(super) fn hmac<D: EagerHash>(key: &[u8], text: &[u8]) -> Vec<u8> {
    match Hmac::<D>::new_from_slice(key) {
        Ok(hmac) => hmac.chain_update(text).finalize().into_bytes().to_vec(),
        Err(_) => unreachable!("HMAC takes a key of any length"),
    }
}

fn hex_text(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .flat_map(|byte| hex::encode::<1, 2>(&[*byte]))
        .collect()
}

fn any_order(known: &Known<'_>) -> Option<Vec<Mistake>> {
    let [app_id, timestamp, nonce] = known.sent.map(str::as_bytes);
    let key = known.app_key.as_bytes();
    let mut found = None;
    bodies::any_order(known.body, |mistakes, body| {
        let digest = BodyDigest::of(body).hex();
        let result = hmac::<Sha256>(key, &plain([app_id, timestamp, nonce, &digest]));
        let reading = known
            .readings
            .iter()
            .find(|reading| reading.bytes == result);
        found = reading.map(|reading| [mistakes, &reading.mistakes].concat());
        found.is_some()
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_but_the_right_one_comes_once() {
        let all: Vec<[usize; 4]> = orders().collect();
        assert_eq!(all.len(), 23);
        assert!(!all.contains(&[0, 1, 2, 3]));
        let distinct: BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), 23);
        for order in all {
            let parts: BTreeSet<_> = order.into_iter().collect();
            assert_eq!(parts, BTreeSet::from([0, 1, 2, 3]));
        }
    }
}
