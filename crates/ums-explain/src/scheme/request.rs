//! A request under OPEN-BODY-SIG, or a query under OPEN-FORM-PARAM: one computation, over the body
//! or over the content.

use alloc::borrow::Cow;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::Sha256;
use ums_auth::{
    AppId, BodyDigest, FormProblem, HeaderProblem, InvalidValue, Nonce, NotifyKey, Signature,
    Timestamp, ValueName, open_body_sig, open_form_param,
};

use crate::claim::{Claim, Credentials};
use crate::explanation::{Explanation, step, tidy};
use crate::mask::Mask;
use crate::mistake::{Mistake, Part};
use crate::readings;
use crate::sent::{self, Sent};
use crate::trials::{self, hmac};
use crate::zones;

/// What was sent, and what should have signed it.
pub(super) struct Signed<'a> {
    scheme: &'static str,
    sent: Sent<'a>,
    /// The part whose form is wrong, whatever the signature.
    form: Option<Part>,
    /// What is hashed; `None` when it was not sent.
    body: Option<Cow<'a, [u8]>>,
    credentials: &'a Credentials,
}

impl<'a> Signed<'a> {
    pub(super) fn of_header(header: &'a str, body: &'a [u8], credentials: &'a Credentials) -> Self {
        Self {
            scheme: open_body_sig::SCHEME,
            sent: Sent::read(header),
            form: form_of_header(sent::value_of(header).trim()),
            body: Some(body.into()),
            credentials,
        }
    }

    pub(super) fn of_query(query: &'a str, credentials: &'a Credentials) -> Self {
        let (sent, content) = Sent::read_query(query);
        let bytes = |content| match content {
            Cow::Borrowed(text) => Cow::Borrowed(str::as_bytes(text)),
            Cow::Owned(text) => Cow::Owned(alloc::string::String::into_bytes(text)),
        };
        Self {
            scheme: open_form_param::SCHEME,
            sent,
            form: form_of_query(sent::query_of(query.trim())),
            body: content.map(bytes),
            credentials,
        }
    }
}

