//! Which function may have taken key and string.

use alloc::vec::Vec;

use hmac::digest::block_api::EagerHash;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use sm3::Sm3;

use super::candidate::Candidate;
use crate::mistake::Mistake;

/// A function of a key and a text.
pub(crate) type MacOf = fn(&[u8], &[u8]) -> Vec<u8>;

/// The right function, then others.
pub(crate) fn mac_candidates() -> Vec<Candidate<MacOf>> {
    use Mistake::{MacArgumentsSwapped, MacOtherHash, MacPlainHash, MacSha224, MacSm3};

    let common: [(&[Mistake], MacOf); _] = [
        (&[], hmac::<Sha256>),
        (&[MacArgumentsSwapped], |key, text| {
            hmac::<Sha256>(text, key)
        }),
        (&[MacPlainHash], |key, text| hash::<Sha256>(&[text, key])),
        (&[MacPlainHash], |key, text| hash::<Sha256>(&[key, text])),
        (&[MacPlainHash], |_, text| hash::<Sha256>(&[text])),
        (&[MacOtherHash], hmac::<Sha512>),
        (&[MacOtherHash], hmac::<Sha384>),
        (&[MacOtherHash], hmac::<Sha1>),
        (&[MacOtherHash], hmac::<Md5>),
        (&[MacPlainHash], |key, text| hash::<Sha1>(&[text, key])),
        (&[MacPlainHash], |key, text| hash::<Md5>(&[text, key])),
    ];
    let rare: [(&[Mistake], MacOf); _] = [
        (&[MacPlainHash], |key, text| hash::<Sha1>(&[key, text])),
        (&[MacSha224], hmac::<Sha224>),
        (&[MacSm3], hmac::<Sm3>),
    ];
    let candidate = |(mistakes, mac)| Candidate::new(mistakes, mac);
    let rare = rare.into_iter().map(candidate).map(Candidate::wide);
    common.into_iter().map(candidate).chain(rare).collect()
}

pub(crate) fn hmac<D: EagerHash>(key: &[u8], text: &[u8]) -> Vec<u8> {
    match Hmac::<D>::new_from_slice(key) {
        Ok(hmac) => hmac.chain_update(text).finalize().into_bytes().to_vec(),
        Err(_) => unreachable!("HMAC takes a key of any length"),
    }
}

/// The plain hash of all parts, one after another.
pub(crate) fn hash<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_vec()
}
