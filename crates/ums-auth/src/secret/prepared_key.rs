//! The HMAC-SHA256 key schedule, made once and shared by all who sign with it.

use alloc::sync::Arc;
use core::fmt;

use hmac::KeyInit;
use hmac::block_api::HmacCore;
use hmac::digest::block_api::{Buffer, FixedOutputCore, UpdateCore};
use sha2::Sha256;
use zeroize::zeroize_stack;

use crate::secret::kept::STACK;
use crate::value::signature::Signature;

type Hmac = HmacCore<Sha256>;

/// Two compressed key blocks, from which the key cannot be read back but with which anyone can
/// sign: in one place in memory, which a move or a clone does not copy; wiped when the last clone
/// is dropped; and silent.
///
/// What preparing leaves on the stack is overwritten; signing leaves nothing.
#[derive(Clone)]
pub(crate) struct PreparedKey(Arc<Hmac>);

impl PreparedKey {
    pub(crate) fn new(key: &[u8]) -> Self {
        let prepared = prepare(key);
        zeroize_stack::<STACK>();
        prepared
    }

    /// Each state stays in its place while it is worked on, and is wiped there by `sha2`.
    #[inline(never)]
    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        let mut hmac = Hmac::clone(&self.0);
        let mut buffer = Buffer::<Hmac>::default();
        buffer.digest_blocks(message, |blocks| hmac.update_blocks(blocks));
        let mut signature = [0; 32].into();
        hmac.finalize_fixed_core(&mut buffer, &mut signature);
        Signature::from_bytes(signature.into())
    }

    /// Compares in constant time.
    pub(crate) fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        self.sign(message) == *signature
    }
}

#[inline(never)]
fn prepare(key: &[u8]) -> PreparedKey {
    match Hmac::new_from_slice(key) {
        Ok(hmac) => PreparedKey(Arc::new(hmac)),
        Err(_) => unreachable!("HMAC takes a key of any length"),
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreparedKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hex;
    use alloc::string::String;
    use alloc::vec;

    /// RFC 4231, test cases 1 to 4, 6 and 7 (5 is truncated).
    #[test]
    fn rfc_4231() {
        let cases = [
            (
                vec![0x0b; 20],
                &b"Hi There"[..],
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 20],
                &[0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                (1..=25).collect(),
                &[0xcd; 50],
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            ),
            (
                vec![0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                vec![0xaa; 131],
                b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        assert_eq!(cases.len(), 6);
        for (key, message, expected) in cases {
            let key = PreparedKey::new(&key);
            let signature = key.sign(message);
            let digits: [u8; 64] = hex::encode(signature.as_bytes());
            assert_eq!(String::from_utf8_lossy(&digits), expected);
            assert!(key.verify(message, &signature));
        }
    }

    #[test]
    fn debug_is_the_same_for_every_key() {
        for key in ["MARKER", ""] {
            let shown = alloc::format!("{:?}", PreparedKey::new(key.as_bytes()));
            assert_eq!(shown, "PreparedKey(..)");
        }
    }

    /// Project Wycheproof's vectors; half of them have tags cut to 16 bytes, which UMS never uses,
    /// so of those only the beginning is compared.
    #[test]
    fn wycheproof() {
        use wycheproof::TestResult;
        use wycheproof::mac::{TestName, TestSet};

        let set = TestSet::load(TestName::HmacSha256).unwrap();
        let (mut valid, mut invalid) = (0, 0);
        for group in &set.test_groups {
            for test in &group.tests {
                let key = PreparedKey::new(&test.key);
                let right = match <[u8; 32]>::try_from(&test.tag[..]) {
                    Ok(tag) => key.verify(&test.msg, &Signature::from_bytes(tag)),
                    Err(_) => key.sign(&test.msg).as_bytes().starts_with(&test.tag),
                };
                match test.result {
                    TestResult::Valid => valid += 1,
                    _ => invalid += 1,
                }
                assert_eq!(right, test.result == TestResult::Valid, "{}", test.tc_id);
            }
        }
        assert_eq!((valid, invalid), (66, 108));
    }
}
