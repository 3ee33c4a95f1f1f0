//! Says which part of a signature is wrong, and what mistake made it so.
//!
//! Give [`explain`] what was sent and the credentials. It goes through the
//! computation step by step, and when the signature is not the right one it
//! makes known mistakes, each alone and the common ones in pairs, until the
//! signature that was sent comes out: then the mistake is certain. When none does it names no
//! mistake, as a wrong guess is worse than none.
//!
//! ```
//! use ums_auth::{AppId, AppKey};
//! use ums_auth::explain::{Claim, Mistake, Part, explain};
//!
//! // Signed before a library put spaces into the JSON:
//! let header = r#"OPEN-BODY-SIG AppId="12345678901234567890123456789012", Timestamp="20170101120000", Nonce="09876543210987654321098765432109", Signature="G7b2QUPXT7C31cZUuPIZYSk7bhkcr1T4oOWXKbaUN4A=""#;
//! let body = r#"{"merchantRemark": "测试"}"#;
//!
//! let app_id = AppId::new("12345678901234567890123456789012")?;
//! let app_key = AppKey::new("67890123456789012345678901234567")?;
//! let explanation = explain(&Claim::of_request(header, body.as_bytes(), app_id, &app_key));
//!
//! assert!(!explanation.is_match());
//! assert_eq!(explanation.first_difference(), Some(Part::BodyDigest));
//! assert_eq!(explanation.mistakes(), [Mistake::BodySpaces]);
//! println!("{}", Mistake::BodySpaces.english());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! No key is in anything that comes out, not even when it was sent as the AppId.
//! The cost is some thousand HMACs for a short body, and up to 40 000 more for
//! a JSON object of eight members, whose every order is tried.

mod bodies;
mod captured;
mod json_text;
mod mistake;
mod readings;
mod sent;
mod trials;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::app_id::AppId;
use crate::app_key::AppKey;
use crate::body_digest::BodyDigest;
use crate::header_text::HeaderProblem;
use crate::hex;
use crate::invalid::Field;
use crate::notify_key::NotifyKey;
use crate::open_body_sig::{Authorization, SCHEME};
use crate::prepared_key::PreparedKey;
use crate::timestamp::Timestamp;

pub use captured::{CapturedRequest, InvalidRequest};
pub use mistake::{Mistake, Part};
use readings::Reading;
use sent::Sent;

/// What was sent, and what is known about it.
#[derive(Clone)]
pub struct Claim<'a> {
    header: &'a str,
    request: Option<Request<'a>>,
    other: Option<&'a str>,
    notify_key: Option<NotifyKey>,
    method_and_target: Option<(&'a str, &'a str)>,
    sent_at: Option<Timestamp>,
}

#[derive(Clone)]
struct Request<'a> {
    body: &'a [u8],
    app_id: AppId,
    app_key: AppKey,
}

impl<'a> Claim<'a> {
    /// A header (`OPEN-BODY-SIG …`, or the whole line with its name), the body
    /// exactly as it was sent, and the credentials that should have signed it.
    #[must_use]
    pub fn of_request(header: &'a str, body: &'a [u8], app_id: AppId, app_key: &AppKey) -> Self {
        Self {
            request: Some(Request {
                body,
                app_id,
                app_key: app_key.clone(),
            }),
            ..Self::new(header, None)
        }
    }

    /// A header that is refused, and one made for the same call by an
    /// implementation that works. Without credentials they can only be
    /// compared.
    #[must_use]
    pub fn of_headers(header: &'a str, right: &'a str) -> Self {
        Self::new(header, Some(right))
    }

    fn new(header: &'a str, other: Option<&'a str>) -> Self {
        Self {
            header,
            request: None,
            other,
            notify_key: None,
            method_and_target: None,
            sent_at: None,
        }
    }

    /// The header of another call, such as the one before: its nonce,
    /// timestamp or signature may have been used again.
    #[must_use]
    pub fn with_other_call(self, header: &'a str) -> Self {
        Self {
            other: Some(header),
            ..self
        }
    }

    /// The 通讯密钥, which may have been used in place of the AppKey.
    #[must_use]
    pub fn with_notify_key(self, key: &NotifyKey) -> Self {
        Self {
            notify_key: Some(key.clone()),
            ..self
        }
    }