pub(super) fn explain(claim: &Claim<'_>, signed: Signed<'_>) -> Explanation {
    let Signed {
        scheme,
        sent,
        form,
        body,
        credentials: Credentials { app_id, app_key },
    } = &signed;
    let other = claim.other.map(Sent::read).unwrap_or_default();
    let mask = Mask::new(
        [app_key.expose_secret()]
            .into_iter()
            .chain(claim.notify_key.as_ref().map(NotifyKey::expose_secret)),
    );

    let [sent_id, timestamp, nonce, signature] = sent.values();
    let missing = missing(&sent.values());
    let is_there = |part| !missing.iter().any(|mistake| mistake.part() == part);
    // What cannot have been another: the header has none.
    let signed_id = if is_there(Part::AppId) {
        sent_id
    } else {
        app_id.as_str()
    };
    let bytes = body.as_deref().unwrap_or_default();
    let digest = BodyDigest::of(bytes);
    let sign = |app_id: &str| {
        let text = [app_id, timestamp, nonce, &digest.to_string()].concat();
        let key = app_key.expose_secret().as_bytes();
        (hmac::<Sha256>(key, text.as_bytes()), text)
    };
    let readings = readings::all(signature);
    let is_sent = |signature: &[u8]| {
        readings
            .iter()
            .any(|r| r.bytes == signature && r.mistakes.is_empty())
    };
    // Over the values as they were sent, whatever they are.
    let computed = is_sent(&sign(signed_id).0);
    // What it should be; not over anything that is missing or no such value.
    let is_whole =
        body.is_some() && Timestamp::parse(timestamp).is_ok() && Nonce::new(nonce).is_ok();
    let expected = is_whole.then(|| sign(app_id.as_str()));

    let same_app_id = sent_id == app_id.as_str();
    let is_match = computed && same_app_id && form.is_none() && !sent.white_space;

    let found = if is_match {
        Some(vec![])
    } else if is_there(Part::Signature) {
        trials::find(&trials::Known {
            sent: [signed_id, timestamp, nonce],
            readings: &readings,
            body: bytes,
            app_id: app_id.as_str(),
            app_key: app_key.expose_secret(),
            notify_key: claim.notify_key.as_ref().map(NotifyKey::expose_secret),
            method_and_target: claim.method_and_target,
            other: [other.timestamp.as_deref(), other.nonce.as_deref()],
        })
    } else {
        None
    };
    let mut is_explained = found.is_some();
    let mut mistakes = found.unwrap_or_default();
    // Of what is no request at all nothing is said to be missing.
    let is_one = missing.len() <= 1
        && match is_there(Part::AppId) {
            true => same_app_id,
            false => is_whole && Signature::parse(signature).is_ok(),
        };
    let seen = seen_around(sent);
    if is_explained || is_one {
        mistakes.extend(seen.iter().chain(&missing));
    }
    if is_explained {
        mistakes.extend(mistakes_of_form(sent, *form, &seen));
        mistakes.extend(mistake_of_app_id(sent_id, app_id, app_key.expose_secret()));
    } else if is_there(Part::Signature)
        && other.signature.as_deref() == Some(signature)
        && (&other.timestamp, &other.nonce) != (&sent.timestamp, &sent.nonce)
    {
        is_explained = true;
        mistakes.push(Mistake::SignatureOfOtherCall);
    }
    // A wrong signature is not the clock's fault.
    if let (true, Some(moment)) = (computed, claim.sent_at) {
        let written = Timestamp::parse(timestamp).ok();
        mistakes.extend(written.and_then(|written| {
            zones::mistake_between(
                written.to_datetime().naive_local(),
                moment.to_datetime().naive_local(),
            )
        }));
    }
    let mistakes = tidy(mistakes);

    let form_in_sight = match form {
        // Not badly encoded: not there.
        Some(Part::Encoding) if !is_there(Part::Signature) => Some(Part::Signature),
        form => *form,
    };
    let parts_in_sight = form_in_sight
        .into_iter()
        .chain(sent.white_space.then_some(Part::Header))
        .chain((!same_app_id).then_some(Part::AppId))
        .chain(mistakes.iter().map(|mistake| mistake.part()));
    let first_difference = parts_in_sight
        .min()
        .or((!is_match).then_some(Part::Signature));

    // What goes on inside shows only once the signature is explained.
    let inner = |part| {
        let wrong = first_difference == Some(part) || mistakes.iter().any(|m| m.part() == part);
        (is_explained || wrong).then_some(!wrong)
    };
    let show = |text: Option<&str>| text.map(|text| mask.show(text));
    let signature_agrees = match &expected {
        Some((signature, _)) => Some(is_sent(signature)),
        None if !is_there(Part::Signature) => Some(false),
        None => computed.then_some(true),
    };
    let steps = vec![
        step(
            Part::Scheme,
            Some((*scheme).into()),
            show(Some(&sent.scheme)),
            Some(sent.scheme == *scheme),
        ),
        step(
            Part::AppId,
            show(Some(app_id.as_str())),
            show(sent.app_id.as_deref()),
            Some(same_app_id),
        ),
        step(
            Part::Timestamp,
            claim.sent_at.map(|moment| moment.to_string()),
            show(sent.timestamp.as_deref()),
            inner(Part::Timestamp),
        ),
        step(
            Part::Nonce,
            None,
            show(sent.nonce.as_deref()),
            inner(Part::Nonce),
        ),
        step(
            Part::BodyDigest,
            body.is_some().then(|| digest.to_string()),
            None,
            inner(Part::BodyDigest),
        ),
        step(
            Part::StringToSign,
            show(expected.as_ref().map(|(_, text)| text.as_str())),
            None,
            inner(Part::StringToSign),
        ),
        step(Part::Key, None, None, inner(Part::Key)),
        step(
            Part::Mac,
            expected
                .as_ref()
                .map(|(signature, _)| base16ct::lower::encode_string(signature)),
            None,
            inner(Part::Mac),
        ),
        step(
            Part::Signature,
            expected
                .as_ref()
                .map(|(signature, _)| STANDARD.encode(signature)),
            show(sent.signature.as_deref()),
            signature_agrees,
        ),
    ];
    Explanation {
        is_match,
        is_explained,
        first_difference,
        mistakes,
        steps,
    }
}

