//! What a call takes from the machine it runs on: time, randomness and a runtime.

pub(crate) mod clock;
pub(crate) mod deadline;
pub(crate) mod jitter;
pub(crate) mod nonce_source;
pub(crate) mod runtime;
pub(crate) mod skew;
