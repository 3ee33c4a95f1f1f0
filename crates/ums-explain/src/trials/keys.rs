//! Which key may have been used.

use alloc::vec;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use md5::Md5;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::candidate::{Candidate, Secret, secret};
use super::known::Known;
use super::spaced::{COMMONLY_SPACED, spaced};
use crate::mistake::Mistake;

/// Which key may have been used.
pub(crate) fn key_candidates(known: &Known<'_>) -> Vec<Candidate<Secret>> {
    let key = known.app_key;
    let mut all = vec![Candidate::new(&[], secret(&[key.as_bytes()]))];
    let mut push =
        |mistake, bytes: Vec<u8>| all.push(Candidate::new(&[mistake], Zeroizing::new(bytes)));
    if let Some(notify_key) = known.notify_key {
        push(Mistake::KeyIsNotifyKey, notify_key.into());
    }
    push(Mistake::KeyIsAppId, known.app_id.into());
    if let Ok(decoded) = base16ct::mixed::decode_vec(key) {
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
    let digest = hex_text(&Md5::digest(key.as_bytes()));
    push(Mistake::KeyHashed, digest.to_ascii_uppercase());
    push(Mistake::KeyHashed, digest);
    push(Mistake::KeyEmpty, vec![]);
    all.extend(spaced_keys.map(|text| {
        Candidate::new(&[Mistake::KeyWhiteSpace], Zeroizing::new(text.into_bytes())).wide()
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

fn hex_text(digest: &[u8]) -> Vec<u8> {
    base16ct::lower::encode_string(digest).into_bytes()
}
