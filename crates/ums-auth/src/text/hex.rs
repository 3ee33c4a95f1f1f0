//! Hexadecimal text of digests. Digests are public, so this need not hide what it encodes; it is
//! here because a crate for it would be the seventeenth.

/// The two digits of each byte, lower case, as every UMS rule wants them.
#[inline]
pub(crate) fn encode<const BYTES: usize, const DIGITS: usize>(bytes: &[u8; BYTES]) -> [u8; DIGITS] {
    const {
        assert!(DIGITS == BYTES * 2);
    }
    let mut digits = [0; DIGITS];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0xf)]);
    }
    digits
}

/// The bytes of hexadecimal text in lower, upper or mixed case; `None` unless it fills `out`
/// exactly.
pub(crate) fn decode(text: &str, out: &mut [u8]) -> Option<()> {
    if text.len() != out.len() * 2 {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = value(*high)? * 16 + value(*low)?;
    }
    Some(())
}

#[inline]
const fn digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ => b'a' - 10 + nibble,
    }
}

fn value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_comes_back() {
        for byte in 0..=u8::MAX {
            let digits: [u8; 2] = encode(&[byte]);
            let text = core::str::from_utf8(&digits).unwrap();
            assert_eq!(text, alloc::format!("{byte:02x}"));
            let mut back = [0];
            decode(text, &mut back).unwrap();
            assert_eq!(back, [byte]);
            decode(&text.to_ascii_uppercase(), &mut back).unwrap();
            assert_eq!(back, [byte]);
        }
    }

    #[test]
    fn refuses_what_is_not_hexadecimal() {
        for text in ["", "0", "0g", "000", "+1", "é"] {
            assert_eq!(decode(text, &mut [0]), None, "{text:?}");
        }
    }
}
