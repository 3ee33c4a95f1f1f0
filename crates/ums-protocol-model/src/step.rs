//! The steps of the protocol.

mod call;
mod task;
mod world;

pub use call::CallStep;
pub use task::{CommitFate, TaskStep};
pub use world::WorldStep;

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Time passes.
    Tick,
    /// The process of a submission does something, or the gateway does with its request.
    Task(usize, TaskStep),
    /// Something happens to the call of a key.
    Call(usize, CallStep),
    /// Something happens to all.
    World(WorldStep),
}
