//! A request for a token: a plain hash over AppId, timestamp, nonce and AppKey.

use alloc::vec;
use alloc::vec::Vec;

use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use ums_auth::open_access_token::TokenRequest;
use ums_auth::{Nonce, NotifyKey, Timestamp};

use super::request::{missing, mistake_of_app_id, part_of_form};
use crate::claim::{Claim, Credentials};
use crate::explanation::{Explanation, step, tidy};
use crate::mask::Mask;
use crate::mistake::{Mistake, Part};
use crate::trials::{self, Candidate, Choices, Known, MacOf, hash, hmac};
use crate::{readings, zones};

pub(super) fn explain(
    claim: &Claim<'_>,
    fields: &[(&str, &str)],
    credentials: &Credentials,
) -> Explanation {
    let Credentials { app_id, app_key } = credentials;
    let value = |wanted: &str| {
        let found = fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| *value)
    };
    let [sent_id, sent_time, sent_nonce, sent_signature] =
        ["appId", "timestamp", "nonce", "signature"].map(value);
    let values = [sent_id, sent_time, sent_nonce, sent_signature].map(Option::unwrap_or_default);
    let [id, timestamp, nonce, signature] = values;
    let missing = missing(&values);
    let is_there = |part| !missing.iter().any(|mistake| mistake.part() == part);
    let signed_id = if is_there(Part::AppId) {
        id
    } else {
        app_id.as_str()
    };
    let mask = Mask::new(
        [app_key.expose_secret()]
            .into_iter()
            .chain(claim.notify_key.as_ref().map(NotifyKey::expose_secret)),
    );

    let hashes = hashes(value("signMethod"));
    let readings = readings::all_hex(signature, false);
    let known = Known {
        sent: [signed_id, timestamp, nonce],
        readings: &readings,
        body: b"",
        app_id: app_id.as_str(),
        app_key: app_key.expose_secret(),
        notify_key: claim.notify_key.as_ref().map(NotifyKey::expose_secret),
        method_and_target: None,
        other: [None, None],
    };
    let mut last_part = trials::key_candidates(&known);
    // No key at the end is a part that is missing.
    last_part.retain(|key| !key.value.is_empty());
    let choices = Choices {
        bodies: last_part,
        values: trials::value_candidates(&known),
        joins: trials::join_candidates(&known),
        keys: vec![Candidate::new(
            &[],
            app_key.expose_secret().as_bytes().to_vec().into(),
        )],
        macs: hashes
            .iter()
            .map(|(mistake, hash)| Candidate::new(mistake.as_slice(), *hash))
            .collect(),
    };
    let found = match is_there(Part::Signature) {
        true => choices.find(&readings, || None),
        false => None,
    };

    let form = TokenRequest::from_fields(fields.iter().copied())
        .err()
        .map(|error| part_of_form(error.problem()));
    let computed = found.as_ref().is_some_and(Vec::is_empty);
    let same_app_id = id == app_id.as_str();
    let is_match = computed && same_app_id && form.is_none();
    let is_explained = found.is_some();
    let mut mistakes = found.unwrap_or_default();
    let is_one = missing.len() <= 1 && (same_app_id || !is_there(Part::AppId));
    if is_explained || is_one {
        mistakes.extend(&missing);
    }
    if is_explained {
        mistakes.extend(mistake_of_app_id(id, app_id, app_key.expose_secret()));
        mistakes.extend(
            form.filter(|form| *form == Part::Header)
                .map(|_| Mistake::HeaderLayout),
        );
    }
    if let (true, Some(moment), Ok(written)) =
        (computed, claim.sent_at, Timestamp::parse(timestamp))
    {
        mistakes.extend(zones::mistake_between(
            written.to_datetime().naive_local(),
            moment.to_datetime().naive_local(),
        ));
    }
    let mistakes = tidy(mistakes);
    let first_difference = form
        .into_iter()
        .chain((!same_app_id).then_some(Part::AppId))
        .chain(mistakes.iter().map(|mistake| mistake.part()))
        .min()
        .or((!is_match).then_some(Part::Signature));

    let is_whole = Timestamp::parse(timestamp).is_ok() && Nonce::new(nonce).is_ok();
    let expected = hashes.first().filter(|_| is_whole).map(|(_, hash)| {
        let parts = [app_id.as_str(), timestamp, nonce, app_key.expose_secret()];
        let text = zeroize::Zeroizing::new(parts.concat());
        base16ct::lower::encode_string(&hash(b"", text.as_bytes()))
    });
    let expected = expected.filter(|expected| !expected.is_empty());
    let inner = |part| {
        let wrong = first_difference == Some(part) || mistakes.iter().any(|m| m.part() == part);
        (is_explained || wrong).then_some(!wrong)
    };
    let show = |text: Option<&str>| text.map(|text| mask.show(text));
    let agrees = expected
        .as_ref()
        .map(|expected| signature == expected.as_str());
    let steps = vec![
        step(
            Part::AppId,
            show(Some(app_id.as_str())),
            show(sent_id),
            Some(same_app_id),
        ),
        step(
            Part::Timestamp,
            claim.sent_at.map(|moment| moment.as_str().into()),
            show(sent_time),
            inner(Part::Timestamp),
        ),
        step(Part::Nonce, None, show(sent_nonce), inner(Part::Nonce)),
        // It holds the AppKey.
        step(Part::StringToSign, None, None, inner(Part::StringToSign)),
        step(Part::Key, None, None, inner(Part::Key)),
        step(Part::Mac, None, None, inner(Part::Mac)),
        step(Part::Signature, expected, show(sent_signature), agrees),
    ];
    Explanation {
        is_match,
        is_explained,
        first_difference,
        mistakes,
        steps,
    }
}

/// The function that `signMethod` announces, then others.
fn hashes(method: Option<&str>) -> Vec<(Option<Mistake>, MacOf)> {
    let known: [(Option<&str>, MacOf); _] = [
        (Some("SHA256"), |_, text| hash::<Sha256>(&[text])),
        (None, |_, text| hash::<Sha1>(&[text])),
    ];
    let (mut right, mut others): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|(name, _)| *name == method);
    if right.is_empty() {
        // Nothing is right, and nothing comes out.
        right.push((method, |_, _| vec![]));
    }
    others.push((None, |_, text| hash::<Sha512>(&[text])));
    others.push((None, |_, text| hash::<Md5>(&[text])));
    let hmacs: [MacOf; 2] = [hmac::<Sha256>, |key, text| {
        hmac::<Sha256>(key, text.strip_suffix(key).unwrap_or(text))
    }];
    let right = right.into_iter().map(|(_, hash)| (None, hash));
    let others = others
        .into_iter()
        .map(|(_, hash)| (Some(Mistake::HashOther), hash));
    let hmacs = hmacs
        .into_iter()
        .map(|hash| (Some(Mistake::HashIsHmac), hash));
    right.chain(others).chain(hmacs).collect()
}
