//! How the four parts of the string may have been put together.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use ums_auth::BodyDigest;
use zeroize::Zeroizing;

use super::candidate::{Candidate, Secret, secret};
use super::known::Known;
use crate::mistake::Mistake;

/// What the four parts are together.
pub(crate) type Join<'a> = Box<dyn Fn([&[u8]; 4]) -> Secret + 'a>;

/// How the four parts may have been put together.
pub(crate) fn join_candidates<'a>(known: &Known<'a>) -> Vec<Candidate<Join<'a>>> {
    let mut all: Vec<Candidate<Join<'a>>> = vec![Candidate::new(&[], Box::new(plain))];
    // The first four separators are the common ones.
    const SEPARATORS: [&str; 15] = [
        "&", ",", "|", "\n", " ", ":", ";", "-", "_", "+", ".", "/", ", ", "\r\n", "\t",
    ];
    for (place, separator) in SEPARATORS.into_iter().enumerate() {
        let join: Join<'a> = Box::new(move |parts| secret(&[&parts.join(separator.as_bytes())]));
        let candidate = Candidate::new(&[Mistake::StringSeparators], join);
        all.push(if place < 4 {
            candidate
        } else {
            candidate.wide()
        });
    }
    let mut push_wide = |mistake, join: Join<'a>| all.push(Candidate::new(&[mistake], join).wide());
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
    let mut push = |mistake, join: Join<'a>| all.push(Candidate::new(&[mistake], join));
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
        Box::new(|parts| secret(&[BodyDigest::of(&plain(parts)).to_string().as_bytes()])),
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
        all.push(Candidate::new(&[Mistake::StringTwoNewlines], join).wide());
    }
    let mut push = |mistake, join: Join<'a>| all.push(Candidate::new(&[mistake], join));
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

pub(crate) fn plain(parts: [&[u8]; 4]) -> Secret {
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
