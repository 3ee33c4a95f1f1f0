//! Random histories of durable calls: several processes on one journal in memory and one simulated
//! gateway, each history determined by its seed.
//!
//! A process may die or stand still at any of its steps, while the others go on; its store may fail
//! before, after and in doubt; the gateway carries things out late. The judge goes by the gateway's
//! ledger, by what left on the wires, by what processes asked their stores for, and by the answers
//! that callers were given.

mod book;
pub mod breakage;
mod campaign;
mod clock;
mod ground;
mod in_turn;
mod judge;
mod link;
mod person;
mod plan;
mod play;
mod played;
mod process;
mod store;
mod story;
mod submitter;
mod together;
mod upheaval;

pub use campaign::{DurableCampaign, DurableSummary};
pub use play::play;
pub use played::DurablePlayed;

pub(crate) use link::nonce_of;
