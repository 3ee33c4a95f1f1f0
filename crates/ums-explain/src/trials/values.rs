//! Which AppId, timestamp and nonce may have been signed.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use ums_auth::Timestamp;
use zeroize::Zeroizing;

use super::candidate::{Candidate, Secret};
use super::known::Known;
use super::spaced::{COMMONLY_SPACED, spaced};
use crate::mistake::Mistake;
use crate::zones;

/// Which AppId, Timestamp and Nonce may have been signed.
pub(crate) fn value_candidates(known: &Known<'_>) -> Vec<Candidate<[Secret; 3]>> {
    let mut texts: Vec<Candidate<[String; 3]>> =
        vec![Candidate::new(&[], known.sent.map(String::from))];
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
pub(crate) fn other_app_id(sent: &str, right: &str) -> Mistake {
    if sent.trim() == right {
        Mistake::AppIdWhiteSpace
    } else if sent.eq_ignore_ascii_case(right) {
        Mistake::AppIdCase
    } else {
        Mistake::AppIdOther
    }
}

/// The moment that a timestamp in another format stands for, and the mistake.
pub(crate) fn other_format(text: &str) -> Option<(Mistake, Timestamp)> {
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
