//! Random histories of several calls, each determined by its seed.
//!
//! Client, hyper and simulator run on one thread, over memory, on a paused clock. Nothing in a
//! history comes from outside it: times of day, nonces, faults, delays, pauses before sending again
//! and cancellations are all drawn from the seed, so the same seed gives the same history, byte for
//! byte.

pub(crate) mod caller;
mod campaign;
pub(crate) mod clock;
pub(crate) mod each_seed;
mod hold_caller;
pub mod hold_reading;
mod judge;
pub(crate) mod link;
pub(crate) mod nonces;
pub(crate) mod plan;
mod play;
mod recorder;
mod token_gate;
pub(crate) mod witness;

pub use campaign::{Campaign, Summary};
pub use plan::World;
pub use play::{Conduct, Played, play};

pub(crate) fn in_words(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text += &format!(": {source}");
        next = source.source();
    }
    text
}
