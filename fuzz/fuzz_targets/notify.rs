//! Any body is read or refused, none is accepted unsigned, and what is signed
//! is accepted unless it can be read in two ways.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ums_auth::NotifyKey;
use ums_auth::notify::{Fields, SignType, Signer};

fuzz_target!(|form: &[u8]| {
    let Ok(fields) = Fields::parse(form) else {
        return;
    };
    let key = NotifyKey::new("made-up-key-for-fuzzing").expect("a valid key");
    let signer = Signer::new(&key, SignType::Sha256);
    assert!(signer.verify(&fields).is_err(), "signed without the key");
    if let Ok(sign) = signer.sign(&fields) {
        let unsigned = fields.iter().filter(|(name, _)| *name != "sign");
        let signed = Fields::from_pairs(unsigned.chain([("sign", sign.as_str())]));
        let verified = signer.verify(&signed.expect("no name twice"));
        assert_eq!(verified.is_ok(), fields.ambiguous().is_none());
    }
});
