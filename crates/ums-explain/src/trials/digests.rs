//! What may stand for the body in the string that is signed: its digest, rightly made or not.

use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha384, Sha512};
use sm3::Sm3;
use ums_auth::BodyDigest;
use zeroize::Zeroizing;

use super::bodies;
use super::candidate::{Candidate, Secret};
use super::known::Known;
use crate::mistake::Mistake;

/// What may stand for the body, fewest mistakes first and nothing twice.
pub(crate) fn digest_candidates(known: &Known<'_>) -> Vec<Candidate<Secret>> {
    let body = known.body;
    let digest = BodyDigest::of(body);
    let bytes = digest.as_bytes();
    let lower = digest.to_string();
    let mut all = vec![Candidate::new(&[], lower.clone().into_bytes())];
    bodies::for_each(body, |mistakes, other| {
        all.push(Candidate::new(mistakes, digest_of(other)));
    });
    let [app_id, timestamp, nonce] = known.sent;
    let header = [
        ("appId", app_id),
        ("timestamp", timestamp),
        ("nonce", nonce),
    ];
    bodies::with_other_fields(body, header, |mistake, other| {
        all.push(Candidate::new(&[mistake], digest_of(other)).wide());
    });
    let pairs = |upper: bool| {
        let digits = if upper {
            lower.to_ascii_uppercase()
        } else {
            lower.clone()
        };
        digits
            .as_bytes()
            .chunks(2)
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
    };
    for upper in [true, false] {
        for separator in [&b"-"[..], b":", b" "] {
            let value = pairs(upper).join(separator);
            let separated = Candidate::new(&[Mistake::DigestSeparators], value);
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
        all.push(Candidate::new(made, each));
        all.push(Candidate::new(made, whole).wide());
    }
    let mut form = |mistake, value| all.push(Candidate::new(&[mistake], value));
    form(
        Mistake::DigestUpperCase,
        lower.to_ascii_uppercase().into_bytes(),
    );
    form(Mistake::DigestRawBytes, bytes.to_vec());
    form(Mistake::DigestOfDigest, digest_of(bytes));
    form(Mistake::DigestOfDigest, digest_of(lower.as_bytes()));
    form(Mistake::DigestBase64, STANDARD.encode(bytes).into());
    form(Mistake::DigestOtherHash, hex_text::<Sha512>(body));
    form(Mistake::DigestSha384, hex_text::<Sha384>(body));
    form(Mistake::DigestSm3, hex_text::<Sm3>(body));
    form(Mistake::DigestOtherHash, hex_text::<Sha1>(body));
    let md5 = hex_text::<Md5>(body);
    form(Mistake::DigestOtherHash, md5.to_ascii_uppercase());
    form(Mistake::DigestOtherHash, md5);
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

/// The digest as it is rightly made.
fn digest_of(body: &[u8]) -> Vec<u8> {
    BodyDigest::of(body).to_string().into_bytes()
}

fn hex_text<D: Digest>(bytes: &[u8]) -> Vec<u8> {
    base16ct::lower::encode_string(&D::digest(bytes)).into_bytes()
}
