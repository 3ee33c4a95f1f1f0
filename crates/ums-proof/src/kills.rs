//! Processes that are killed or stopped while they make durable calls on a journal in a file,
//! against a gateway in another process; and what the journal and the gateway know afterwards.

mod campaign;
mod case;
mod child;
mod gateway;
mod judge;
mod link;
pub mod report;
pub mod runner;
mod step;
mod store;

pub use campaign::{KillCampaign, KillSummary, StepTally};
pub use step::{Deed, Step};