/// The values that are not there, or empty.
pub(super) fn missing(values: &[&str; 4]) -> Vec<Mistake> {
    const MISSING: [Mistake; 4] = [
        Mistake::AppIdMissing,
        Mistake::TimestampMissing,
        Mistake::NonceMissing,
        Mistake::SignatureMissing,
    ];
    let values = values.iter().zip(MISSING);
    values
        .filter(|(value, _)| value.is_empty())
        .map(|(_, mistake)| mistake)
        .collect()
}

/// What is there to be seen around the values.
fn seen_around(sent: &Sent<'_>) -> Vec<Mistake> {
    let seen = [
        (sent.scheme.is_empty(), Mistake::SchemeMissing),
        (sent.white_space, Mistake::HeaderWhiteSpace),
        (sent.quotes, Mistake::HeaderQuotes),
        (sent.colons, Mistake::HeaderColons),
    ];
    let seen = seen.into_iter().filter(|(is_seen, _)| *is_seen);
    seen.map(|(_, mistake)| mistake).collect()
}

/// What is wrong with the form besides, where the signature is explained.
fn mistakes_of_form(sent: &Sent<'_>, form: Option<Part>, seen: &[Mistake]) -> Option<Mistake> {
    match form? {
        Part::Scheme if !sent.scheme.is_empty() => Some(Mistake::SchemeSpelling),
        Part::Header if seen.iter().all(|seen| seen.part() != Part::Header) => {
            Some(Mistake::HeaderLayout)
        }
        Part::Timestamp => {
            let read = trials::other_format(sent.timestamp.as_deref()?);
            read.map(|(mistake, _)| mistake)
        }
        _ => None,
    }
}

/// What the AppId that was sent shows, where the signature is explained.
pub(super) fn mistake_of_app_id(sent: &str, right: &AppId, app_key: &str) -> Option<Mistake> {
    if sent.is_empty() || sent == right.as_str() {
        return None;
    }
    if sent == app_key {
        return Some(Mistake::AppIdIsAppKey);
    }
    // That another was signed as well says nothing of the one that is right.
    let mistake = trials::other_app_id(sent, right.as_str());
    Some(mistake).filter(|mistake| *mistake != Mistake::AppIdOther)
}

/// The part of a header whose form is wrong.
pub(super) fn form_of_header(header: &str) -> Option<Part> {
    let error = open_body_sig::Authorization::parse(header).err()?;
    Some(match error.problem() {
        HeaderProblem::Scheme(_) => Part::Scheme,
        HeaderProblem::Missing(name) => part_named(name),
        HeaderProblem::Value(value) => part_of_value(value),
        _ => Part::Header,
    })
}

/// The part of a query whose form is wrong.
fn form_of_query(query: &str) -> Option<Part> {
    let error = open_form_param::Query::parse(query).err()?;
    Some(part_of_form(error.problem()))
}

pub(super) fn part_of_form(problem: &FormProblem) -> Part {
    match problem {
        FormProblem::Scheme(_) | FormProblem::Missing("authorization") => Part::Scheme,
        FormProblem::Missing(name) => part_named(name),
        FormProblem::Value(value) => part_of_value(value),
        _ => Part::Header,
    }
}

fn part_named(name: &str) -> Part {
    match name {
        "AppId" | "appId" => Part::AppId,
        "Timestamp" | "timestamp" => Part::Timestamp,
        "Nonce" | "nonce" => Part::Nonce,
        "Signature" | "signature" => Part::Signature,
        _ => Part::Header,
    }
}

fn part_of_value(value: &InvalidValue) -> Part {
    match value.field() {
        ValueName::AppId => Part::AppId,
        ValueName::Timestamp => Part::Timestamp,
        ValueName::Nonce => Part::Nonce,
        ValueName::SignMethod => Part::Mac,
        _ => Part::Encoding,
    }
}