    /// Method and path (with query), which may have been signed too.
    #[must_use]
    pub fn with_request_line(self, method: &'a str, target: &'a str) -> Self {
        Self {
            method_and_target: Some((method, target)),
            ..self
        }
    }

    /// When the request was really sent, to see whether the timestamp is in
    /// another zone: a signature over it can be right all the same.
    #[must_use]
    pub fn with_sent_at(self, moment: Timestamp) -> Self {
        Self {
            sent_at: Some(moment),
            ..self
        }
    }
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").finish_non_exhaustive()
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    is_match: bool,
    first_difference: Option<Part>,
    mistakes: Vec<Mistake>,
    steps: Vec<Step>,
}

impl Explanation {
    /// Whether header and signature are right for this body and these
    /// credentials; for two headers, whether they say the same.
    #[must_use]
    pub fn is_match(&self) -> bool {
        self.is_match
    }

    /// The first part that differs; `None` when all is well. When the signature
    /// matches, this is still the timestamp if it is in another zone than the
    /// moment of sending.
    #[must_use]
    pub fn first_difference(&self) -> Option<Part> {
        self.first_difference
    }

    /// The mistakes that together lead to exactly what was sent, in the order
    /// of the computation: usually one, none when they are not known.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// The computation step by step.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// One step of the computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    part: Part,
    expected: Option<String>,
    sent: Option<String>,
    agrees: Option<bool>,
}

impl Step {
    /// The part this is about.
    #[must_use]
    pub fn part(&self) -> Part {
        self.part
    }

    /// What it should be, fit to be printed; `None` where that is not known or
    /// is secret.
    #[must_use]
    pub fn expected(&self) -> Option<&str> {
        self.expected.as_deref()
    }

    /// What was sent, fit to be printed; `None` where the part is not sent.
    #[must_use]
    pub fn sent(&self) -> Option<&str> {
        self.sent.as_deref()
    }

    /// Whether this step was done right; `None` where that cannot be told, as
    /// with everything between header and signature before the mistake is
    /// known.
    #[must_use]
    pub fn agrees(&self) -> Option<bool> {
        self.agrees
    }
}

/// Goes through the computation and looks for the mistake.
#[must_use]
pub fn explain(claim: &Claim<'_>) -> Explanation {
    match &claim.request {
        Some(request) => explain_request(claim, request),
        None => compare(claim),
    }
}

