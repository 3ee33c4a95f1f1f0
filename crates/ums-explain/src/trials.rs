//! Makes each known mistake again and sees whether the signature that was sent comes out.
//!
//! A computation has five choices: what stands for the body, which values, how they are put
//! together, which key, which function. Each has a list of candidates of which the first is right.
//! First all are right, then one is wrong, then two. How the signature is written costs nothing to
//! try: every reading of it is compared with each result.

mod bodies;
mod candidate;
mod choices;
mod digests;
mod joins;
mod json_text;
mod keys;
mod known;
mod macs;
mod spaced;
mod values;

use alloc::string::ToString;
use alloc::vec::Vec;

use sha2::Sha256;
use ums_auth::BodyDigest;

use crate::mistake::Mistake;

pub(crate) use candidate::{Candidate, Secret};
pub(crate) use choices::Choices;
pub(crate) use joins::join_candidates;
pub(crate) use keys::key_candidates;
pub(crate) use known::Known;
pub(crate) use macs::{MacOf, hash, hmac};
pub(crate) use values::{other_app_id, other_format, value_candidates};

/// The fewest mistakes that lead to the signature: none when it is right; `None` when nothing that
/// is known does.
pub(crate) fn find(known: &Known<'_>) -> Option<Vec<Mistake>> {
    let choices = Choices {
        bodies: digests::digest_candidates(known),
        values: value_candidates(known),
        joins: join_candidates(known),
        keys: key_candidates(known),
        macs: macs::mac_candidates(),
    };
    choices.find(known.readings, || any_order(known))
}

fn any_order(known: &Known<'_>) -> Option<Vec<Mistake>> {
    let [app_id, timestamp, nonce] = known.sent.map(str::as_bytes);
    let key = known.app_key.as_bytes();
    let mut found = None;
    bodies::any_order(known.body, |mistakes, body| {
        let digest = BodyDigest::of(body).to_string();
        let result = hmac::<Sha256>(
            key,
            &joins::plain([app_id, timestamp, nonce, digest.as_bytes()]),
        );
        let reading = known
            .readings
            .iter()
            .find(|reading| reading.bytes == result);
        found = reading.map(|reading| [mistakes, &reading.mistakes].concat());
        found.is_some()
    });
    found
}
