//! Hashes with a secret appended, as the token request and the notification
//! use them in place of an HMAC.

use alloc::string::String;

use hmac::digest::{CtOutput, Digest, Output};

use crate::hex;

/// Lower-case hexadecimal of the hash of all parts, one after another.
pub(crate) fn hex_of<D: Digest>(parts: &[&[u8]]) -> String {
    hash::<D>(parts)
        .iter()
        .flat_map(|byte| hex::encode::<1, 2>(&[*byte]))
        .map(char::from)
        .collect()
}

/// Whether `text` is the hash of all parts as hexadecimal in any case. The
/// hashes are compared in constant time.
pub(crate) fn is_hex_of<D: Digest>(parts: &[&[u8]], text: &str) -> bool {
    let mut given = Output::<D>::default();
    hex::decode(text, &mut given).is_some()
        && CtOutput::<D>::new(given) == CtOutput::new(hash::<D>(parts))
}

fn hash<D: Digest>(parts: &[&[u8]]) -> Output<D> {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Sha256;

    #[test]
    fn knows_its_own_in_either_case_and_nothing_else() {
        let parts: &[&[u8]] = &[b"a", b"", b"bc"];
        let text = hex_of::<Sha256>(parts);
        assert_eq!(
            text,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(is_hex_of::<Sha256>(parts, &text));
        assert!(is_hex_of::<Sha256>(parts, &text.to_uppercase()));
        assert!(!is_hex_of::<Sha256>(parts, &text[2..]));
        assert!(!is_hex_of::<Sha256>(parts, &text.replace('b', "c")));
        assert!(!is_hex_of::<Sha256>(parts, ""));
    }
}
