//! Processes that are killed or stopped while they make durable calls on a journal in a file or a
//! database, against a gateway in another process; and what the journal and the gateway know
//! afterwards.

mod campaign;
mod case;
mod child;
mod cluster;
mod gateway;
mod judge;
mod link;
mod place;
pub mod report;
pub mod runner;
mod step;
mod store;

pub use campaign::{KillCampaign, KillStore, KillSummary, StepTally};
pub use place::Place;
pub use step::{Deed, Step};