fn explain_request(claim: &Claim<'_>, request: &Request<'_>) -> Explanation {
    let header = sent::value_of(claim.header);
    let sent = Sent::read(header);
    let other = claim.other.map(Sent::read).unwrap_or_default();
    let mask = Mask(
        [request.app_key.expose()]
            .into_iter()
            .chain(claim.notify_key.as_ref().map(NotifyKey::expose))
            .collect(),
    );

    let app_id = sent.app_id.unwrap_or_default();
    let timestamp = sent.timestamp.unwrap_or_default();
    let nonce = sent.nonce.unwrap_or_default();
    let signature = sent.signature.unwrap_or_default();
    let readings = readings::all(signature);

    let digest = BodyDigest::of(request.body);
    let string = [app_id, timestamp, nonce, &digest.to_string()].concat();
    let expected = PreparedKey::new(request.app_key.expose().as_bytes()).sign(string.as_bytes());
    let computed = readings
        .iter()
        .any(|r| r.bytes == expected.as_bytes() && r.mistakes.is_empty());

    let form = form_of(header);
    let same_app_id = app_id == request.app_id.as_str();
    let is_match = computed && same_app_id && form.is_none();

    let found = match is_match {
        true => Some(vec![]),
        false => trials::find(&trials::Known {
            sent: [app_id, timestamp, nonce],
            readings: &readings,
            body: request.body,
            app_id: request.app_id.as_str(),
            app_key: request.app_key.expose(),
            notify_key: claim.notify_key.as_ref().map(NotifyKey::expose),
            method_and_target: claim.method_and_target,
            other: [other.timestamp, other.nonce],
        }),
    };
    let mut mistakes = found.clone().unwrap_or_default();
    if found.is_some() {
        mistakes.extend(mistakes_in_sight(&sent, form, request));
    } else if other.signature == Some(signature)
        && (other.timestamp, other.nonce) != (sent.timestamp, sent.nonce)
    {
        mistakes.push(Mistake::SignatureOfOtherCall);
    }
    if let (true, Some(sent_at)) = (computed, claim.sent_at) {
        mistakes.extend(zone_mistake(timestamp, sent_at));
    }
    let mistakes = tidy(mistakes);

    let parts_in_sight = form
        .into_iter()
        .chain((!same_app_id).then_some(Part::AppId))
        .chain(mistakes.iter().map(|mistake| mistake.part()));
    let first_difference = parts_in_sight
        .min()
        .or((!is_match).then_some(Part::Signature));

    // What goes on inside shows only once the signature is explained.
    let inner = |part| {
        let wrong = first_difference == Some(part) || mistakes.iter().any(|m| m.part() == part);
        (found.is_some() || wrong).then_some(!wrong)
    };
    let show = |text: Option<&str>| text.map(|text| mask.show(text));
    let steps = vec![
        step(
            Part::Scheme,
            Some(SCHEME.into()),
            show(Some(sent.scheme)),
            Some(sent.scheme == SCHEME),
        ),
        step(
            Part::AppId,
            show(Some(request.app_id.as_str())),
            show(sent.app_id),
            Some(same_app_id),
        ),
        step(
            Part::Timestamp,
            claim.sent_at.map(|moment| moment.to_string()),
            show(sent.timestamp),
            inner(Part::Timestamp),
        ),
        step(Part::Nonce, None, show(sent.nonce), inner(Part::Nonce)),
        step(
            Part::BodyDigest,
            Some(digest.to_string()),
            None,
            inner(Part::BodyDigest),
        ),
        step(
            Part::StringToSign,
            show(Some(&string)),
            None,
            inner(Part::StringToSign),
        ),
        step(Part::Key, None, None, inner(Part::Key)),
        step(
            Part::Mac,
            Some(hex_of(expected.as_bytes())),
            None,
            inner(Part::Mac),
        ),
        step(
            Part::Signature,
            Some(expected.to_string()),
            show(sent.signature),
            Some(computed),
        ),
    ];
    Explanation {
        is_match,
        first_difference,
        mistakes,
        steps,
    }
}

/// Mistakes that show in the header itself, once the signature is explained.
fn mistakes_in_sight(sent: &Sent<'_>, form: Option<Part>, request: &Request<'_>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    match form {
        Some(Part::Scheme) => mistakes.push(Mistake::SchemeSpelling),
        Some(Part::Header) => mistakes.push(Mistake::HeaderLayout),
        Some(Part::Timestamp) => {
            let read = sent.timestamp.and_then(trials::other_format);
            mistakes.extend(read.map(|(mistake, _)| mistake));
        }
        _ => {}
    }
    let app_id = sent.app_id.unwrap_or_default();
    if app_id == request.app_key.expose() {
        mistakes.push(Mistake::AppIdIsAppKey);
    } else if app_id != request.app_id.as_str() {
        let mistake = trials::other_app_id(app_id, request.app_id.as_str());
        mistakes.extend(Some(mistake).filter(|mistake| *mistake != Mistake::AppIdOther));
    }
    mistakes
}

/// In order, each once; two that are one are made one.
fn tidy(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    const SWAPPED: [Mistake; 2] = [Mistake::AppIdIsAppKey, Mistake::KeyIsAppId];
    if SWAPPED.iter().all(|mistake| mistakes.contains(mistake)) {
        mistakes.retain(|mistake| !SWAPPED.contains(mistake));
        mistakes.push(Mistake::AppIdAndAppKeySwapped);
    }
    mistakes.sort();
    mistakes.dedup();
    mistakes
}

/// The part whose form is wrong, whatever the signature.
fn form_of(header: &str) -> Option<Part> {
    let error = Authorization::parse(header).err()?;
    Some(match error.problem() {
        HeaderProblem::Scheme(_) => Part::Scheme,
        HeaderProblem::Value(value) => match value.field() {
            Field::AppId => Part::AppId,
            Field::Timestamp => Part::Timestamp,
            Field::Nonce => Part::Nonce,
            _ => Part::Encoding,
        },
        _ => Part::Header,
    })
}

