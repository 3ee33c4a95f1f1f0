//! Two headers for one call, one refused and one right.

use alloc::vec;
use alloc::vec::Vec;

use ums_auth::NotifyKey;

use super::request::form_of_header;
use crate::claim::Claim;
use crate::explanation::{Explanation, Step, step, tidy};
use crate::mask::Mask;
use crate::mistake::{Mistake, Part};
use crate::readings::{self, Reading};
use crate::sent::{self, Sent};

pub(super) fn explain(claim: &Claim<'_>, header: &str, right: &str) -> Explanation {
    let header = sent::value_of(header);
    let sent = Sent::read(header);
    let right = Sent::read(right);
    let mask = Mask::new(claim.notify_key.iter().map(NotifyKey::expose_secret));
    let compared = |part, right: Option<&str>, sent: Option<&str>| {
        let show = |text: Option<&str>| text.map(|text| mask.show(text));
        step(part, show(right), show(sent), Some(right == sent))
    };
    let mut steps = vec![
        compared(Part::Scheme, Some(&right.scheme), Some(&sent.scheme)),
        compared(Part::AppId, right.app_id.as_deref(), sent.app_id.as_deref()),
        compared(
            Part::Timestamp,
            right.timestamp.as_deref(),
            sent.timestamp.as_deref(),
        ),
        compared(Part::Nonce, right.nonce.as_deref(), sent.nonce.as_deref()),
    ];
    let first = |steps: &[Step]| {
        steps
            .iter()
            .find(|s| s.agrees == Some(false))
            .map(|s| s.part)
    };
    let mut first_difference = form_of_header(header)
        .into_iter()
        .chain(first(&steps))
        .min();

    let [right_signature, sent_signature] = [&right, &sent].map(|sent| sent.signature.as_deref());
    let bytes = |signature: Option<&str>| readings::all(signature.unwrap_or_default());
    let right_bytes = bytes(right_signature)
        .into_iter()
        .find(|reading| reading.mistakes.is_empty());
    let same = right_bytes.and_then(|right| {
        let mut readings = bytes(sent_signature).into_iter();
        readings.find(|reading| reading.bytes == right.bytes)
    });
    let is_explained = same.is_some();
    let mut mistakes: Vec<Mistake> = Vec::new();
    match same {
        Some(Reading {
            mistakes: found, ..
        }) => mistakes = found,
        None => first_difference = first_difference.or(Some(Part::Signature)),
    }
    if first_difference.is_none() && !mistakes.is_empty() {
        first_difference = Some(Part::Encoding);
    }
    steps.push(compared(Part::Signature, right_signature, sent_signature));
    Explanation {
        is_match: first_difference.is_none(),
        is_explained,
        first_difference,
        mistakes: tidy(mistakes),
        steps,
    }
}
