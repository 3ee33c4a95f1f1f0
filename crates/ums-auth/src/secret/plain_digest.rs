//! Hashes with a secret appended, as the token request and the notification use them in place of an
//! HMAC.

use alloc::string::String;

use hmac::digest::{CtOutput, Digest, Output};

use zeroize::zeroize_stack;

use crate::invalid::{InvalidValue, ValueName, ValueRule};
use crate::secret::kept::STACK;
use crate::text::hex;

/// Lower-case hexadecimal of the hash of all parts, one after another.
pub(crate) fn hex_of<D: Digest>(parts: &[&[u8]]) -> String {
    hash::<D>(parts)
        .iter()
        .flat_map(|byte| hex::encode::<1, 2>(&[*byte]))
        .map(char::from)
        .collect()
}

/// Whether `text`, hexadecimal digits in any case, is the hash of all parts. The hashes are
/// compared in constant time.
///
/// # Errors
/// When `text` is not as many hexadecimal digits as the hash has.
pub(crate) fn is_hex_of<D: Digest>(parts: &[&[u8]], text: &str) -> Result<bool, InvalidValue> {
    let refuse = |rule| InvalidValue::with_given(ValueName::Signature, rule, text);
    let mut given = Output::<D>::default();
    let exactly = given.len() * 2;
    if text.len() != exactly {
        return Err(refuse(ValueRule::Length {
            exactly,
            length: text.len(),
        }));
    }
    hex::decode(text, &mut given).ok_or_else(|| refuse(ValueRule::Hexadecimal))?;
    Ok(CtOutput::<D>::new(given) == CtOutput::new(hash::<D>(parts)))
}

/// What the hash leaves of the secret on the stack is overwritten.
fn hash<D: Digest>(parts: &[&[u8]]) -> Output<D> {
    let output = hash_parts::<D>(parts);
    zeroize_stack::<STACK>();
    output
}

#[inline(never)]
fn hash_parts<D: Digest>(parts: &[&[u8]]) -> Output<D> {
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
        let told = |text: &str| is_hex_of::<Sha256>(parts, text).map_err(|error| error.code());
        assert_eq!(told(&text), Ok(true));
        assert_eq!(told(&text.to_uppercase()), Ok(true));
        assert_eq!(told(&text.replace('b', "c")), Ok(false));
        assert_eq!(told(&text[2..]), Err("wrong_length"));
        assert_eq!(told(""), Err("wrong_length"));
        assert_eq!(told(&text.replace('b', "g")), Err("not_hexadecimal"));
    }
}