/// Whole quarters of an hour between the timestamp and the moment of sending,
/// give or take five minutes, are a zone; less is a clock or a delay.
fn zone_mistake(timestamp: &str, sent_at: Timestamp) -> Option<Mistake> {
    let timestamp = Timestamp::parse(timestamp).ok()?;
    let seconds = (timestamp.to_datetime() - sent_at.to_datetime()).num_seconds();
    let quarters = (seconds + seconds.signum() * 450) / 900;
    let near = (seconds - quarters * 900).abs() <= 300;
    match quarters {
        _ if !near => None,
        0 => None,
        -32 => Some(Mistake::TimestampUtc),
        -104..=104 => Some(Mistake::TimestampZone),
        _ => None,
    }
}

fn compare(claim: &Claim<'_>) -> Explanation {
    let header = sent::value_of(claim.header);
    let sent = Sent::read(header);
    let right = Sent::read(claim.other.unwrap_or_default());
    let mask = Mask(claim.notify_key.iter().map(NotifyKey::expose).collect());
    let compared = |part, right: Option<&str>, sent: Option<&str>| {
        let show = |text: Option<&str>| text.map(|text| mask.show(text));
        step(part, show(right), show(sent), Some(right == sent))
    };
    let mut steps = vec![
        compared(Part::Scheme, Some(right.scheme), Some(sent.scheme)),
        compared(Part::AppId, right.app_id, sent.app_id),
        compared(Part::Timestamp, right.timestamp, sent.timestamp),
        compared(Part::Nonce, right.nonce, sent.nonce),
    ];
    let first = |steps: &[Step]| {
        steps
            .iter()
            .find(|s| s.agrees == Some(false))
            .map(|s| s.part)
    };
    let mut first_difference = form_of(header).into_iter().chain(first(&steps)).min();

    let bytes = |sent: &Sent<'_>| readings::all(sent.signature.unwrap_or_default());
    let right_bytes = bytes(&right)
        .into_iter()
        .find(|reading| reading.mistakes.is_empty());
    let same =
        right_bytes.and_then(|right| bytes(&sent).into_iter().find(|r| r.bytes == right.bytes));
    let mut mistakes = Vec::new();
    match same {
        Some(Reading {
            mistakes: found, ..
        }) => mistakes = found,
        None => first_difference = first_difference.or(Some(Part::Signature)),
    }
    if first_difference.is_none() && !mistakes.is_empty() {
        first_difference = Some(Part::Encoding);
    }
    steps.push(compared(Part::Signature, right.signature, sent.signature));
    Explanation {
        is_match: first_difference.is_none(),
        first_difference,
        mistakes: tidy(mistakes),
        steps,
    }
}

fn step(part: Part, expected: Option<String>, sent: Option<String>, agrees: Option<bool>) -> Step {
    Step {
        part,
        expected,
        sent,
        agrees,
    }
}

fn hex_of(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| hex::encode::<1, 2>(&[*byte]));
    digits.map(char::from).collect()
}

/// The secrets that must not be shown, whatever letter case they come in.
struct Mask<'a>(Vec<&'a str>);

impl Mask<'_> {
    /// A text fit to be printed: escaped, cut, and without any secret.
    fn show(&self, text: &str) -> String {
        let mut shown = String::from(text);
        for secret in &self.0 {
            shown = without(&shown, secret);
        }
        let cut: String = shown
            .chars()
            .take(400)
            .flat_map(char::escape_debug)
            .collect();
        match shown.chars().nth(400) {
            Some(_) => format!("{cut}…"),
            None => cut,
        }
    }
}

fn without(text: &str, secret: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let secret = secret.to_ascii_lowercase();
    let mut shown = String::new();
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find(&secret)) {
        shown.push_str(text.get(from..from + at).unwrap_or_default());
        shown.push_str("<secret>");
        from += at + secret.len();
    }
    shown.push_str(text.get(from..).unwrap_or_default());
    shown
}
