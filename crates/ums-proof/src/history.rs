//! Random histories of several calls, each determined by its seed.
//!
//! Client, hyper and simulator run on one thread, over memory, on a paused
//! clock. Nothing in a history comes from outside it: times of day, nonces,
//! faults, delays, pauses before sending again and cancellations are all drawn
//! from the seed, so the same seed gives the same history, byte for byte.

mod campaign;
mod link;
mod plan;
mod play;
mod witness;

pub use campaign::{Campaign, Summary};
pub use play::{Conduct, Played, play};
