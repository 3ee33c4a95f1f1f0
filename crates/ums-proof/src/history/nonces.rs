//! Nonces that name the call they were drawn in, so that each request in the ledger tells whose it
//! is.

use std::sync::{Mutex, PoisonError};

use fastrand::Rng;
use ums_client::auth::Nonce;
use ums_client::{NonceSource, NonceUnavailable, RandomNonces};

use super::witness::current;

pub(crate) struct CallNonces(pub(crate) Mutex<Rng>);

impl NonceSource for CallNonces {
    fn next_nonce(&self) -> Result<Nonce, NonceUnavailable> {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let random = rng.u64(..);
        drop(rng);
        // If it were no nonce, another one tells of no call, and the history fails; the error
        // itself cannot be made here.
        match nonce_of(current(), random) {
            Some(nonce) => Ok(nonce),
            None => RandomNonces::new().next_nonce(),
        }
    }
}

/// A nonce of this call. One that is drawn outside any call belongs to a call that is not there.
pub(crate) fn nonce_of(call: Option<usize>, random: u64) -> Option<Nonce> {
    const NO_CALL: usize = 99_999;
    let call = call.unwrap_or(NO_CALL);
    // Letters and digits are always a nonce.
    Nonce::new(&format!("call{call:05}x{random:016x}")).ok()
}

/// Which call a request belongs to, by the nonce in its header.
pub(crate) fn call_of(authorization: &str) -> Option<usize> {
    let (_, nonce) = authorization.split_once("Nonce=\"")?;
    call_named(nonce)
}

/// The call that a nonce names.
pub(crate) fn call_named(nonce: &str) -> Option<usize> {
    nonce.strip_prefix("call")?.get(..5)?.parse().ok()
}
