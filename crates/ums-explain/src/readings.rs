//! The bytes that a signature may stand for, by each way of writing them.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use ums_auth::{Signature, form};

use crate::mistake::Mistake;

/// What a text may stand for, and the mistakes that wrote it so.
pub(super) struct Reading {
    pub(super) bytes: Vec<u8>,
    pub(super) mistakes: Vec<Mistake>,
}

/// Every reading of `text`; that without a mistake comes first.
pub(super) fn all(text: &str) -> Vec<Reading> {
    let mut readings = Vec::new();
    if let Ok(signature) = Signature::parse(text) {
        readings.push(Reading {
            bytes: signature.as_bytes().to_vec(),
            mistakes: vec![],
        });
    }
    base64_into(&mut readings, text, &[]);

    let without_space: String = text.split_whitespace().collect();
    if without_space != text {
        base64_into(
            &mut readings,
            &text.replace(' ', "+"),
            &[Mistake::SignaturePlusLost],
        );
        base64_into(
            &mut readings,
            &without_space,
            &[Mistake::SignatureWhiteSpace],
        );
    }
    if text.contains('%') {
        // A "+" that was sent is one, not a space.
        if let Ok(decoded) = form::decode(&text.replace('+', "%2B")) {
            base64_into(&mut readings, &decoded, &[Mistake::SignatureUrlEncoded]);
        }
    }
    readings
}

/// Standard Base64, and what is one step from it.
fn base64_into(readings: &mut Vec<Reading>, text: &str, before: &[Mistake]) {
    let mut push = |bytes, mistakes: &[Mistake]| {
        let mistakes = [before, mistakes].concat();
        readings.push(Reading { bytes, mistakes });
    };
    if let Some(bytes) = from_hex(text.as_bytes()) {
        push(bytes, &[Mistake::SignatureHex]);
    }
    let mut mistakes = Vec::new();
    let mut standard: String = text.replace('-', "+").replace('_', "/");
    if standard != text {
        mistakes.push(Mistake::SignatureUrlSafe);
    }
    if !standard.len().is_multiple_of(4) && !standard.ends_with('=') {
        mistakes.push(Mistake::SignatureUnpadded);
        while !standard.len().is_multiple_of(4) {
            standard.push('=');
        }
    }
    if let Ok(bytes) = STANDARD.decode(&standard) {
        if let Some(inner) = from_base64(&bytes) {
            let twice = [&mistakes[..], &[Mistake::SignatureDoubleBase64]].concat();
            push(inner, &twice);
        }
        if let Some(inner) = from_hex(&bytes) {
            let of_hex = [&mistakes[..], &[Mistake::SignatureBase64OfHex]].concat();
            push(inner, &of_hex);
        }
        push(bytes, &mistakes);
    }
}

/// What a signature of hexadecimal digits may stand for; that without a mistake comes first. In a
/// notification the case of the digits does not matter.
pub(super) fn all_hex(text: &str, any_case: bool) -> Vec<Reading> {
    let mut readings = Vec::new();
    let without_space: String = text.split_whitespace().collect();
    let space: &[Mistake] = match without_space == text {
        true => &[],
        false => &[Mistake::SignatureWhiteSpace],
    };
    let mut push = |bytes, mistake: Option<Mistake>| {
        let mistakes = space.iter().copied().chain(mistake).collect();
        readings.push(Reading { bytes, mistakes });
    };
    if let Some(bytes) = from_hex(without_space.as_bytes()) {
        let upper = !any_case && without_space.bytes().any(|b| b.is_ascii_uppercase());
        push(bytes, upper.then_some(Mistake::SignatureUpperCase));
    }
    let decoded = STANDARD.decode(&without_space).ok();
    if let Some(bytes) = decoded.filter(|bytes| !bytes.is_empty()) {
        push(bytes, Some(Mistake::SignatureBase64));
    }
    readings
}

/// The bytes whose Base64 this is, where that is no chance: as long as a signature is.
fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok().filter(|bytes| bytes.len() >= 16)
}

fn from_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(digits).ok()?;
    let bytes = base16ct::mixed::decode_vec(text).ok()?;
    Some(bytes).filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_writing_is_read() {
        let bytes = Signature::parse("GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=").unwrap();
        for (text, mistakes) in [
            ("GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=", &[][..]),
            (
                "18836c093c8d293a4423d2973b5e8aa9927ae1f3b2032b442a5f1a691fc3cb4f",
                &[Mistake::SignatureHex],
            ),
            (
                "18836C093C8D293A4423D2973B5E8AA9927AE1F3B2032B442A5F1A691FC3CB4F",
                &[Mistake::SignatureHex],
            ),
            (
                "GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR_Dy08",
                &[Mistake::SignatureUrlSafe, Mistake::SignatureUnpadded],
            ),
            (
                "GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR%2FDy08%3D",
                &[Mistake::SignatureUrlEncoded],
            ),
            (
                "R0lOc0NUeU5LVHBFSTlLWE8xNktxWko2NGZPeUF5dEVLbDhhYVIvRHkwOD0=",
                &[Mistake::SignatureDoubleBase64],
            ),
            (
                "GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=\n",
                &[Mistake::SignatureWhiteSpace],
            ),
        ] {
            let found = all(text)
                .into_iter()
                .find(|reading| reading.bytes == bytes.as_bytes())
                .unwrap();
            assert_eq!(found.mistakes, mistakes, "{text}");
        }
    }
}
